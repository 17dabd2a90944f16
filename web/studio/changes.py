"""Changes (变更): what owners work on together, from the first draft to what is in force."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.errors import InvalidValue
from engine.store.database import Transaction
from engine.studio.changes import MAX_TEXT, MAX_TITLE
from engine.studio.kinds import check_kind
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.posted import text
from web.studio import pages
from web.studio.blueprint import bp
from web.studio.editor_frame import KIND_WORDS
from web.wiring import parts

_MAX_ID = 200


@bp.get("/studio/changes")
@needs(sees_studio)
def changes() -> ResponseReturnValue:
    """Changes that live, then those that are over."""
    return _list_page()


@bp.post("/studio/changes")
@needs(access.may_deploy)
def open_change() -> ResponseReturnValue:
    """303 to the new change; 422 with what was typed when it has no title."""
    title, why = text("title", MAX_TITLE + 1), text("why", MAX_TEXT + 1)
    try:
        with parts().db.begin() as tx:
            key = studio.open_change(tx, actor(), title=title, why=why, now=parts().clock.now())
    except InvalidValue as problem:
        return _list_page(typed={"title": title, "why": why}, problem=errors.sentence(problem)), 422
    notes.add(gettext("变更已建立。请加入要修改的文件。"))
    return redirect(url_for("studio.change", key=key), code=303)


@bp.get("/studio/changes/<int:key>")
@needs(sees_studio)
def change(key: int) -> ResponseReturnValue:
    """A change with its drafts and what the checks say of them."""
    return _page(key)


@bp.post("/studio/changes/<int:key>/edit")
@needs(access.may_deploy)
def edit_change(key: int) -> ResponseReturnValue:
    """303 to the change with another title or reason; 422 when it has no title."""
    title, why = text("title", MAX_TITLE + 1), text("why", MAX_TEXT + 1)
    try:
        with parts().db.begin() as tx:
            studio.edit_change(tx, actor(), key, title=title, why=why, now=parts().clock.now())
    except InvalidValue as problem:
        return _page(key, problem=errors.sentence(problem)), 422
    return redirect(url_for("studio.change", key=key), code=303)


@bp.post("/studio/changes/<int:key>/withdraw")
@needs(access.may_deploy)
def withdraw(key: int) -> ResponseReturnValue:
    """303 to the list, without the change among those that live."""
    with parts().db.begin() as tx:
        studio.withdraw(tx, actor(), key, note=text("note", MAX_TEXT), now=parts().clock.now())
    notes.add(gettext("变更已撤回。草稿仍可查看。"), href=url_for("studio.change", key=key), link=gettext("查看"))
    return redirect(url_for("studio.changes"), code=303)


@bp.post("/studio/changes/<int:key>/add")
@needs(access.may_deploy)
def add(key: int) -> ResponseReturnValue:
    """303 to the editor of what was put into the change; 422 when it cannot have such an id."""
    kind, resource_id = _resource()
    try:
        with parts().db.begin() as tx:
            studio.add_resource(tx, actor(), key, kind, resource_id, parts().clock.now())
    except InvalidValue as problem:
        return _page(key, problem=errors.sentence(problem), typed={"kind": kind, "id": resource_id}), 422
    return redirect(url_for("studio.edit_draft", key=key, kind=kind, id=resource_id), code=303)


@bp.post("/studio/changes/<int:key>/discard")
@needs(access.may_deploy)
def discard(key: int) -> ResponseReturnValue:
    """303 to the change without the draft."""
    kind, resource_id = _resource()
    with parts().db.begin() as tx:
        studio.discard_draft(tx, actor(), key, kind, resource_id, parts().clock.now())
    notes.add(gettext("已从变更中移出 %(id)s。", id=resource_id))
    return redirect(url_for("studio.change", key=key), code=303)


@bp.post("/studio/changes/<int:key>/keep")
@needs(access.may_deploy)
def keep(key: int) -> ResponseReturnValue:
    """303 to the change: its draft comes in the place of what somebody else has deployed meanwhile."""
    kind, resource_id = _resource()
    with parts().db.begin() as tx:
        studio.keep_mine(tx, actor(), key, kind, resource_id, parts().clock.now())
    notes.add(gettext("已保留您的 %(id)s,发布后将取代现在在用的版本。", id=resource_id))
    return redirect(url_for("studio.change", key=key), code=303)


@bp.post("/studio/edit")
@needs(access.may_deploy)
def edit_resource() -> ResponseReturnValue:
    """303 to the editor of what is in force, in the change that was chosen, the newest of one's own, or a new one."""
    kind, _, resource_id = request.form.get("resource", "").partition("/")
    check_kind(kind)
    now = parts().clock.now()
    with parts().db.begin() as tx:
        chosen = request.form.get("change", _own(tx))
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 10:
            key = int(chosen)
        else:
            title = gettext("修改 %(id)s", id=resource_id[:80])
            key = studio.open_change(tx, actor(), title=title, why="", now=now)
        studio.add_resource(tx, actor(), key, kind, resource_id[:_MAX_ID], now)
    element = request.form.get("element", "")[:_MAX_ID]
    place = f"element={element}" if element else None
    return redirect(url_for("studio.edit_draft", key=key, kind=kind, id=resource_id, _anchor=place), code=303)


def _own(tx: Transaction) -> str:
    """The newest living change of this person; empty where there is none."""
    living = studio.list_changes(tx.connection, alive=True)
    return next((str(line.key) for line in living if line.opened_by == actor().id), "")


def _resource() -> tuple[str, str]:
    return check_kind(request.form.get("kind", "")), text("id", _MAX_ID)


def _page(key: int, *, problem: str | None = None, typed: dict[str, str] | None = None) -> str:
    with parts().db.read() as connection:
        around = studio.files_around(connection, key)
    known: dict[str, list[str]] = {kind: [] for kind in KIND_WORDS}
    for name in around:
        kind = studio.kind_of(name)
        if kind is not None:
            known[kind].append(name.rpartition(".")[0])
    return pages.change_page(
        "change.html",
        pages.candidate_of(key),
        "content",
        problem=problem,
        typed=typed or {},
        known=sorted({one for ids in known.values() for one in ids}),
        max_title=MAX_TITLE,
        max_text=MAX_TEXT,
    )


def _list_page(*, typed: dict[str, str] | None = None, problem: str | None = None) -> str:
    with parts().db.read() as connection:
        found = studio.list_changes(connection)
    return render_template(
        "studio/changes.html",
        living=[line for line in found if line.status in studio.ALIVE],
        over=[line for line in found if line.status not in studio.ALIVE],
        names=pages.people(line.opened_by for line in found),
        status_words=pages.STATUS_WORDS,
        may_edit=access.may_deploy(actor()),
        typed=typed or {},
        problem=problem,
        max_title=MAX_TITLE,
        max_text=MAX_TEXT,
    )
