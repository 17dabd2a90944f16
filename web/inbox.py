"""The inbox: which tasks wait for whom, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from engine import access, accounts, collaboration
from engine.clock import SHANGHAI
from engine.errors import EngineError, InvalidValue, NotFound
from engine.queries import InboxRow
from engine.runtime import MAX_TASKS, Deed, Said, TaskResult, Wish, do_many, undo_many
from engine.saved_filters import shareable_groups
from web import errors, inbox_view, live, posted, task_page
from web.i18n import english, gettext, lazy_gettext
from web.identity import actor, needs, works_on_cases
from web.inbox_rows import drawn
from web.inbox_view import SIZES, Listing
from web.inbox_words import CHOICES, NAMES, SORTS, TYPED, group_word
from web.links import number
from web.wiring import parts

bp = Blueprint("inbox", __name__)
#: Follow-ups that people set most: hours from now, or the hour of a day that many days ahead.
LATER: Final[Mapping[str, tuple[object, timedelta | int | None]]] = {
    "1h": (lazy_gettext("1小时后"), timedelta(hours=1)),
    "3h": (lazy_gettext("3小时后"), timedelta(hours=3)),
    "tomorrow": (lazy_gettext("明天 9:00"), 1),
    "3d": (lazy_gettext("3天后 9:00"), 3),
    "none": (lazy_gettext("不再跟进"), None),
}
_MORNING: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a deed for one task, as the page says it."""

    ok: bool
    name: str
    case_id: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a deed for all of them."""

    told: Sequence[Told] = ()
    #: By which it can be undone; None: it cannot.
    undo: int | None = None
    problem: str | None = None

    @property
    def alike(self) -> bool:
        """Whether the same is said of all."""
        return len({one.text for one in self.told}) == 1

    @property
    def done(self) -> int:
        """For how many it was done."""
        return sum(one.ok for one in self.told)


# --- the list ------------------------------------------------------------------------------------


@bp.get("/inbox")
@needs(works_on_cases)
def show() -> ResponseReturnValue:
    """The person's open tasks, with a task beside them when ``task`` names one."""
    return _page(inbox_view.read_listing())


@bp.get("/inbox/list")
@needs(works_on_cases)
def listed() -> Response:
    """The list and the counts, for the poll."""
    return live.fragment(render_template("inbox/_live.html", **_shown(inbox_view.read_listing())))


def _page(listing: Listing, answer: Answer | None = None, typed: dict[str, Any] | None = None) -> str:
    panel = None
    if listing.chosen is not None:
        panel = task_page.panel(parts().queries.task(listing.chosen, actor()))
    return render_template(
        "inbox/index.html",
        panel=panel,
        answer=answer,
        typed=typed or {},
        typed_tasks=request.form.getlist("task"),
        seconds=live.SECONDS,
        **_shown(listing),
    )


def _shown(listing: Listing) -> dict[str, Any]:
    person = actor()
    assigns = access.may_assign(person)
    return {
        "listing": listing,
        "page": listing.page,
        "asked": listing.asked,
        "me": person.id,
        "drawn": drawn,
        "names": NAMES,
        "choices": CHOICES,
        "typed_parts": TYPED,
        "sorts": SORTS,
        "sizes": SIZES,
        "later": LATER,
        "most": MAX_TASKS,
        "assigns": assigns,
        "people": _people() if assigns else [],
        "groups": sorted(person.groups & access.GROUPS.keys()) if not assigns else list(access.GROUPS),
        "shareable": shareable_groups(person),
    }


def _people() -> list[tuple[str, str, str]]:
    """Id, name and groups of everybody who works on tasks, but not of those of other teams."""
    within = access.people_within(actor(), "P06")
    found = [
        one
        for one in accounts.list_accounts(parts().db)
        if one.active and access.may(one.actor, "P04") and (within is None or one.id in within or one.team is None)
    ]
    groups = {one.id: "、".join(map(group_word, sorted(one.groups))) for one in found}
    return [(one.id, one.name, groups[one.id]) for one in sorted(found, key=lambda one: (groups[one.id], one.id))]


# --- many at once --------------------------------------------------------------------------------


@bp.post("/inbox/deeds")
@needs(works_on_cases)
def do() -> ResponseReturnValue:
    """One thing done to the chosen tasks: 200 with a result for each; 422 when nothing was chosen or said."""
    try:
        wish, ids = _wish(), [number(text) for text in request.form.getlist("task")]
        if not ids:
            raise InvalidValue("Please choose tasks first.", message_zh=gettext("请先勾选任务。"))
    except ValueError as problem:
        raise NotFound("there is no such task or deed") from problem
    except InvalidValue as problem:
        return _answered(Answer(problem=errors.sentence(problem))), 422
    known = _named(ids)
    try:
        results, undo = do_many(parts().runtime, wish, ids, actor(), said=_said())
    except EngineError as problem:
        return _answered(Answer(problem=errors.sentence(problem))), 422
    return _answered(Answer(told=_told(results, known), undo=undo))


@bp.post("/inbox/undo/<int:undo_id>")
@needs(works_on_cases)
def undo(undo_id: int) -> ResponseReturnValue:
    """What was done taken back: 200 with a result for each; 409 after 30 seconds, or when it was undone before."""
    results = undo_many(parts().runtime, undo_id, actor(), said=_said())
    return _answered(Answer(told=_told(results, _named([one.task for one in results]))))


def _answered(answer: Answer) -> Response:
    """The results alone for a script, which asks for the list by itself; else the page with the results on top."""
    if not live.wants_fragment():
        return make_response(_page(inbox_view.read_listing(), answer, dict(request.form)))
    response = make_response(render_template("inbox/_told.html", answer=answer))
    if answer.done:
        response.headers["HX-Trigger"] = "inbox-changed"
    return response


def answer_to(results: Sequence[TaskResult], undo: int | None) -> Answer:
    """What came of a deed, with the names of its tasks."""
    return Answer(told=_told(results, _named([one.task for one in results])), undo=undo)


def _wish() -> Wish:
    """What the form asks for.

    Raises:
        ValueError: there is no such deed.
        InvalidValue: something has to be chosen or written.
    """
    deed = Deed(request.form.get("what", ""))
    assignee, at = None, None
    if deed is Deed.ASSIGN:
        assignee = posted.text("assignee", 40) or None
        if assignee is None:
            raise InvalidValue("Please choose whom to assign them to.", message_zh=gettext("请选择转派给谁。"))
    if deed is Deed.FOLLOW_UP:
        at = _at()
    if deed is Deed.COMMENT and not posted.text("said", collaboration.MAX_COMMENT + 1):
        raise InvalidValue("Please write the comment.", message_zh=gettext("请写评论内容。"))
    return Wish(deed=deed, assignee=assignee, at=at, reason=posted.text("reason", 500))


def _at() -> datetime | None:
    """When to follow up: chosen among the usual times, or typed as a time of the shop's clock."""
    now, typed = parts().clock.now(), posted.text("at", 30)
    if not typed:
        chosen = request.form.get("later", "")
        if chosen not in LATER:
            raise InvalidValue("Please choose the time of the follow-up.", message_zh=gettext("请选择跟进时间。"))
        later = LATER[chosen][1]
        if isinstance(later, int):
            day = now.astimezone(SHANGHAI) + timedelta(days=later)
            return day.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
        return None if later is None else now + later
    try:
        at = datetime.fromisoformat(typed)
    except ValueError as problem:
        raise InvalidValue(
            "Please write the follow-up time like 2026-11-24 15:30.",
            message_zh=gettext("跟进时间应写成 2026-11-24 15:30。"),
        ) from problem
    return at.replace(tzinfo=SHANGHAI) if at.tzinfo is None else at


def _said() -> Said:
    runtime, person, text = parts().runtime, actor(), posted.text("said", collaboration.MAX_COMMENT + 1)
    return Said(
        write=lambda case_id, task: collaboration.comment(runtime, case_id, text, person, task=task),
        withdraw=lambda case_id, comment: collaboration.withdraw_comment(runtime, case_id, comment, person),
    )


def _named(ids: Sequence[int]) -> dict[int, InboxRow]:
    return dict(parts().queries.tasks_named(ids[:MAX_TASKS], actor()))


def _told(results: Sequence[TaskResult], known: dict[int, InboxRow]) -> list[Told]:
    def one(result: TaskResult) -> Told:
        row = known.get(result.task)
        return Told(
            ok=result.ok,
            name=gettext("任务 %(id)s", id=result.task) if row is None else f"{row.name} · {row.process_name}",
            case_id=None if row is None else row.case_id,
            text=errors.in_english(result.sentence) if english() else result.sentence_zh,
        )

    return [one(result) for result in results]
