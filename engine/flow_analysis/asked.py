"""Which cases are looked at, and how that stands in an address: checked when read, written in one way only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from engine.errors import InvalidValue
from engine.typed import read_day, read_money


class Moment(StrEnum):
    """Which moment of a case the days are about."""

    OPENED = "opened"
    ENDED = "ended"


class Standing(StrEnum):
    """How a case stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Operator(StrEnum):
    """How a variable is compared."""

    EQUAL = "eq"
    LESS = "lt"
    GREATER = "gt"
    CONTAINS = "has"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A variable, as it stood at the end of the case or stands now."""

    name: str
    operator: Operator
    value: str

    @property
    def number(self) -> Decimal | None:
        """The value as a number, if it is one."""
        try:
            found = Decimal(self.value)
        except InvalidOperation:
            return None
        return found if found.is_finite() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Conditions that an instance meets all of; what is empty is not asked. Days are Shanghai's, both ends included."""

    #: Numbers of versions; none: all of them.
    versions: tuple[int, ...] = ()
    by: Moment = Moment.OPENED
    since: date | None = None
    until: date | None = None
    standing: Standing | None = None
    #: Id of an end event.
    outcome: str | None = None
    #: An element that was visited.
    passed: str | None = None
    #: 元, of the whole case.
    asked_from: Decimal | None = None
    asked_to: Decimal | None = None
    paid_from: Decimal | None = None
    paid_to: Decimal | None = None
    variables: tuple[Condition, ...] = ()

    def parts(self) -> list[tuple[str, str]]:
        """What is asked, as it stands in an address."""
        found = [("version", str(number)) for number in self.versions]
        if self.by is not Moment.OPENED:
            found.append(("by", self.by.value))
        for name in ("since", "until", "standing", "outcome", "passed", *_MONEY_PARTS):
            value = getattr(self, name)
            if value is not None:
                found.append((name, f"{value:f}" if isinstance(value, Decimal) else str(value)))
        for one in self.variables:
            found += [("var", one.name), ("op", one.operator.value), ("val", one.value)]
        return found

    def query(self) -> str:
        """As a query string."""
        return urlencode(self.parts())

    def without(self, name: str, condition: Condition | None = None) -> Asked:
        """The same without one of its parts, or without one of its conditions on variables."""
        if condition is not None:
            return replace(self, variables=tuple(one for one in self.variables if one != condition))
        return replace(self, **{name: getattr(Asked(), name)})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReading:
    """What an address asks, and what of it could not be read: part → what is wrong."""

    asked: Asked
    problems: Mapping[str, InvalidValue] = field(default_factory=dict)


#: So many conditions on variables, and so many versions.
MOST_VARIABLES: Final = 3
_MOST_VERSIONS: Final = 40
_MONEY_PARTS: Final = ("asked_from", "asked_to", "paid_from", "paid_to")
_ID: Final = re.compile(r"[A-Za-z_][\w.-]{0,99}", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_NUMBER: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_LONGEST: Final = 100


def read(given: Iterable[tuple[str, str]]) -> AskedReading:
    """What an address asks; empty parts say nothing, unknown ones are somebody else's.

    Args:
        given: parts with their values, in their order.
    """
    texts: dict[str, list[str]] = {}
    for name, raw in given:
        texts.setdefault(name, []).append(unicodedata.normalize("NFC", raw).strip())
    known: dict[str, Any] = {}
    problems: dict[str, InvalidValue] = {}
    for name, reader in _READERS.items():
        text = next((one for one in texts.get(name, ()) if one), "")
        if text:
            try:
                known[name] = reader(text)
            except InvalidValue as problem:
                problems[name] = problem
    for name, into, several in (("version", "versions", _versions), ("var", "variables", _conditions)):
        try:
            known[into] = several(texts)
        except InvalidValue as problem:
            problems[name] = problem
    for low, high in (("since", "until"), ("asked_from", "asked_to"), ("paid_from", "paid_to")):
        if low in known and high in known and known[low] > known[high]:
            problems[high] = InvalidValue(
                "The second value is less than the first. Please swap them.", message_zh="后一个值小于前一个,请对调。"
            )
            del known[high]
    return AskedReading(asked=Asked(**known), problems=problems)


def _versions(texts: Mapping[str, list[str]]) -> tuple[int, ...]:
    found = [text for text in texts.get("version", ()) if text]
    if len(found) > _MOST_VERSIONS or not all(_NUMBER.fullmatch(text) for text in found):
        raise InvalidValue("There is no such version. Please choose again.", message_zh="没有这个版本,请重新选择。")
    return tuple(sorted({int(text) for text in found}, reverse=True))


def _conditions(texts: Mapping[str, list[str]]) -> tuple[Condition, ...]:
    """Those whose name is filled in; name, operator and value of one stand at the same place of their lists."""
    names, operators, values = (texts.get(part, []) for part in ("var", "op", "val"))
    found = []
    for place, name in enumerate(names):
        if not name:
            continue
        operator = operators[place] if place < len(operators) else Operator.EQUAL.value
        value = values[place] if place < len(values) else ""
        if not _NAME.fullmatch(name) or operator not in set(Operator):
            raise InvalidValue(
                f"“{name[:20]}” is no variable; please choose one from the list.",
                message_zh=f"“{name[:20]}”不是变量名,请从列表中选择。",
            )
        found.append(Condition(name=name, operator=Operator(operator), value=_short(value)))
    if len(found) > MOST_VARIABLES:
        raise InvalidValue(
            f"Please give at most {MOST_VARIABLES} variables.", message_zh=f"最多填 {MOST_VARIABLES} 个变量条件。"
        )
    return tuple(dict.fromkeys(found))


def _short(text: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise InvalidValue(
            f"Please write at most {_LONGEST} characters.", message_zh=f"最长 {_LONGEST} 个字,不能换行。"
        )
    return text


def _read_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise InvalidValue("There is no such step. Please choose again.", message_zh="没有这个步骤,请重新选择。")
    return text


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read_one(text: str) -> StrEnum:
        if text not in set(kind):
            raise InvalidValue("There is no such choice. Please choose again.", message_zh="没有这个选项,请重新选择。")
        return kind(text)

    return read_one


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "by": _one_of(Moment),
    **dict.fromkeys(("since", "until"), read_day),
    "standing": _one_of(Standing),
    **dict.fromkeys(("outcome", "passed"), _read_id),
    **dict.fromkeys(_MONEY_PARTS, read_money),
}
