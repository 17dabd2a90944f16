"""The roster as a CSV file, written for spreadsheets and read back from them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from engine.errors import InvalidValue
from engine.roster.plan import Days, RosteredPerson
from engine.roster.shifts import Shift

MOST_BYTES: Final = 256 * 1024
MOST_LINES: Final = 500
_HEAD: Final = ("账号", "姓名")
#: What spreadsheets take for a formula when a cell begins with it.
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")
_SHOWN: Final = 5


def write(people: Sequence[RosteredPerson], days: Days, names: Mapping[str, str], first: date, last: date) -> bytes:
    """A line a person, a column a day, shifts by name; UTF-8 with a mark so that spreadsheets read it right."""
    whole = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([*_HEAD, *(day.isoformat() for day in whole)])
    for person in people:
        cells = [days.get((person.id, day), "") for day in whole]
        out.writerow([_plain(person.id), _plain(person.name), *(_plain(names.get(code, code)) for code in cells)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def read(content: bytes, people: Iterable[RosteredPerson], shifts: Mapping[str, Sequence[Shift]]) -> Days:
    """The cells of a file like ``write``'s; an empty one empties the day.

    Args:
        content: UTF-8 or GB18030.
        people: who may stand in it.
        shifts: shop → its shifts; cells name them by name or code.

    Raises:
        InvalidValue: the sentence names the first few lines that are wrong; nothing is taken then.
    """
    lines = _lines(content)
    head = [cell.strip() for cell in lines[0]]
    if head[:1] != ["账号"]:
        raise InvalidValue(
            "The first line must hold the headings of the downloaded file: account, name, and dates like 2026-12-01.",
            message_zh="第一行须为:账号、姓名、日期(如 2026-12-01)……",
        )
    start = 2 if head[1:2] == ["姓名"] else 1
    whole = [_day(cell) for cell in head[start:]]
    known = {person.id: person for person in people}
    found: Days = {}
    wrong: list[tuple[str, str]] = []
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        person = known.get(line[0].strip().lstrip("'"))
        if person is None:
            account = line[0].strip()[:32]
            wrong.append(
                (f"第 {number} 行:没有可排班的账号「{account}」", f"line {number}: “{account}” is no rostered account")
            )
            continue
        words = _words(shifts.get(person.shop, ()))
        for day, cell in zip(whole, [*line[start:], *[""] * len(whole)], strict=False):
            word = cell.strip().lstrip("'")
            if word and word not in words:
                wrong.append(
                    (
                        f"第 {number} 行 {day:%m-%d}:没有班次「{word[:8]}」",
                        f"line {number}, {day.day} {day:%b}: there is no shift “{word[:8]}”",
                    )
                )
                continue
            found[person.id, day] = words[word] if word else ""
    if wrong:
        rest = len(wrong) - _SHOWN
        more, more_en = (f";另有 {rest} 处", f"; and {rest} more") if rest > 0 else ("", "")
        raise InvalidValue(
            f"The file was not imported. {'; '.join(en for _, en in wrong[:_SHOWN])}{more_en}.",
            message_zh=f"文件没有导入。{';'.join(zh for zh, _ in wrong[:_SHOWN])}{more}。",
        )
    if not found:
        raise InvalidValue("The file holds no roster.", message_zh="文件里没有排班数据。")
    return found


def _words(shifts: Sequence[Shift]) -> dict[str, str]:
    return {one.code: one.code for one in shifts} | {one.name: one.code for one in shifts}


def _lines(content: bytes) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise InvalidValue("The file is too large: at most 256 KB are allowed.", message_zh="文件不能超过 256 KB。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise InvalidValue(
            "The encoding of the file is not known. Please save it as CSV in UTF-8.",
            message_zh="文件编码无法识别,请另存为 CSV UTF-8。",
        )
    try:
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as problem:
        raise InvalidValue(f"This is no CSV file: {problem}.", message_zh="文件不是有效的 CSV。") from problem
    if not lines or len(lines) > MOST_LINES:
        raise InvalidValue(
            f"The file must have 1 to {MOST_LINES} lines.", message_zh=f"文件须有 1 到 {MOST_LINES} 行。"
        )
    return [line or [""] for line in lines]


def _day(cell: str) -> date:
    text = cell.strip().replace("/", "-")
    try:
        parts = [int(part) for part in text.split("-")]
        return date(*parts)
    except (TypeError, ValueError) as problem:
        raise InvalidValue(
            f"The heading {cell.strip()[:16]!r} is no date. Please write it like 2026-12-01.",
            message_zh=f"表头「{cell.strip()[:16]}」不是日期,请写成 2026-12-01。",
        ) from problem


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
