"""How long each process keeps what its cases know of people: rules in versions, as shipped 180 days and three years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, false, insert, or_, select

from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotAllowed
from engine.model import Actor, Event
from engine.permissions import Reach, may, reach
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import definition, process_instance, retention_rule

#: E03: images and receivers' data of closed cases; and registers, three years of which one may be a leap year.
DAYS: Final = 180
REGISTER_DAYS: Final = 1096
#: Nothing goes before the visits, appraisals and objections after a case are over.
LEAST_DAYS: Final = 30
MOST_DAYS: Final = 36_500
MAX_REASON: Final = 200
#: The rule of every process without one of its own.
EVERY: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long something is kept, counted in whole days of Shanghai after the day on which a case ended."""

    process_id: str
    #: None: for ever.
    days: int | None
    register_days: int | None
    #: None: as shipped.
    made_at: datetime | None = None
    made_by: str = ""
    reason: str = ""
    #: Number of the version; who saves has seen the newest.
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force."""

    every: Rule
    own: Mapping[str, Rule]

    def of(self, process_id: str) -> Rule:
        """A process's rule."""
        return self.own.get(process_id, self.every)

    def ended_long_ago(self, now: datetime, *, registers: bool = False) -> ColumnElement[bool]:
        """The condition, on rows of process_instance, that a case ended longer ago than its process's rule says."""
        column = process_instance.c
        asked = [_over(rule, now, registers) & (column.process_id == name) for name, rule in self.own.items()]
        others = and_(column.process_id.not_in(sorted(self.own)), _over(self.every, now, registers))
        return and_(column.ended_at.is_not(None), or_(others, *asked))


def cutoff(now: datetime, days: int) -> int:
    """What ended before this instant (microseconds since 1970) is over for longer than so many days.

    Days are those of Shanghai: what ended on a day is kept on the next ``days`` whole days, and is due from the
    midnight after them.
    """
    today = now.astimezone(SHANGHAI).date()
    return to_microseconds(datetime.combine(today - timedelta(days=days), time(), SHANGHAI))


def due_at(ended_at: datetime, days: int) -> datetime:
    """From when on something that ended then is due: the reverse of ``cutoff``."""
    day = ended_at.astimezone(SHANGHAI).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), SHANGHAI)


def _over(rule: Rule, now: datetime, registers: bool) -> ColumnElement[bool]:
    days = rule.register_days if registers else rule.days
    return false() if days is None else process_instance.c.ended_at < cutoff(now, days)


def read_rules(connection: Connection) -> Rules:
    """The rules in force now."""
    found: dict[str, Rule] = {}
    for row in connection.execute(select(retention_rule).order_by(retention_rule.c.key)):
        found[row.process_id] = Rule(
            process_id=row.process_id,
            days=row.days,
            register_days=row.register_days,
            made_at=from_microseconds(row.made_at),
            made_by=row.made_by,
            reason=row.reason,
            version=row.key,
        )
    shipped = Rule(process_id=EVERY, days=DAYS, register_days=REGISTER_DAYS)
    every = found.pop(EVERY, shipped)
    return Rules(every=every, own=found)


def may_read(actor: Actor) -> bool:
    """Who audits everything (P23), who answers for the department (P15), who administers (P24)."""
    return reach(actor, "P23") is Reach.YES or may_set_rules(actor)


def may_set_rules(actor: Actor) -> bool:
    """Department managers (P15) and administrators (P24)."""
    return may(actor, "P15") or may(actor, "P24")


def set_rule(
    tx: Transaction,
    process_id: str,
    *,
    days: int | None,
    register_days: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> None:
    """Make the next version of a process's rule; the system's history says so.

    Args:
        tx: the caller's transaction.
        process_id: whose; "" for every process without a rule of its own.
        days: for which personal data are kept; None: for ever.
        register_days: for which rows of registers are kept, not shorter; None: for ever.
        reason: why.
        actor: who changes it.
        now: when.
        seen: version that the actor had before them; not checked where None.

    Raises:
        NotAllowed: the actor may not.
        InvalidValue: the process is unknown, a number does not fit, or somebody else was faster.
    """
    if not may_set_rules(actor):
        raise NotAllowed(f"{actor.id} may not change how long cases are kept")
    said = checked_reason(reason)
    _check_days(days, register_days)
    known = select(definition.c.key).where(definition.c.process_id == process_id).limit(1)
    if process_id != EVERY and tx.connection.execute(known).first() is None:
        raise InvalidValue("There is no such process.", message_zh="没有这个流程。")
    before = read_rules(tx.connection).of(process_id)
    if seen is not None and seen != before.version:
        raise InvalidValue(
            "Somebody else has changed this rule meanwhile. Please reload the page and change it again.",
            message_zh="保存期限已被他人修改,请刷新后再改。",
        )
    values = {"process_id": process_id, "days": days, "register_days": register_days}
    made = {"made_at": to_microseconds(now), "made_by": actor.id, "reason": said}
    tx.connection.execute(insert(retention_rule).values(**values, **made))
    told = {
        "process": process_id,
        "before": {"days": before.days, "register_days": before.register_days},
        "after": {"days": days, "register_days": register_days},
        "reason": said,
    }
    append_system(tx, [Event(kind="retention.rule_changed", value=told)], at=now, actor=actor.id)


def checked_reason(text: str) -> str:
    """A reason as it is kept.

    Raises:
        InvalidValue: there is none, or it is too long.
    """
    said = " ".join(text.split())
    if not 2 <= len(said) <= MAX_REASON:
        raise InvalidValue(
            f"Please give a reason of 2 to {MAX_REASON} characters.", message_zh=f"请填写原因,2 到 {MAX_REASON} 字。"
        )
    return said


def _check_days(days: int | None, register_days: int | None) -> None:
    for number in (days, register_days):
        if number is not None and not LEAST_DAYS <= number <= MOST_DAYS:
            raise InvalidValue(
                f"The days must be a whole number from {LEAST_DAYS} to {MOST_DAYS}, or empty to keep for ever.",
                message_zh=f"天数须为 {LEAST_DAYS} 到 {MOST_DAYS} 的整数;留空表示一直保存。",
            )
    if days is None and register_days is None:
        return
    if register_days is not None and (days is None or register_days < days):
        raise InvalidValue(
            "Registers must not be kept shorter than the cases that they tell of.",
            message_zh="登记表的保存天数不能少于工单的保存天数。",
        )
