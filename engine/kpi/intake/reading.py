"""Reads and checks a file of figures: every wrong cell is named by its line and its column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from engine.errors import InvalidValue
from engine.exports import CSV, Sheet, write_csv, write_xlsx
from engine.kpi.figures import CHANNELS, COLUMNS, KIND_NAMES, PARTS, SUMS, FigureColumn, FigureKind, FigureUnit
from engine.kpi.intake.sheets import MAX_BYTES, read_lines

MAX_ROWS: Final = 20_000
_DAY, _PERSON, _CHANNEL = "日期", "客服", "渠道"
_SHOP_WORDS: Final = frozenset({"", "全店", "-", "—"})
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MOST: Final = 10**9
#: So many lines may stand before the headings.
_TITLES: Final = 10
#: Lines of a preview that are told of.
MOST_PROBLEMS: Final = 200
__all__ = ["MAX_BYTES", "MAX_ROWS", "CellProblem", "FigureRow", "ReadFile", "read_file", "template"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """What is wrong in a cell."""

    line: int
    #: The column's heading; "" of the line as a whole.
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A line that is right."""

    line: int
    day: date
    #: Account; "": the shop's own line.
    person: str
    #: "" in files that know no channel.
    channel: str
    #: Figure → number; empty cells are left out.
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file, read."""

    rows: tuple[FigureRow, ...]
    problems: tuple[CellProblem, ...]
    #: How many problems there are; ``problems`` holds the first of them.
    problem_count: int
    #: Headings that are passed over.
    unknown: tuple[str, ...]


class _Wrong(Exception):
    """A cell that cannot be taken; its text is the sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """By what cells are read."""

    kind: FigureKind
    #: Word → account of those whose figures may be imported.
    people: Mapping[str, str]
    #: Words of accounts that exist, but are none of the actor's.
    others: frozenset[str]
    today: date
    may_shop: bool


def read_file(
    kind: FigureKind,
    name: str,
    content: bytes,
    *,
    people: Mapping[str, str],
    others: frozenset[str] = frozenset(),
    today: date,
    may_shop: bool = True,
) -> ReadFile:
    """Read a file.

    Args:
        kind: what it holds.
        name: its name; its beginning decides what it is.
        content: its bytes.
        people: word (small letters) → account, see people.by_word.
        others: words of accounts whose figures the actor may not import.
        today: figures of later days are refused.
        may_shop: whether lines without an agent are allowed.

    Raises:
        InvalidValue: it cannot be read as a whole, is too large, or its headings are wrong.
    """
    lines = list(read_lines(name, content, most=MAX_ROWS + 1))
    if not lines:
        raise InvalidValue("The file is empty. Please choose another one.", message_zh="文件是空的。")
    first = _heading_line(lines)
    places, unknown = _headings(kind, lines[first][1])
    known = _Known(kind=kind, people=people, others=others, today=today, may_shop=may_shop)
    rows: list[FigureRow] = []
    problems: list[CellProblem] = []
    seen: dict[tuple[date, str, str], int] = {}
    for number, cells in lines[first + 1 :]:
        row = _row(number, cells, places, known, problems)
        if row is None:
            continue
        key = (row.day, row.person, row.channel)
        if key in seen:
            problems.append(
                CellProblem(line=number, column="", text=f"与第 {seen[key]} 行重复(同一天、同一客服、同一渠道)")
            )
            continue
        seen[key] = number
        rows.append(row)
    if not rows and not problems:
        raise InvalidValue("The file has headings but no lines.", message_zh="文件里只有表头,没有数据。")
    return ReadFile(
        rows=tuple(rows), problems=tuple(problems[:MOST_PROBLEMS]), problem_count=len(problems), unknown=unknown
    )


def _heading_line(lines: list[tuple[int, list[str]]]) -> int:
    """Where the headings stand: titles and notes may stand before them."""
    for place, (_, cells) in enumerate(lines[:_TITLES]):
        if any(cell.strip() in (_DAY, "日") for cell in cells):
            return place
    return 0


def _headings(kind: FigureKind, cells: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Column → its place, and what is passed over."""
    words = {_DAY: _DAY, _PERSON: _PERSON, "客服账号": _PERSON, "日": _DAY}
    if kind is FigureKind.CHAT:
        words[_CHANNEL] = _CHANNEL
    for column in COLUMNS[kind]:
        words |= dict.fromkeys((column.name, column.label, *column.also), column.name)
    places: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(cells):
        heading = cell.strip().removeprefix("'")
        name = words.get(heading)
        if name is None:
            unknown += [heading[:20]] if heading else []
        elif name in places:
            raise InvalidValue(
                f"The heading “{heading}” stands twice. Please take one away.",
                message_zh=f"表头“{heading}”出现了两次。",
            )
        else:
            places[name] = place
    lacking = [word for word in ((_DAY, _PERSON) if kind is FigureKind.CHAT else (_DAY,)) if word not in places]
    if lacking:
        raise InvalidValue(
            f"The first line must hold the headings; missing are: {', '.join(lacking)}. "
            "Please compare it with the template.",
            message_zh=f"第一行须为表头,缺少:{'、'.join(lacking)}。请下载模板对照。",
        )
    if not any(column.name in places for column in COLUMNS[kind]):
        raise InvalidValue(
            "No column of the file holds such figures. Please compare it with the template.",
            message_zh=f"没有一列{KIND_NAMES[kind]}的数字,请下载模板对照。",
        )
    return places, tuple(unknown)


def _row(
    number: int, cells: list[str], places: Mapping[str, int], known: _Known, problems: list[CellProblem]
) -> FigureRow | None:
    def cell(name: str) -> str:
        place = places.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    wrong: list[CellProblem] = []

    def tried(column: str, text: str) -> None:
        wrong.append(CellProblem(line=number, column=column, text=text))

    day, person, channel = None, "", ""
    try:
        day = _read_day(cell(_DAY), known.today)
    except _Wrong as problem:
        tried(_DAY, str(problem))
    try:
        person = _read_person(cell(_PERSON), known)
    except _Wrong as problem:
        tried(_PERSON, str(problem))
    if known.kind is FigureKind.CHAT:
        try:
            channel = _read_channel(cell(_CHANNEL))
        except _Wrong as problem:
            tried(_CHANNEL, str(problem))
    values: dict[str, int] = {}
    for column in COLUMNS[known.kind]:
        text = cell(column.name)
        if not text:
            continue
        try:
            values[column.name] = _read_number(text, column)
        except _Wrong as problem:
            tried(column.label, str(problem))
    if not wrong:
        wrong += _unlikely(number, values, known.kind)
    if not wrong and not values:
        tried("", "这一行没有数字")
    problems += wrong
    return (
        None if wrong or day is None else FigureRow(line=number, day=day, person=person, channel=channel, values=values)
    )


def _unlikely(number: int, values: Mapping[str, int], kind: FigureKind) -> list[CellProblem]:
    labels = {column.name: column.label for column in COLUMNS[kind]}
    found = [
        CellProblem(line=number, column=labels[part], text=f"不能大于{labels[whole]}({values[whole]})")
        for part, whole in PARTS
        if part in values and whole in values and values[part] > values[whole]
    ]
    found += [
        CellProblem(line=number, column=labels[total], text=f"有总秒数时须有{labels[count]}")
        for total, count in SUMS
        if values.get(total) and not values.get(count)
    ]
    return found


def _read_day(text: str, today: date) -> date:
    if not text:
        raise _Wrong("缺少日期")
    match = _DATE.fullmatch(text.partition(" ")[0].partition("T")[0])
    try:
        found = date(*map(int, match.groups())) if match else None
    except ValueError:
        found = None
    if found is None or (not text.isascii() and "年" not in text):
        raise _Wrong("不是日期,请写成 2026-11-21")
    if found > today:
        raise _Wrong("日期还没有到")
    if found.year < 2000:
        raise _Wrong("年份不对")
    return found


def _read_person(text: str, known: _Known) -> str:
    word = text.casefold()
    if word in _SHOP_WORDS:
        if known.kind is FigureKind.CHAT:
            raise _Wrong("缺少客服")
        if not known.may_shop:
            raise _Wrong("全店的数据须由部门经理导入")
        return ""
    if word in known.people:
        return known.people[word]
    if word in known.others:
        raise _Wrong("不是您组里的客服,须由其主管或部门经理导入")
    raise _Wrong(f"没有这个账号或姓名(或有重名):{text[:20]}")


def _read_channel(text: str) -> str:
    if not text:
        return "chat"
    for code, name in CHANNELS.items():
        if text.casefold() in (code, name, name.removeprefix("在线")):
            return code
    raise _Wrong(f"须为 {'、'.join(CHANNELS.values())} 之一")


def _read_number(text: str, column: FigureColumn) -> int:
    try:
        value = Decimal(text.replace(",", "").replace(",", "").removeprefix("¥").removeprefix("¥").strip())
    except InvalidOperation:
        raise _Wrong("不是数字") from None
    if not value.is_finite() or value < 0 or value > _MOST:
        raise _Wrong("须为 0 到 10 亿之间的数字")
    if column.unit is FigureUnit.MONEY:
        if value != value.quantize(Decimal("0.01")):
            raise _Wrong("最多两位小数")
        return int(value * 100)
    if column.unit is FigureUnit.SECONDS:
        return int(value.to_integral_value())
    if value != value.to_integral_value():
        raise _Wrong("须为整数")
    return int(value)


def template(kind: FigureKind, form: str) -> bytes:
    """A file with all headings, and a line before them that says how it is filled in."""
    channel = [_CHANNEL] if kind is FigureKind.CHAT else []
    header = [_DAY, _PERSON, *channel, *(column.label for column in COLUMNS[kind])]
    mark = "填写说明:每行一天、一位客服(账号或姓名);没有的数字留空,留空不等于 0。"
    mark += "渠道填 在线聊天、电话 或 其他。" if channel else "金额填元;不分客服的全店数据,客服一栏填 全店。"
    sheet = Sheet(title=KIND_NAMES[kind], mark=mark, author="", header=header, rows=[])
    return (write_csv(sheet) if form == CSV else write_xlsx(sheet)).read()
