"""Transfers (转交): what waits for one's answer, what one has offered, the team's; and offering a case."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, ownership, roster
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.model import Actor
from engine.ownership import Instruction, Kind, Status
from engine.queries import CaseView
from engine.queries.transfers import BOXES, TransferRow, read_transfers, transfers_of_case
from web import errors, notes, posted
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.links import local_target, number
from web.wiring import parts

bp = Blueprint("transfers", __name__)
KINDS = {
    Kind.TRANSFER: lazy_gettext("转交"),
    Kind.HAND_OVER: lazy_gettext("交班"),
    Kind.STAND_IN: lazy_gettext("代班"),
    Kind.INSTRUCTION: lazy_gettext("请示"),
}
STATUSES = {
    Status.PENDING: ("sign-soon", lazy_gettext("等待答复")),
    Status.ACCEPTED: ("sign-done", lazy_gettext("已接受")),
    Status.RETURNED: ("sign-off", lazy_gettext("已退回")),
    Status.WITHDRAWN: ("sign-off", lazy_gettext("已撤回")),
    Status.VOID: ("sign-off", lazy_gettext("已办完")),
}
INSTRUCTIONS = {
    Instruction.AUTHORISE: lazy_gettext("由请示人临时处理,负责人不变"),
    Instruction.OTHER: lazy_gettext("转给其他客服"),
    Instruction.SELF: lazy_gettext("我来处理"),
    Instruction.WAIT: lazy_gettext("等负责人上班"),
}
_RUNNING: Final = ("active", "suspended")
_BOX_WORDS = {
    "to_me": lazy_gettext("转给我的"),
    "from_me": lazy_gettext("我转出的"),
    "team": lazy_gettext("小组的"),
}


def may_use(person: Actor) -> bool:
    """Who can own cases offers and takes them."""
    return access.may_own(person)


@bp.get("/transfers")
@needs(may_use)
def index() -> ResponseReturnValue:
    """A box of offers: ``box`` to_me, from_me or team; ``status`` waiting leaves out what is answered."""
    return _list()


@bp.post("/transfers/<int:offer_id>/accept")
@needs(may_use)
def accept(offer_id: int) -> ResponseReturnValue:
    """303 back, or to the case; 409 with the list when somebody was faster."""
    try:
        offer = ownership.accept(parts().runtime, offer_id, actor())
    except (StepError, NotAllowed) as problem:
        if type(problem) is NotAllowed:
            raise
        return _list(problem=errors.sentence(problem)), 409
    parts().worker.wake()
    notes.add(
        gettext("已接受,工单 %(id)s 现在由您负责。", id=offer.case_id)
        if offer.task is None
        else gettext("已接受任务。")
    )
    return redirect(_back(url_for("cases.show", case_id=offer.case_id)), code=303)


@bp.post("/transfers/<int:offer_id>/return")
@needs(may_use)
def give_back(offer_id: int) -> ResponseReturnValue:
    """303 back; 422 when there is no reason, 409 when it is answered already."""
    try:
        ownership.return_(parts().runtime, offer_id, actor(), reason=posted.text("reason", 1000))
    except (InvalidValue, StepError) as problem:
        return _refused(problem, offer_id)
    notes.add(gettext("已退回,并告知了转交人。"))
    return redirect(_back(url_for("transfers.index")), code=303)


@bp.post("/transfers/<int:offer_id>/withdrawal")
@needs(may_use)
def withdraw(offer_id: int) -> ResponseReturnValue:
    """303 back; 409 when it is answered already."""
    try:
        ownership.withdraw(parts().runtime, offer_id, actor())
    except StepError as problem:
        return _refused(problem, offer_id)
    notes.add(gettext("已撤回。"))
    return redirect(_back(url_for("transfers.index", box="from_me")), code=303)


@bp.post("/transfers/<int:offer_id>/instruction")
@needs(lambda person: access.may(person, "P06"))
def instruct(offer_id: int) -> ResponseReturnValue:
    """303 back; 422 when a word or a name is missing, 409 when it is answered already."""
    try:
        what = Instruction(request.form.get("what", ""))
    except ValueError as problem:
        raise NotFound("there is no such instruction") from problem
    target = request.form.get("target") or None
    try:
        ownership.instruct(parts().runtime, offer_id, actor(), what, note=posted.text("note", 1000), target=target)
    except (InvalidValue, StepError) as problem:
        return _refused(problem, offer_id)
    parts().worker.wake()
    notes.add(gettext("已答复。"))
    return redirect(_back(url_for("transfers.index", box="team")), code=303)


@bp.get("/cases/<case_id>/transfer")
@needs(may_use)
def form(case_id: str) -> ResponseReturnValue:
    """To whom a case goes: offered by its owner, or reassigned by a supervisor; with its earlier transfers."""
    return _form(case_id)


@bp.post("/cases/<case_id>/transfer")
@needs(may_use)
def offer(case_id: str) -> ResponseReturnValue:
    """303 to the case; the form with what is wrong: 422, or 409 when it is offered already."""
    to_user, to_group = receiver()
    task = request.form.get("task", "")
    try:
        task_id = number(task) if task else None
    except ValueError as problem:
        raise NotFound("there is no such task") from problem
    try:
        ownership.request(
            parts().runtime,
            case_id,
            actor(),
            reason=posted.text("reason", 1000),
            to_user=to_user,
            to_group=to_group,
            task=task_id,
            note=posted.text("note", 2000),
        )
    except (InvalidValue, StepError) as problem:
        return _form(case_id, problem=errors.sentence(problem)), 422 if isinstance(problem, InvalidValue) else 409
    except NotAllowed as problem:
        return _form(case_id, problem=errors.sentence(problem)), 409
    notes.add(gettext("已转交,等待对方接受。接受前仍由您负责。"))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


@bp.post("/cases/<case_id>/reassignment")
@needs(lambda person: access.may(person, "P06"))
def reassign(case_id: str) -> ResponseReturnValue:
    """303 to the case, which is somebody else's now; 422 with the form when something is missing."""
    try:
        ownership.reassign(parts().runtime, case_id, request.form.get("to", ""), posted.text("reason", 1000), actor())
    except (InvalidValue, StepError) as problem:
        return _form(case_id, problem=errors.sentence(problem)), 422 if isinstance(problem, InvalidValue) else 409
    parts().worker.wake()
    notes.add(gettext("已改派。"))
    return redirect(url_for("cases.show", case_id=case_id), code=303)


def receiver() -> tuple[str | None, str | None]:
    """(person, group) among what was posted: one field names either."""
    kind, _, name = request.form.get("to", "").partition(":")
    return (name or None if kind == "user" else None), (name or None if kind == "group" else None)


def _form(case_id: str, *, problem: str | None = None) -> str:
    found, me = parts(), actor()
    case = found.queries.case(case_id, me)
    with found.db.read() as connection:
        people = ownership.receivers(connection, but=me.id)
        present = roster.on_duty(connection, found.clock.now())
        away = roster.away_until(connection, [one for one, _ in people], found.clock.now())
        rows = transfers_of_case(connection, found.definitions, me, case_id)
    mine = [task for task in case.tasks if task.status == "open" and task.assignee == me.id]
    return render_template(
        "transfers/form.html",
        case=case,
        people=[(one, name, one in present, away.get(one)) for one, name in people if one != case.owner],
        groups=ownership.RECEIVING,
        rows=rows,
        kinds=KINDS,
        statuses=STATUSES,
        instructions=INSTRUCTIONS,
        owns=case.owner == me.id,
        own_tasks=mine,
        pending=any(row.offer.status is Status.PENDING and row.offer.task is None for row in rows),
        may_reassign=access.may(me, "P06"),
        typed=request.form,
        problem=problem,
        chosen=request.values.get("to", ""),
        here=request.path,
    )


def _list(*, problem: str | None = None, refused: int | None = None) -> str:
    found, me = parts(), actor()
    leads = access.may(me, "P06")
    box = request.args.get("box", "to_me")
    box = box if box in BOXES and (leads or box != "team") else "to_me"
    waiting = request.args.get("status") == "waiting"
    with found.db.read() as connection:
        page = read_transfers(
            connection, found.definitions, me, box=box, waiting=waiting, after=request.args.get("after")
        )
        to_me = ownership.waiting_for(connection, me)
        people = ownership.receivers(connection, but="")
    return render_template(
        "transfers/index.html",
        page=page,
        box=box,
        boxes={name: word for name, word in _BOX_WORDS.items() if name != "team" or leads},
        counts={"to_me": to_me},
        waiting=waiting,
        after=request.args.get("after"),
        kinds=KINDS,
        statuses=STATUSES,
        instructions=INSTRUCTIONS,
        people=[(one, name, False, None) for one, name in people],
        problem=problem,
        refused=refused,
        typed=request.form,
        here=request.full_path.rstrip("?") if request.method == "GET" else url_for("transfers.index"),
    )


def _refused(problem: InvalidValue | StepError, offer_id: int) -> ResponseReturnValue:
    status = 422 if isinstance(problem, InvalidValue) else 409
    return _list(problem=errors.sentence(problem), refused=offer_id), status


def _back(default: str) -> str:
    return local_target(request.form.get("_next"), default)


@bp.app_template_global("may_transfer")
def may_transfer(case: CaseView) -> bool:
    """Whether the person may pass the running case, or a task of it, on."""
    me = actor()
    if case.status not in _RUNNING or not may_use(me):
        return False
    claimed = any(task.status == "open" and task.assignee == me.id for task in case.tasks)
    return case.owner == me.id or claimed or access.may(me, "P06")


@bp.app_template_global("transfer_of")
def transfer_of(case_id: str) -> TransferRow | None:
    """The offer of a visible case that waits for an answer, for its headline; None: there is none."""
    found = parts()
    with found.db.read() as connection:
        if ownership.pending_of(connection, case_id) is None:
            return None
        rows = transfers_of_case(connection, found.definitions, actor(), case_id)
    return next((row for row in rows if row.offer.status is Status.PENDING and row.offer.task is None), None)
