"""What can be asked of the inbox, and how it stands in an address: checked when read, written in one way only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from engine.access import GROUPS


class InboxScope(StrEnum):
    """Which open user tasks a person looks at."""

    #: Those the person has claimed.
    MINE = "mine"
    #: Those of the person's groups, claimed by the person or by nobody, and not another colleague's first.
    GROUPS = "groups"
    #: Every open one the person may see.
    ALL = "all"


class Sort(StrEnum):
    """In which order: urgent cases stand first in ``due`` and ``priority``."""

    DUE = "due"
    PRIORITY = "priority"
    MONEY = "money"
    NEWEST = "newest"
    OLDEST = "oldest"
    QUEUE = "queue"


class Due(StrEnum):
    """How the due time stands to now."""

    OVERDUE = "overdue"
    #: Not over, but 80 % of the time is; where nothing says when that is: within the hour.
    RISK = "risk"
    #: Before the day ends in Shanghai, those overdue included.
    TODAY = "today"
    NONE = "none"


class Priority(StrEnum):
    """How urgent."""

    #: Of an urgent case.
    URGENT = "urgent"
    #: Of an urgent case, or its step is drawn with a priority above 50.
    HIGH = "high"


class FollowUp(StrEnum):
    """Whether somebody wanted to look at it again."""

    #: The time has come.
    DUE = "due"
    SET = "set"


_MAX_TEXT: Final = 64
_ID: Final = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
_USER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_MONEY_SIGNS: Final = dict.fromkeys(map(ord, ",,¥¥元 "))
_MOST_MONEY: Final = Decimal(10) ** 10
#: Who has claimed it, beside ids of people.
FREE: Final = "free"
ME: Final = "me"
TAKEN: Final = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to the inbox; what is None is not asked."""

    scope: InboxScope = InboxScope.GROUPS
    group: str | None = None
    process: str | None = None
    #: Element id.
    step: str | None = None
    due: Due | None = None
    priority: Priority | None = None
    #: free, me, taken, or a person's id.
    assignee: str | None = None
    customer: str | None = None
    order: str | None = None
    waybill: str | None = None
    text: str | None = None
    follow_up: FollowUp | None = None
    #: 元, at least.
    money: Decimal | None = None
    sort: Sort = Sort.DUE

    def parts(self) -> dict[str, str]:
        """What is asked, as it stands in an address; what goes without saying is left out."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _written(value) for name, value in given.items() if value is not None and value != _USUAL[name]}

    def query(self) -> str:
        """As a query string."""
        return urlencode(self.parts())

    def filters(self) -> tuple[str, ...]:
        """Names of the parts that leave tasks out; scope and order do not."""
        return tuple(name for name in self.parts() if name not in ("scope", "sort"))

    def without(self, *names: str) -> Asked:
        """The same question without some of its parts."""
        return replace(self, **{name: _USUAL[name] for name in names})


_USUAL: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Asked)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of an address that was left out: nobody knows it, or what it names is no more."""

    part: str
    value: str


def read_query(query: str, processes: Collection[str] | None = None) -> tuple[Asked, tuple[Problem, ...]]:
    """As ``read``, from a query string."""
    return read(dict(parse_qsl(query, keep_blank_values=False, max_num_fields=50)), processes)


def read(given: Mapping[str, str], processes: Collection[str] | None = None) -> tuple[Asked, tuple[Problem, ...]]:
    """What an address asks, and the parts of it that were left out.

    Args:
        given: parts by name; empty ones say nothing.
        processes: ids that there are; None: not looked at.
    """
    known: dict[str, object] = {}
    problems: list[Problem] = []
    for name, raw in given.items():
        text = unicodedata.normalize("NFC", raw).strip()
        if not text:
            continue
        value = _read_part(name, text) if name in _USUAL else None
        if value is None or (name == "process" and processes is not None and value not in processes):
            problems.append(Problem(part=name[:40], value=text[:_MAX_TEXT]))
        else:
            known[name] = value
    return Asked(**known), tuple(problems)  # type: ignore[arg-type]  # each part was read as its kind


_ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    "scope": InboxScope, "due": Due, "priority": Priority, "follow_up": FollowUp, "sort": Sort,
}  # fmt: skip


def _read_part(name: str, text: str) -> object:
    if name in _ENUMS:
        kind = _ENUMS[name]
        return kind(text) if text in set(kind) else None
    match name:
        case "group":
            return text if text in GROUPS else None
        case "process" | "step":
            return text if _ID.fullmatch(text) else None
        case "assignee":
            return text if _USER.fullmatch(text) else None
        case "money":
            return _read_money(text)
        case _:
            return text if len(text) <= _MAX_TEXT and text.isprintable() else None


def _read_money(text: str) -> Decimal | None:
    plain = text.translate(_MONEY_SIGNS)
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,4})?", plain):
        return None
    amount = Decimal(plain).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return amount if 0 < amount < _MOST_MONEY else None


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
