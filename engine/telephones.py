"""Telephone numbers of people within texts: mobile numbers and landlines, however somebody has written them.

A landline is one with its area code (区号): 010, 02x or 03xx to 09xx, then seven or eight digits, then perhaps an
extension. Numbers beginning with 400 or 800 are companies' and none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Full-width signs as plain ones: a text stays as long as it was.
_PLAIN: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
#: Without one of these beginnings there is no number in a text.
_MAYBE: Final = re.compile("[01\uff10\uff11]\\d|[8\uff18][6\uff16]")
#: Digits of a mobile number.
MOBILE_DIGITS: Final = 11
#: What people and telephones put between the parts of a number; some of it nobody sees.
_GAP: Final = "[\\s\\-\u2010-\u2015\u200b-\u200f\u2060\ufeff]{0,2}"
_MOBILE: Final = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?(?:1\d{{10}}|1[3-9]\d{_GAP}(?:\d{{4}}{_GAP}\d{{4}}|\d{_GAP}\d{{3}}{_GAP}\d{{4}}))"
    r"(?!\d)"
)

# --- landlines: parts of the expression ----------------------------------------------------------

#: The same within a line: an area code at the end of one is none of what the next begins with.
_SPACE: Final = " \t\u00a0\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff"
_DASH: Final = "\u00ad\u2010-\u2015\u2212\\-"
_J: Final = f"[{_SPACE}{_DASH}]"
#: Behind the area code other signs stand, too.
_S: Final = f"[{_SPACE}{_DASH}.\u00b7/:~_]"
#: Of brackets around an area code; what is full-width is plain already.
_OPEN: Final = r"[(\[\u3010]"
_CLOSE: Final = r"[)\]\u3011]"
#: Neither a digit nor a code of letters goes before, nor such a one with a hyphen (SO-…), unless it says telephone.
_BEGIN: Final = r"(?:(?<![\da-z_])(?<![\da-z][-_])|(?<=tel)|(?<=tel-)|(?<=fax)|(?<=fax-)|(?<=phone)|(?<=phone-))"
_AREA: Final = r"(?:10|2\d|[3-9]\d\d)"
_AREA_OF: Final = rf"(?P<{{}}>{_AREA})"
_LOCAL: Final = rf"(?P<local>[1-9]\d{{6,7}}|[1-9]\d{{2,3}}{_J}{{1,3}}\d{{4}}|[1-9]\d{{3}}{_J}{{1,3}}\d{{3}})"
#: 0830 1200 1730 are times of a day.
_NO_TIMES: Final = rf"(?!0[3-9][0-5]\d{_J}1\d[0-5]\d{_J}[012]\d[0-5]\d(?!\d))"
_AREA_FIRST: Final = "|".join((
    rf"{_OPEN}{_J}?(?:(?:(?:\+|00)?86{_J}{{0,2}})0?|0){_AREA_OF.format('a')}{_J}?{_CLOSE}{_J}{{0,3}}",
    rf"(?:(?<!\d)\+|{_BEGIN}00)86{_J}{{0,2}}\(?0?\)?{_J}?\(?{_AREA_OF.format('b')}\)?{_S}{{0,3}}",
    rf"{_BEGIN}86{_J}{{1,2}}(?:\(?0{_AREA_OF.format('c')}\)?{_S}{{0,3}}|{_AREA_OF.format('d')}{_S}{{1,3}})",
    rf"{_BEGIN}{_NO_TIMES}0{_AREA_OF.format('e')}{_S}{{1,3}}",
))  # fmt: skip
#: All digits in a row, as a parcel's or a bill's may be.
_IN_A_ROW: Final = (
    rf"{_BEGIN}(?<!\d\.)0(?P<f>10|2\d|[3-9]\d\d)(?P<row>(?<=0[12]\d)[1-9]\d{{7}}|(?<=0[3-9]\d\d)[1-9]\d{{6,7}})"
)
_PUT_THROUGH: Final = rf"(?:转(?:分机号?)?|轉|分机号?|ext\.?|x|\#)[{_SPACE}:]{{0,2}}"
_EXTENSION: Final = (
    rf"(?:[{_SPACE},]{{0,2}}(?:\({_J}?{_PUT_THROUGH}(?P<g>\d{{1,6}}){_J}?\)|{_PUT_THROUGH}(?P<h>\d{{1,6}})(?!\d))"
    rf"|[{_SPACE}]?[{_DASH}][{_SPACE}]?(?P<i>\d{{1,6}})(?![\d{_DASH}]))?"
)
_LANDLINE: Final = re.compile(
    rf"(?=[(\[\u3010+08])(?:(?:{_AREA_FIRST}){_LOCAL}|{_IN_A_ROW})(?!\d){_EXTENSION}", re.IGNORECASE
)
_MAYBE_LANDLINE: Final = re.compile(r"0[1-9]\d|86")
#: A further number with the same area code: 0571-88886666/88887777.
_FURTHER: Final = re.compile(rf"[{_SPACE}]?[/、][{_SPACE}]?(?P<local>[1-9]\d{{6,7}})(?!\d)")
#: Digits in a row behind these are no telephone's.
_OF_SOMETHING: Final = re.compile(
    r"(?:单号?|编号|流水号?|条形?码|货号|款号|批号|序列号|[账帐卡]号|(?<![a-z])(?:order|waybill|parcel|no\.?|sku))[\s::#为是=]{0,3}$",
    re.IGNORECASE,
)
_LOOKED_BACK: Final = 12


@dataclass(frozen=True, slots=True)
class Telephone:
    """A number and where in a text it stands."""

    begin: int
    end: int
    #: Plain digits: eleven, or 0571-88886666, with the extension behind another hyphen.
    number: str

    @property
    def masked(self) -> str:
        """The number as it is shown: 138****0000, of a landline the last four digits without the extension."""
        if is_mobile(self.number):
            return f"{self.number[:3]}****{self.number[-4:]}"
        return "****" + self.number.split("-")[1][-4:]


def telephones_within(text: str) -> list[Telephone]:
    """The numbers of a text, from its beginning on."""
    if not _MAYBE.search(text):
        return []
    plain = text if text.isascii() else text.translate(_PLAIN)
    mobiles = [
        Telephone(found.start(), found.end(), _digits(found.group())[-MOBILE_DIGITS:])
        for found in _MOBILE.finditer(plain)
    ]
    if mobiles:  # what stands beside them may be a landline, what is in them is none
        plain = _MOBILE.sub(lambda found: "\x00" * len(found.group()), plain)
    return sorted([*mobiles, *_landlines(plain)], key=lambda one: one.begin)


def is_mobile(number: str) -> bool:
    """Whether one of the numbers that ``telephones_within`` gives is a mobile's."""
    return "-" not in number


def _landlines(plain: str) -> Iterator[Telephone]:
    for found in _LANDLINE.finditer(plain) if _MAYBE_LANDLINE.search(plain) else ():
        if found["row"] and _OF_SOMETHING.search(plain[max(found.start() - _LOOKED_BACK, 0) : found.start()]):
            continue
        area = "0" + _digits(next(filter(None, map(found.group, "abcdef"))))
        extension = next(filter(None, map(found.group, "ghi")), None)
        parts = [area, _digits(found["local"] or found["row"]), *([_digits(extension)] if extension else [])]
        yield Telephone(found.start(), found.end(), "-".join(parts))
        end = found.end()
        while further := _FURTHER.match(plain, end):
            yield Telephone(further.start("local"), further.end(), f"{area}-{_digits(further['local'])}")
            end = further.end()


def _digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())
