"""The supervisors' board: open work by group and person, what is late, and handing tasks to others."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from engine import access
from engine.access import GROUPS
from engine.errors import EngineError, InvalidValue, NotFound
from engine.model import Actor
from engine.queries.board import MOST_COUNTED, Board, read_board
from engine.runtime import Deed, Said, Wish, do_many
from engine.saved_filters import Asked, Due, InboxScope
from web import errors, inbox, live, posted
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.inbox import Answer
from web.links import number
from web.wiring import parts

bp = Blueprint("board", __name__)
_PAGE: Final = 50
#: Which tasks are listed → the word for it.
WHICH: Final = {
    "overdue": lazy_gettext("超时"),
    "risk": lazy_gettext("临近"),
    "free": lazy_gettext("无人认领"),
    "all": lazy_gettext("全部"),
}
#: In place of a person: back to the groups.
_NOBODY: Final = "-"


def may_look(person: Actor) -> bool:
    """P06: who hands work to others sees how much there is."""
    return access.may_assign(person)


@bp.get("/board")
@needs(may_look)
def index() -> ResponseReturnValue:
    """The whole board; which tasks are listed stands in the address."""
    return _page()


@bp.get("/board/live")
@needs(may_look)
def refreshed() -> Response:
    """Numbers, people, groups and complaints, for the poll."""
    return live.fragment(render_template("board/_live.html", oob=True, **_numbers(_query())))


@bp.post("/board")
@needs(may_look)
def assign() -> ResponseReturnValue:
    """The chosen tasks handed to a person, or back to their groups: 200 with results; 422 when none can be."""
    try:
        ids = [number(text) for text in request.form.getlist("task")]
    except ValueError as problem:
        raise NotFound("there is no such task") from problem
    person, reason = posted.text("person", 40), posted.text("reason", 500)
    try:
        if not ids:
            raise InvalidValue("Please choose tasks first.", message_zh=gettext("请先勾选任务。"))
        if not person:
            raise InvalidValue("Please choose whom to assign them to.", message_zh=gettext("请选择转派给谁。"))
        deed = Deed.RELEASE if person == _NOBODY else Deed.ASSIGN
        wish = Wish(deed=deed, assignee=None if person == _NOBODY else person, reason=reason)
        results, undo = do_many(parts().runtime, wish, ids, actor(), said=_SILENT)
    except EngineError as problem:
        return _page(Answer(problem=errors.sentence(problem))), 422
    return _page(inbox.answer_to(results, undo))


def _nothing(*_: object) -> int:
    raise NotFound("nobody says anything when tasks are handed over")


_SILENT: Final = Said(write=_nothing, withdraw=lambda *_: None)


def _query() -> dict[str, str]:
    """Which tasks are listed, as the address says; what it cannot name is left out."""
    given = {name: request.args.get(name, "")[:40] for name in ("which", "group", "person")}
    which = given["which"] if given["which"] in WHICH else "overdue"
    group = {"group": given["group"]} if given["group"] in GROUPS else {}
    person = {"person": given["person"]} if given["person"] else {}
    return {"which": which, **group, **person}


def _asked(query: dict[str, str]) -> Asked:
    due = {"overdue": Due.OVERDUE, "risk": Due.RISK}.get(query["which"])
    free = "free" if query["which"] == "free" else None
    return Asked(scope=InboxScope.ALL, due=due, group=query.get("group"), assignee=query.get("person", free))


def _numbers(query: dict[str, str]) -> dict[str, Any]:
    return {"board": _read(), "query": query, "most": MOST_COUNTED}


def _read() -> Board:
    found = parts()
    with found.db.read() as connection:
        return read_board(connection, found.definitions, actor(), found.clock.now())


def _page(answer: Answer | None = None) -> str:
    query = _query()
    shown = _numbers(query)
    page = parts().queries.inbox(
        actor(),
        _asked(query),
        after=request.args.get("after"),
        before=request.args.get("before"),
        limit=_PAGE,
    )
    return render_template(
        "board/index.html",
        page=page,
        answer=answer,
        heading=_heading(query, shown["board"]),
        which_words=WHICH,
        chosen=set(request.form.getlist("task")) if answer is not None and answer.problem else set(),
        reason=request.form.get("reason", ""),
        seconds=live.SECONDS,
        **shown,
    )


def _heading(query: dict[str, str], board: Board) -> str:
    """Whose tasks are listed."""
    if "person" in query:
        names = {one.person: one.name for one in board.people}
        return gettext("%(name)s的任务", name=names.get(query["person"], query["person"]))
    return GROUPS[query["group"]] if "group" in query else gettext("任务")
