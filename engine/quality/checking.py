"""A check's life: points by a checker who is not the agent, the agent's objection, a third person's decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from engine import canonical
from engine.clock import instant_or_none, to_microseconds
from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.masking import mask_within
from engine.model import Actor, Event
from engine.notifications import Notice, Occasion, Said, members_of, said_day, say, tell
from engine.quality import weeks, words
from engine.quality.form import Form, current_form, form_of
from engine.roster import supervisors_of
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import quality_check
from engine.worktime import Calendar

#: Nobody is told any more that it waits.
NOBODY_WAITS: Final[Mapping[str, None]] = {"next_at": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a checker fills in."""

    #: Points by item.
    points: Mapping[str, int]
    #: By item; only those that say something.
    remarks: Mapping[str, str] = field(default_factory=dict)
    #: 礼仪服饰: without points.
    etiquette: str = ""
    #: What the agent is told.
    summary: str = ""
    #: A key of words.BREACHES: all points are gone; "": none.
    breach: str = ""

    @property
    def score(self) -> int:
        """Σ of the points, 0 after a breach."""
        return 0 if self.breach else sum(self.points.values())


def get_check(connection: Connection, check_id: int, actor: Actor) -> Row[Any]:
    """A check that the actor may see: of the own work once it has a result, of others by P19.

    Raises:
        NotFound: there is none to the actor.
    """
    row = connection.execute(select(quality_check).where(quality_check.c.id == check_id)).one_or_none()
    if row is None or not sees(actor, row):
        raise NotFound(f"there is no check {check_id}", message_zh="没有这张质检单,或您没有权限。")
    return row


def sees(actor: Actor, row: Row[Any]) -> bool:
    """Agents see the own results, not that one is waiting for its check; people with P19 those in their reach."""
    if row.agent == actor.id:
        return bool(row.state != words.WAITING)
    within = words.people_of(actor)
    return words.may_look(actor) and (within is None or row.agent in within)


def may_check_it(actor: Actor, row: Row[Any]) -> bool:
    """P19 over the agent's work, which is not the actor's own."""
    return words.may_check(actor) and row.agent != actor.id and sees(actor, row)


def may_decide_it(actor: Actor, row: Row[Any]) -> bool:
    """As may_check_it, but not who has checked it."""
    return may_check_it(actor, row) and row.checked_by != actor.id


def form_for(connection: Connection, row: Row[Any]) -> Form:
    """The form by which it was checked, or is to be."""
    return current_form(connection) if row.form is None else form_of(connection, row.form)


def verdict_of(row: Row[Any]) -> Verdict | None:
    """What was filled in; None: nothing yet."""
    if row.content is None:
        return None
    content = canonical.decode(row.content)
    return Verdict(
        points={name: int(points) for name, points in content["points"].items()},
        remarks=content["remarks"],
        etiquette=content["etiquette"],
        summary=content["summary"],
        breach=content["breach"],
    )


def check(runtime: Runtime, check_id: int, verdict: Verdict, actor: Actor, *, form: int) -> int:
    """Give a case its points, and tell the agent; gives the score.

    Args:
        runtime: the runtime.
        check_id: which.
        verdict: what was filled in.
        actor: the checker (P19).
        form: version of the form that was filled in.

    Raises:
        NotFound: there is no such check to the actor.
        NotAllowed: the actor only reads checks.
        FourEyes: it is the actor's own work.
        InvalidValue: points are missing or out of bounds, or a text is missing or too long.
        StepError: somebody else has checked it, or the form was changed meanwhile.
    """
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        row = get_check(tx.connection, check_id, actor)
        _check_checker(row, actor)
        known = current_form(tx.connection)
        if known.version != form:
            raise StepError(
                "The check form has just been changed. Please fill it in again with the new points.",
                message_zh="质检表刚改过版本,请按新的分值再填一次。",
            )
        _check_verdict(verdict, known)
        until = weeks.after_working_days(now, words.DAYS_TO_OBJECT, calendar_of(runtime, now))
        values = {
            "state": words.CHECKED,
            "form": known.version,
            "content": canonical.encode(_plain(verdict)),
            "score": verdict.score,
            "first_score": verdict.score,
            "checked_by": actor.id,
            "checked_at": to_microseconds(now),
            "object_until": to_microseconds(until),
            **NOBODY_WAITS,
        }
        _move(tx, row, words.WAITING, values, "这张质检单已由他人填写,请刷新页面。")
        value = _value(row) | {"score": verdict.score, "form": known.version, "breach": verdict.breach}
        append_system(tx, [Event(kind="quality.checked", value=value)], at=now, actor=actor.id)
        said = say("quality_checked", case=row.case_id, score=verdict.score, until=said_day(until))
        _tell(tx, [row.agent], row, said, now, actor)
        if verdict.breach:
            said = say("quality_breach", case=row.case_id, breach=words.said_breach(verdict.breach))
            _tell(tx, supervisors_of(tx.connection, row.agent, now), row, said, now, actor)
    return verdict.score


def _check_checker(row: Row[Any], actor: Actor) -> None:
    if row.agent == actor.id:
        raise FourEyes(
            "You cannot check your own case. Somebody else has to.", message_zh="不能质检自己的工单,请由他人质检。"
        )
    if not words.may_check(actor):
        raise NotAllowed(f"{actor.id} only reads checks")


def _check_verdict(verdict: Verdict, form: Form) -> None:
    if set(verdict.points) != set(form.weights):
        missing = [words.BY_ID[name].name for name in form.weights if name not in verdict.points]
        raise InvalidValue(
            "Please give points for every item; missing are: "
            f"{', '.join(name for name in form.weights if name not in verdict.points)}.",
            message_zh=f"请给每一项打分,还缺:{'、'.join(missing)}。",
        )
    for name, points in verdict.points.items():
        most = form.weights[name]
        if not 0 <= points <= most:
            raise InvalidValue(
                f"The points of the item “{name}” must lie between 0 and {most}.",
                message_zh=f"{words.BY_ID[name].name}须在 0 到 {most} 之间。",
            )
        if points < most and not verdict.remarks.get(name) and not verdict.summary:
            raise InvalidValue(
                f"Points were taken off the item “{name}”. Please write why, at the item or in the summary.",
                message_zh=f"{words.BY_ID[name].name}扣了分,请在该项或总评里写明原因。",
            )
    if verdict.breach and (verdict.breach not in words.BREACHES or not verdict.summary):
        raise InvalidValue(
            "When a whole case scores 0, the summary must say what happened.",
            message_zh="整单 0 分须在总评里写明事实。",
        )
    lengths = [*map(len, verdict.remarks.values()), len(verdict.etiquette)]
    if max(lengths) > words.MAX_REMARK or len(verdict.summary) > words.MAX_TEXT:
        raise InvalidValue(
            f"A remark may have {words.MAX_REMARK} characters, the summary {words.MAX_TEXT}. Please shorten them.",
            message_zh=f"每项说明最长 {words.MAX_REMARK} 字,总评最长 {words.MAX_TEXT} 字。",
        )


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "points": dict(verdict.points),
        "remarks": {name: text for name, text in verdict.remarks.items() if text},
        "etiquette": verdict.etiquette,
        "summary": verdict.summary,
        "breach": verdict.breach,
    }


def mark_read(tx: Transaction, row: Row[Any], actor: Actor, *, now: datetime) -> None:
    """Note that the agent has read the own result; the first time counts."""
    if row.agent == actor.id and row.state != words.WAITING and row.read_at is None:
        mine = (quality_check.c.id == row.id, quality_check.c.read_at.is_(None))
        tx.connection.execute(update(quality_check).where(*mine).values(read_at=to_microseconds(now)))


def object_to(runtime: Runtime, check_id: int, reason: str, actor: Actor) -> None:
    """Object to the own result, once, within the working days that there are for it.

    Raises:
        NotFound: there is no such result of the actor.
        InvalidValue: the reason is missing or too long, or it is too late.
        StepError: it was objected to already.
    """
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        row = get_check(tx.connection, check_id, actor)
        if row.agent != actor.id:
            raise NotFound(f"{check_id} is not of {actor.id}", message_zh="只能对自己的质检结果申诉。")
        if row.state == words.CHECKED and to_microseconds(now) >= row.object_until:
            raise InvalidValue(
                "It is too late to object: that was possible within 5 working days of the result.",
                message_zh="申诉期已过(结果出来后 5 个工作日内),不能再申诉。",
            )
        text = _reason(reason, "申诉的理由")
        calendar = calendar_of(runtime, now)
        due = weeks.after_working_days(now, words.DAYS_TO_DECIDE, calendar)
        values = {"state": words.OBJECTED, "objection": text, "objected_at": to_microseconds(now)}
        values |= waits_until(due, calendar)
        _move(tx, row, words.CHECKED, values, "这个结果已经申诉过,请刷新页面。")
        value = _value(row) | {"reason": mask_within(text)}
        append_system(tx, [Event(kind="quality.objected", value=value)], at=now, actor=actor.id)
        notice = say("quality_objected", who=actor.name, case=row.case_id, score=row.score)
        _tell(tx, deciders(tx.connection, row, now), row, notice, now, actor)


def deciders(connection: Connection, row: Row[Any], now: datetime) -> list[str]:
    """Who may decide an objection: superiors of the agent, but not who has checked it."""
    near = [one for one in supervisors_of(connection, row.agent, now) if one not in (row.checked_by, row.agent)]
    return near or [one for one in members_of(connection, ["dept_manager"]) if one not in (row.checked_by, row.agent)]


def decide(
    runtime: Runtime,
    check_id: int,
    decision: str,
    reason: str,
    actor: Actor,
    *,
    points: Mapping[str, int] | None = None,
) -> int:
    """Uphold a score that was objected to, or change it; gives the score in force.

    Args:
        runtime: the runtime.
        check_id: which.
        decision: words.UPHELD or words.CHANGED.
        reason: why; the agent reads it.
        actor: who decides (P19), neither the agent nor the checker.
        points: by item, where the score is changed.

    Raises:
        NotFound: there is no such check to the actor.
        NotAllowed: the actor only reads checks.
        FourEyes: the actor is the agent or has checked it.
        InvalidValue: the reason is missing or too long, or the points are wrong or as they were.
        StepError: nobody has objected, or it is decided.
    """
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        row = get_check(tx.connection, check_id, actor)
        _check_checker(row, actor)
        if row.checked_by == actor.id:
            raise FourEyes(
                "You cannot decide about a result that you checked yourself. Somebody else who checks has to.",
                message_zh="不能裁定自己质检的结果,请由另一位有质检权限的同事裁定。",
            )
        text = _reason(reason, "裁定的理由")
        values: dict[str, Any] = {"decision": decision, "decision_reason": text}
        score = row.score
        if decision == words.CHANGED and row.state == words.OBJECTED:
            score, values["content"] = _changed(tx.connection, row, points or {}, text)
        elif decision not in words.DECISIONS:
            raise InvalidValue(
                "Please choose whether the score is upheld or changed.", message_zh="请选择维持原分或改分。"
            )
        values |= {"state": words.DECIDED, "score": score, "decided_by": actor.id, "decided_at": to_microseconds(now)}
        values |= NOBODY_WAITS
        _move(tx, row, words.OBJECTED, values, "这个申诉已经裁定,或没有申诉,请刷新页面。")
        value = _value(row) | {
            "decision": decision, "before": row.score, "after": score, "reason": mask_within(text),
        }  # fmt: skip
        append_system(tx, [Event(kind="quality.decided", value=value)], at=now, actor=actor.id)
        kind = "quality_upheld" if decision == words.UPHELD else "quality_changed"
        notice = say(kind, case=row.case_id, before=row.score, score=score)
        _tell(tx, [row.agent, row.checked_by], row, notice, now, actor)
    return int(score)


def _changed(connection: Connection, row: Row[Any], points: Mapping[str, int], reason: str) -> tuple[int, bytes]:
    before = verdict_of(row)
    assert before is not None  # noqa: S101  it was checked
    after = Verdict(
        points=dict(points), remarks=before.remarks, etiquette=before.etiquette, summary=before.summary or reason
    )
    _check_verdict(after, form_for(connection, row))
    if after.score == row.score and dict(after.points) == dict(before.points):
        raise InvalidValue(
            "The score is as it was. To leave it so, choose to uphold it.",
            message_zh="分数没有改动;不改分请选择维持原分。",
        )
    plain = _plain(after) | {"summary": before.summary, "first": dict(before.points), "first_breach": before.breach}
    return after.score, canonical.encode(plain)


def _reason(text: str, what: str) -> str:
    clean = text.strip()
    if not clean or len(clean) > words.MAX_TEXT:
        raise InvalidValue(
            f"Please write why, in at most {words.MAX_TEXT} characters.",
            message_zh=f"请填写{what},最长 {words.MAX_TEXT} 字。",
        )
    return clean


def _move(tx: Transaction, row: Row[Any], state: str, values: dict[str, Any], too_late: str) -> None:
    here = (quality_check.c.id == row.id, quality_check.c.state == state)
    if tx.connection.execute(update(quality_check).where(*here).values(values)).rowcount != 1:
        raise StepError(
            "Somebody else was faster, or it has come too far for this. Please reload the page.", message_zh=too_late
        )


def _value(row: Row[Any]) -> dict[str, Any]:
    return {"check": row.id, "case_id": row.case_id, "agent": row.agent}


def _tell(tx: Transaction, people: Iterable[str], row: Row[Any], text: Said, now: datetime, actor: Actor) -> None:
    notice = Notice(occasion=Occasion.QUALITY, text=text, page=f"/quality/{row.id}")
    tell(tx, people, notice, at=now, actor=actor.id)


def waits_until(due: datetime, calendar: Calendar | None) -> dict[str, int]:
    """The columns by which people are reminded of what is due then, and told that it is late."""
    return {
        "next_at": to_microseconds(weeks.reminder_before(due, calendar)),
        "due_at": to_microseconds(due),
    }


def calendar_of(runtime: Runtime, now: datetime) -> Calendar | None:
    """The business calendar in force; None: the public one."""
    known = runtime.definitions.schedules
    schedule = None if known is None else known.at(now)
    return None if schedule is None else schedule.calendar


def when(at: int | None) -> datetime | None:
    """A kept time, or None."""
    return instant_or_none(at)
