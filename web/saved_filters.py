"""Filters of the inbox that people keep: saved beside the list, named, ordered, shared and put away on a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import saved_filters
from engine.errors import InvalidValue, NotFound
from engine.saved_filters import MAX_FILTERS, MAX_NAME
from web import inbox_view, inbox_words, notes, posted
from web.errors import sentence
from web.i18n import gettext
from web.identity import actor, needs, works_on_cases
from web.wiring import parts

bp = Blueprint("saved_filters", __name__)


@bp.get("/inbox/filters")
@needs(works_on_cases)
def index() -> ResponseReturnValue:
    """The person's filters, and those that others show to the person's groups."""
    return _page()


@bp.post("/inbox/filters")
@needs(works_on_cases)
def keep() -> ResponseReturnValue:
    """303 to the list, whose question in the address is kept now; 422 when the name is none."""
    asked, _ = inbox_view.asked_here()
    name, group = posted.text("name", 60), posted.text("group", 40) or None
    try:
        with parts().db.begin() as tx:
            saved_filters.keep(tx, actor(), name, asked, at=parts().clock.now(), shared_with=group)
    except InvalidValue as problem:
        return _page(problem=sentence(problem), typed={"name": name, "group": group}, asked=asked), 422
    notes.add(gettext("已保存筛选“%(name)s”,就在列表左边。", name=name))
    return redirect(inbox_view.address(asked), code=303)


@bp.post("/inbox/filters/<int:filter_id>")
@needs(works_on_cases)
def change(filter_id: int) -> ResponseReturnValue:
    """303 to the filters; 404 when the person has no such filter, 422 when the new name is none."""
    person, now, what = actor(), parts().clock.now(), request.form.get("what", "")
    name, group = posted.text("name", 60), posted.text("group", 40) or None
    try:
        with parts().db.begin() as tx:
            match what:
                case "rename":
                    saved_filters.rename(tx, person, filter_id, name, at=now, shared_with=group)
                case "delete":
                    saved_filters.delete(tx, person, filter_id, at=now)
                case "up" | "down":
                    saved_filters.move(tx, person, filter_id, -1 if what == "up" else 1)
                case "pin" | "unpin":
                    saved_filters.pin(tx, person, filter_id, pinned=what == "pin")
                case _:
                    raise NotFound("there is no such deed")
    except InvalidValue as problem:
        return _page(problem=sentence(problem), typed={"id": filter_id, "name": name, "group": group}), 422
    said = {"rename": gettext("已保存。"), "delete": gettext("已删除筛选。")}
    if what in said:
        notes.add(said[what])
    return redirect(url_for("saved_filters.index"), code=303)


def _page(*, problem: str | None = None, typed: dict[str, Any] | None = None, asked: Any = None) -> str:
    person, found = actor(), inbox_view.kept_filters()
    read = [(one, *inbox_view.read_kept(one)) for one in found]
    return render_template(
        "inbox/filters.html",
        filters=[
            {
                "one": one,
                "said": inbox_words.said(question),
                "href": inbox_view.address(question),
                "problems": problems,
            }
            for one, question, problems in read
        ],
        groups=saved_filters.shareable_groups(person),
        problem=problem,
        typed=typed or {},
        asked=asked,
        said=None if asked is None else inbox_words.said(asked),
        most=MAX_FILTERS,
        max_name=MAX_NAME,
    )
