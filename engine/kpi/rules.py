"""Versions of the rules: targets, formulas, limits, what counts as solved. A month keeps the version that was in force.

A version counts from a month on that is not over yet, so that no finished month is ever judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.kpi.checking import check_content
from engine.kpi.defaults import default_content
from engine.kpi.formulas import Formula, Goal
from engine.kpi.periods import month_of, read_month, today_of
from engine.model import SYSTEM, Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_rules

MAX_NOTE: Final = 200
#: The shipped rules count from the beginning.
_BEGINNING: Final = "0000-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A version, read."""

    #: 0: as shipped, nothing has been changed yet.
    version: int
    #: First month for which it counts, 2026-11; "0000-01": always.
    valid_from: str
    content: Mapping[str, Value]
    note: str
    made_by: str
    made_at: datetime | None

    def goal(self, indicator: str, agent_type: str = "") -> Goal | None:
        """Floor and target of an indicator, those of an agent type before those of all; None: it has none."""
        own = self.content["overrides"].get(agent_type, {}).get(indicator)
        found = own or self.content["targets"].get(indicator)
        return None if found is None else Goal(floor=found["floor"], target=found["target"])

    def formula(self, agent_type: str) -> Formula:
        """The weights of an agent type.

        Raises:
            KeyError: there is no such type.
        """
        found = self.content["formulas"][agent_type]
        return Formula(multiplied=found["g"], added=found["a"])

    @property
    def tiers(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """(from this share of the target on, factor) of the commission."""
        return tuple((one["from"], one["factor"]) for one in self.content["commission"])

    @property
    def commission_on(self) -> bool:
        """Whether the multiplied group is multiplied at all (CORRECTIONS 18: optional)."""
        return bool(self.content["commission_on"])

    def limit(self, channel: str) -> int:
        """Seconds within which a first response is due (SLA-03)."""
        limits = self.content["limits"]
        return int(limits.get(channel, limits["other"]))

    def bound(self, name: str) -> int:
        """A bound of a definition, see defaults.BOUNDS."""
        return int(self.content["bounds"][name])

    @property
    def solved(self) -> tuple[tuple[str, str], ...]:
        """(process id, end state) that count as solved."""
        return tuple((process, end) for process, ends in sorted(self.content["solved"].items()) for end in ends)


def shipped() -> Rules:
    """The rules before anybody has changed them."""
    return Rules(
        version=0, valid_from=_BEGINNING, content=default_content(), note="出厂设置", made_by=SYSTEM.id, made_at=None
    )


def list_rules(connection: Connection) -> tuple[Rules, ...]:
    """Every version, the newest first; without any, the shipped one."""
    rows = connection.execute(select(kpi_rules).order_by(kpi_rules.c.version.desc())).all()
    return tuple(map(_rules, rows)) or (shipped(),)


def rules_of(connection: Connection, month: str) -> Rules:
    """The version in force in a month: the newest of those that count from the latest month up to it."""
    row = connection.execute(
        select(kpi_rules)
        .where(kpi_rules.c.valid_from <= month)
        .order_by(kpi_rules.c.valid_from.desc(), kpi_rules.c.version.desc())
        .limit(1)
    ).one_or_none()
    return shipped() if row is None else _rules(row)


def save_rules(
    tx: Transaction,
    content: Mapping[str, Value],
    actor: Actor,
    *,
    now: datetime,
    valid_from: str,
    note: str = "",
    based_on: int,
    known_ends: Mapping[str, Iterable[str]],
) -> Rules | None:
    """Make a version, and say so in the system's history; None where it says what is in force already.

    Args:
        tx: the caller's transaction.
        content: as ``defaults.default_content`` has it.
        actor: who makes it; P18 is asked by the caller.
        now: when.
        valid_from: the first month for which it counts; not one that is over.
        note: why.
        based_on: number of the version that the actor has seen as the newest.
        known_ends: process id → its end states, of the processes in force.

    Raises:
        InvalidValue: something in it is wrong, the month is over, or somebody else was faster.
    """
    check_content(content, known_ends)
    month = read_month(valid_from).month
    this_month = month_of(today_of(now)).month
    if month < this_month:
        raise InvalidValue(
            "The rules cannot begin in a month that is over: months keep the version that they were worked out by.",
            message_zh="生效月份不能早于本月,已过去的月份按当时的版本计算,不会改变。",
        )
    if len(note.strip()) > MAX_NOTE:
        raise InvalidValue(
            f"The note may have {MAX_NOTE} characters. Please shorten it.", message_zh=f"说明最长 {MAX_NOTE} 字。"
        )
    newest = tx.connection.execute(select(func.max(kpi_rules.c.version))).scalar_one() or 0
    if based_on != newest:
        raise InvalidValue(
            "Somebody else has just changed the rules. Please reload the page and change them again.",
            message_zh="规则刚被他人修改,请刷新后再改一次。",
        )
    data = canonical.encode(content)
    if canonical.encode(rules_of(tx.connection, month).content) == data:
        return None
    if newest == 0:  # what was shipped is kept, so that a later release changes no month of ours
        first = shipped()
        _insert(tx, 1, first.valid_from, canonical.encode(first.content), first.note, SYSTEM.id, now)
        newest = 1
    _insert(tx, newest + 1, month, data, note.strip(), actor.id, now)
    value = {"version": newest + 1, "valid_from": month, "note": note.strip()}
    append_system(tx, [Event(kind="kpi_rules.changed", value=value)], at=now, actor=actor.id)
    return rules_of(tx.connection, month)


def _insert(tx: Transaction, version: int, month: str, data: bytes, note: str, actor: str, now: datetime) -> None:
    row = {"version": version, "valid_from": month, "content": data, "note": note, "made_by": actor}
    tx.connection.execute(insert(kpi_rules).values(**row, made_at=to_microseconds(now)))


def _rules(row: Row[Any]) -> Rules:
    return Rules(
        version=row.version,
        valid_from=row.valid_from,
        content=canonical.decode(row.content),
        note=row.note,
        made_by=row.made_by,
        made_at=from_microseconds(row.made_at),
    )
