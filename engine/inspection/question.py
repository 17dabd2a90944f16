"""What can be asked of all cases, and how it stands in an address: checked when read, written in one way only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from engine.errors import InvalidValue
from engine.model import InstanceStatus
from engine.typed import read_day, read_money

#: In the place of a name: whoever, whichever.
ANY: Final = "*"


class TimeKind(StrEnum):
    """By which hours a duration is measured."""

    CALENDAR = "calendar"
    #: Of the business calendar; known of cases that have ended.
    WORKING = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """An element that was passed at least so often."""

    place: str
    times: int

    def __str__(self) -> str:
        return f"{self.place}:{self.times}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Conditions that a case meets all of; what is empty is not asked. Days are Shanghai's, both ends included."""

    process: tuple[str, ...] = ()
    opened_from: date | None = None
    opened_to: date | None = None
    ended_from: date | None = None
    ended_to: date | None = None
    status: InstanceStatus | None = None
    #: process.end event, in any part of the call tree.
    end: tuple[str, ...] = ()
    #: 元.
    asked_from: Decimal | None = None
    asked_to: Decimal | None = None
    paid_from: Decimal | None = None
    paid_to: Decimal | None = None
    #: Compensated more than this, and more than any person agreed to.
    unapproved: Decimal | None = None
    #: Paid to the case's buyer in all cases together, at least.
    buyer_paid: Decimal | None = None
    #: process.element.
    passed: tuple[str, ...] = ()
    not_passed: tuple[str, ...] = ()
    #: process.element, or *.
    skipped: str | None = None
    #: decision#number.
    rule: tuple[str, ...] = ()
    #: A person who acted; with ``did`` one who completed that process.element.
    person: str | None = None
    did: str | None = None
    #: Minutes.
    longer: int | None = None
    shorter: int | None = None
    time: TimeKind = TimeKind.CALENDAR
    rounds: Rounds | None = None
    reopened: bool = False
    #: A person who looked at personal data, or *.
    unmasked: str | None = None
    incident: bool = False
    repaired: bool = False
    customer: str | None = None
    order: str | None = None

    def parts(self) -> list[tuple[str, str]]:
        """What is asked, as it stands in an address; what goes without saying is left out."""
        found: list[tuple[str, str]] = []
        for one in fields(self):
            value = getattr(self, one.name)
            if value == one.default:
                continue
            several = value if isinstance(value, tuple) else (value,)
            found += [(one.name, written(one.name, item)) for item in several]
        return found

    def query(self) -> str:
        """As a query string: the same question gives the same one."""
        return urlencode(self.parts())

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing, and every case answers it."""
        return not any(name != "time" for name, _ in self.parts())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question as an address asks it, and what of the address could not be read."""

    question: Question
    #: Part → what is wrong with it.
    problems: Mapping[str, InvalidValue] = field(default_factory=dict)


#: So many values of one part.
MOST_VALUES: Final = 8
_MOST_PARTS: Final = 100
_PLACE: Final = re.compile(r"[A-Za-z_][\w-]{0,63}\.[A-Za-z_][\w-]{0,79}", re.ASCII)
_PROCESS: Final = re.compile(r"[A-Za-z_][\w-]{0,63}", re.ASCII)
_RULE: Final = re.compile(r"[A-Za-z_][\w.-]{0,79}#[1-9]\d{0,3}", re.ASCII)
_ROUNDS: Final = re.compile(rf"({_PLACE.pattern})[::×]([1-9]\d{{0,3}})", re.ASCII)
_USER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_SPAN: Final = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?", re.ASCII)
_LONGEST: Final = 64
_DAY_MINUTES: Final = 24 * 60


def read_query(query: str) -> Reading:
    """As ``read``, from a query string."""
    return read(parse_qsl(query, keep_blank_values=False, max_num_fields=_MOST_PARTS))


def read(given: Iterable[tuple[str, str]]) -> Reading:
    """What an address asks.

    Args:
        given: parts with their values; empty ones say nothing, several of one name are joined where it takes several.
    """
    texts: dict[str, list[str]] = {}
    for name, raw in given:
        text = unicodedata.normalize("NFC", raw).strip()
        if text:
            texts.setdefault(name, []).append(text)
    known: dict[str, Any] = {}
    problems: dict[str, InvalidValue] = {}
    for name, several in texts.items():
        try:
            known[name] = _read_part(name, several)
        except InvalidValue as problem:
            problems[name[:40]] = problem
    problems |= _contradictions(known)
    return Reading(
        question=Question(**{name: value for name, value in known.items() if name not in problems}), problems=problems
    )


def _read_part(name: str, texts: list[str]) -> Any:
    reader = _READERS.get(name)
    if reader is None:
        raise InvalidValue("Nobody knows this condition; it was left out.", message_zh="没有这个条件,已略过。")
    if name in _SEVERAL:
        if len(set(texts)) > MOST_VALUES:
            raise InvalidValue(
                f"Please choose at most {MOST_VALUES} of one kind.", message_zh=f"同一条件最多选 {MOST_VALUES} 项。"
            )
        return tuple(dict.fromkeys(reader(text) for text in texts))
    if len(texts) > 1:
        raise InvalidValue("Please give this condition once only.", message_zh="这个条件只能填一次。")
    return reader(texts[0])


def _contradictions(known: Mapping[str, Any]) -> dict[str, InvalidValue]:
    """Conditions that no case can meet, or that lack another."""
    found: dict[str, InvalidValue] = {}
    for low, high in (
        ("opened_from", "opened_to"), ("ended_from", "ended_to"), ("asked_from", "asked_to"), ("paid_from", "paid_to"),
        ("longer", "shorter"),
    ):  # fmt: skip
        if low in known and high in known and known[low] > known[high]:
            found[high] = InvalidValue(
                "The second value is less than the first. Please swap them.", message_zh="后一个值小于前一个,请对调。"
            )
    if "did" in known and "person" not in known:
        found["did"] = InvalidValue(
            "Please choose the person who completed this step, or the step under “passed”.",
            message_zh="请选择由谁完成这一步;不限人时请用“经过步骤”。",
        )
    if set(known.get("passed", ())) & set(known.get("not_passed", ())):
        found["not_passed"] = InvalidValue(
            "A step cannot be passed and not passed.", message_zh="同一步骤不能既经过又没有经过。"
        )
    return found


# --- one value -----------------------------------------------------------------------------------


def _matching(pattern: re.Pattern[str], english: str, chinese: str) -> Callable[[str], str]:
    def read_text(text: str) -> str:
        if not pattern.fullmatch(text):
            raise InvalidValue(f"{english} Please choose again.", message_zh=f"{chinese},请重新选择。")
        return text

    return read_text


def _or_any(reader: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: text if text == ANY else reader(text)


def _read_span(text: str) -> int:
    """Minutes of 2d, 3h, 30m and what is put together of them."""
    found = _SPAN.fullmatch(text.replace(" ", "").lower())
    if not text.strip() or found is None or not any(found.groups()):
        raise InvalidValue(
            f"“{text[:20]}” is no duration; please write it like 2d, 3h30m or 45m.",
            message_zh=f"“{text[:20]}”不是时长,请写成 2d、3h30m、45m 的样子(天、小时、分)。",
        )
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return days * _DAY_MINUTES + hours * 60 + minutes


def _read_rounds(text: str) -> Rounds:
    found = _ROUNDS.fullmatch(text)
    if found is None:
        raise InvalidValue(
            "Please choose a step and how often, at least 1.", message_zh="请选择步骤,并填写次数(不少于 1)。"
        )
    return Rounds(place=found[1], times=int(found[2]))


def _read_yes(text: str) -> bool:
    if text != "1":
        raise InvalidValue("This condition is either ticked or not.", message_zh="这个条件只能勾选或不选。")
    return True


def _read_text(text: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise InvalidValue(
            f"Please write at most {_LONGEST} characters.", message_zh=f"最长 {_LONGEST} 个字,不能换行。"
        )
    return text


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read_one(text: str) -> StrEnum:
        if text not in set(kind):
            raise InvalidValue("There is no such choice. Please choose again.", message_zh="没有这个选项,请重新选择。")
        return kind(text)

    return read_one


_place: Final = _matching(_PLACE, "There is no such step.", "没有这个步骤")
_user: Final = _matching(_USER, "There is no such account.", "没有这个账号")
_SEVERAL: Final = frozenset({"process", "end", "passed", "not_passed", "rule"})
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "process": _matching(_PROCESS, "There is no such process.", "没有这个流程"),
    **dict.fromkeys(("opened_from", "opened_to", "ended_from", "ended_to"), read_day),
    "status": _one_of(InstanceStatus),
    **dict.fromkeys(("end", "passed", "not_passed", "did"), _place),
    **dict.fromkeys(("asked_from", "asked_to", "paid_from", "paid_to", "unapproved", "buyer_paid"), read_money),
    "skipped": _or_any(_place),
    "rule": _matching(_RULE, "There is no such rule.", "没有这条规则"),
    "person": _user,
    **dict.fromkeys(("longer", "shorter"), _read_span),
    "time": _one_of(TimeKind),
    "rounds": _read_rounds,
    **dict.fromkeys(("reopened", "incident", "repaired"), _read_yes),
    "unmasked": _or_any(_user),
    **dict.fromkeys(("customer", "order"), _read_text),
}


def written(name: str, value: object) -> str:
    """A value as an address writes it."""
    match value:
        case bool():
            return "1"
        case Decimal():
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case int() if name in ("longer", "shorter"):
            return span_text(value)
    return str(value)


def span_text(minutes: int) -> str:
    """1d2h30m."""
    days, rest = divmod(minutes, _DAY_MINUTES)
    hours, left = divmod(rest, 60)
    return "".join(f"{n}{sign}" for n, sign in ((days, "d"), (hours, "h"), (left, "m")) if n) or "0m"


def span_of(minutes: int) -> timedelta:
    """Minutes as a duration."""
    return timedelta(minutes=minutes)
