"""What people are told, in both languages: a sentence a kind, filled in with the facts of what happened.

What people and the shop's processes wrote – reasons, names – stands in both as it was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from engine.access import GROUPS
from engine.clock import SHANGHAI, from_microseconds
from engine.notifications.texts import SENTENCES


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the product in Chinese and in English."""

    zh: str
    en: str


#: What a sentence is filled in with: the same in both languages, or a word that each has of its own.
Fact = str | int | Said

#: Group → English; the Chinese is engine.access's.
GROUP_NAMES: Final[dict[str, str]] = {
    "presales": "pre-sales",
    "aftersales": "after-sales",
    "supervisor": "the supervisors",
    "dept_manager": "the department managers",
    "warehouse": "the warehouse",
    "finance": "finance",
    "courier": "the courier",
    "process_owner": "the process owners",
    "auditor": "the auditors",
    "admin": "the administrators",
    "operations": "operations",
    "technician": "the technicians",
    "store_guide": "the store guides",
    "designer": "the designers",
    "design_manager": "the design managers",
    "aftersales_clerk": "the after-sales clerks",
    "logistics_dept": "logistics",
}


def say(kind: str, /, **facts: Fact) -> Said:
    """The sentence of a kind, filled in.

    Raises:
        KeyError: there is no such kind, or a fact is missing.
    """
    zh, en = SENTENCES[kind]
    return Said(
        zh.format(**{name: fact.zh if isinstance(fact, Said) else fact for name, fact in facts.items()}),
        en.format(**{name: fact.en if isinstance(fact, Said) else fact for name, fact in facts.items()}),
    )


def said_group(group: str) -> Said:
    """What a group is called."""
    return Said(GROUPS.get(group, group), GROUP_NAMES.get(group, group))


def said_list(items: Iterable[Said]) -> Said:
    """Several in a row: 甲、乙; A, B."""
    known = tuple(items)
    return Said("、".join(one.zh for one in known), ", ".join(one.en for one in known))


def said_time(at: datetime | int | None) -> Said:
    """An instant (aware, or microseconds) of the shop's clock: 11-21 15:40; 21 Nov 15:40."""
    if at is None:
        return Said("", "")
    local = (from_microseconds(at) if isinstance(at, int) else at).astimezone(SHANGHAI)
    return Said(f"{local:%m-%d %H:%M}", f"{local.day} {local:%b %H:%M}")


def said_day(day: date) -> Said:
    """A day: 11-21; 21 Nov."""
    return Said(f"{day:%m-%d}", f"{day.day} {day:%b}")


def said_reason(reason: str) -> Said:
    """A reason behind a sentence, where one was given."""
    return Said(f":{reason}", f": {reason}") if reason else Said("", ".")
