"""Numbers as people mean them: 0.30, 百分之三十 and 三成 are one share, 48 小时, PT48H and 2 天 one duration. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple


class Unit(StrEnum):
    """Of what a number is a number."""

    NONE = "none"
    #: Of a whole: 0.3.
    SHARE = "share"
    #: 元.
    MONEY = "money"
    SECONDS = "seconds"
    MONTHS = "months"
    #: As it is written, whatever unit stands behind it.
    WRITTEN = "written"


class Quantity(NamedTuple):
    """A number with its unit."""

    value: Decimal
    unit: Unit


class Found(NamedTuple):
    """A number in a folded text."""

    start: int
    end: int
    quantities: frozenset[Quantity]


_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "半": 0}
_TENS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_CN: Final = "零〇一二两三四五六七八九十百千万"
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_HUNDREDTH: Final = Decimal("0.01")
#: Unit as written → factor, unit.
_UNITS: Final[dict[str, tuple[Decimal, Unit]]] = {
    "%": (_HUNDREDTH, Unit.SHARE),
    "成": (Decimal("0.1"), Unit.SHARE),
    "元": (Decimal(1), Unit.MONEY),
    "块": (Decimal(1), Unit.MONEY),
    "万元": (Decimal(10_000), Unit.MONEY),
    "秒": (Decimal(1), Unit.SECONDS),
    "分钟": (Decimal(60), Unit.SECONDS),
    "min": (Decimal(60), Unit.SECONDS),
    "小时": (Decimal(_HOUR), Unit.SECONDS),
    "个小时": (Decimal(_HOUR), Unit.SECONDS),
    "h": (Decimal(_HOUR), Unit.SECONDS),
    "天": (Decimal(_DAY), Unit.SECONDS),
    "d": (Decimal(_DAY), Unit.SECONDS),
    "周": (Decimal(7 * _DAY), Unit.SECONDS),
    "个月": (Decimal(1), Unit.MONTHS),
    "年": (Decimal(12), Unit.MONTHS),
}
_UNIT: Final = "|".join(sorted((*_UNITS, "折"), key=len, reverse=True))
_NUMBER: Final = re.compile(
    r"(?<![a-z0-9_])(?P<iso>p(?=[\dt])(?:(?P<y>\d+)y)?(?:(?P<mo>\d+)m)?(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?"
    r"(?:t(?=\d)(?:(?P<h>\d+)h)?(?:(?P<mi>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?)?)(?![a-z0-9_])"
    rf"|百分之(?P<share>[{_CN}]{{1,9}})(?:点(?P<point>[零〇一二三四五六七八九]{{1,9}}))?"
    rf"|(?<![{_CN}])(?P<cn>[{_CN}]{{1,12}})(?P<cnunit>{_UNIT})(?P<half>半)?"
    rf"|(?P<yuan>¥\s*)?(?<![a-z0-9_.])(?P<n>\d+(?:,\d{{3}})*(?:\.\d+)?)(?:\s?(?P<unit>{_UNIT}))?(?![a-z0-9_]|\.\d)"
)
#: Words of a place that say what its bare numbers are.
_HINTS: Final[tuple[tuple[re.Pattern[str], Decimal, Unit], ...]] = (
    (re.compile("比例|折扣率|ratio|_rate"), Decimal(1), Unit.SHARE),
    (re.compile("小时|hours"), Decimal(_HOUR), Unit.SECONDS),
    (re.compile("分钟|minutes"), Decimal(60), Unit.SECONDS),
    (re.compile("天数|几天|days"), Decimal(_DAY), Unit.SECONDS),
    (re.compile("金额|amount|封顶|_cap"), Decimal(1), Unit.MONEY),
)
#: Of years only so many are a duration; 2026年 is a date.
_MOST_YEARS: Final = 99
#: A longer number is a waybill's, not a rule's.
_MOST_DIGITS: Final = 15
_FACTORS: Final = frozenset("*/")


def folded(text: str) -> str:
    """A text in which full and half width, capitals and small letters are one."""
    return unicodedata.normalize("NFKC", text).casefold()


def fold(text: str) -> tuple[str, list[int]]:
    """A folded text, and for each of its characters the place in the text that it comes from."""
    signs: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        plain = folded(char)
        signs.append(plain)
        places += [place] * len(plain)
    return "".join(signs), places


def numbers_in(text: str, hint: str = "") -> Iterator[Found]:
    """The numbers of a folded text.

    Args:
        text: folded.
        hint: what the text is about, folded: a column hours_since_update holds hours.
    """
    for match in _NUMBER.finditer(text):
        quantities = _read(match)
        if quantities:
            yield Found(*match.span(), _hinted(quantities, "" if _is_factor(text, *match.span()) else hint))


def _is_factor(text: str, start: int, end: int) -> bool:
    """Whether it multiplies or divides: amount * 0.3 is an amount, 0.3 itself is none."""
    before, after = text[max(0, start - 2) : start].rstrip()[-1:], text[end : end + 2].lstrip()[:1]
    return before in _FACTORS or after in _FACTORS


def _read(match: re.Match[str]) -> frozenset[Quantity]:
    if match["iso"]:
        return _iso(match)
    return _plain(match) if match["n"] else _chinese(match)


def quantity_of(query: str) -> frozenset[Quantity] | None:
    """What a query asks for, if all of it is one number; folded."""
    whole = query.strip()
    return next((one.quantities for one in numbers_in(whole) if one.end - one.start == len(whole)), None)


def alike(asked: frozenset[Quantity]) -> frozenset[Quantity]:
    """What is meant by a number that is asked for.

    A share is also what stands without a unit, unless it is whole: 100 % is not every 1. A bare number is also money,
    and any number that is written like it.
    """
    found: set[Quantity] = set()
    for value, unit in asked:
        if unit is Unit.WRITTEN:
            continue  # the same number stands there with its unit
        found.add(Quantity(value, unit))
        if unit is Unit.MONEY or (unit is Unit.SHARE and value % 1):
            found.add(Quantity(value, Unit.NONE))
        elif unit is Unit.NONE:
            found |= {Quantity(value, Unit.MONEY), Quantity(value, Unit.WRITTEN)}
            if value % 1:
                found.add(Quantity(value, Unit.SHARE))
    return frozenset(found)


def _hinted(quantities: frozenset[Quantity], hint: str) -> frozenset[Quantity]:
    """With the unit of what the text is about in place of none."""
    known = next(((factor, unit) for pattern, factor, unit in _HINTS if pattern.search(hint)), None) if hint else None
    if known is None:
        return quantities
    factor, unit = known
    return frozenset(
        Quantity(_plainly(one.value * factor), unit) if one.unit is Unit.NONE else one for one in quantities
    )


def _plain(match: re.Match[str]) -> frozenset[Quantity]:
    digits = match["n"].replace(",", "")
    if len(digits) > _MOST_DIGITS:
        return frozenset()
    value = Decimal(digits)
    unit = match["unit"] or ("元" if match["yuan"] else "")
    return frozenset({Quantity(_plainly(value), Unit.WRITTEN), _united(value, unit)})


def _united(value: Decimal, unit: str) -> Quantity:
    if unit == "折":  # 八折 and 85折
        return Quantity(_plainly(value / (10 if value < 10 else 100)), Unit.SHARE)
    if unit == "年" and value > _MOST_YEARS:
        return Quantity(_plainly(value), Unit.NONE)
    factor, of = _UNITS.get(unit, (Decimal(1), Unit.NONE))
    return Quantity(_plainly(value * factor), of)


def _iso(match: re.Match[str]) -> frozenset[Quantity]:
    names = ("y", "mo", "w", "d", "h", "mi", "s")
    if not any(match[name] for name in names):
        return frozenset()
    years, months, weeks, days, hours, minutes, seconds = (Decimal(match[name] or 0) for name in names)
    whole = ((weeks * 7 + days) * 24 + hours) * _HOUR + minutes * 60 + seconds
    if years or months:
        return frozenset({Quantity(years * 12 + months, Unit.MONTHS)}) if not whole else frozenset()
    return frozenset({Quantity(_plainly(whole), Unit.SECONDS)})


def _chinese(match: re.Match[str]) -> frozenset[Quantity]:
    if match["share"]:
        value = chinese_number(match["share"])
        point = "".join(str(_DIGITS[sign]) for sign in match["point"] or "")
        return frozenset({Quantity(_plainly((value + Decimal(f"0.{point or 0}")) * _HUNDREDTH), Unit.SHARE)})
    found = _united(chinese_number(match["cn"]), match["cnunit"])
    if match["half"] and match["cnunit"] == "成":
        found = Quantity(_plainly(found.value + Decimal("0.05")), found.unit)
    return frozenset({found})


def chinese_number(text: str) -> Decimal:
    """三十 → 30, 两百五十 → 250, 八五 → 85."""
    if not any(sign in _TENS for sign in text):
        return Decimal("".join(str(_DIGITS[sign]) for sign in text))
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        else:
            section += (digit or 1) * _TENS[sign]
            digit = 0
    return Decimal(total + section + digit)


def _plainly(value: Decimal) -> Decimal:
    """Without zeros at its end, so that 0.30 and 0.3 are one in a set as well."""
    return value.normalize() + 0
