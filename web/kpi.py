"""Indicators (绩效): the table of a period, one indicator with its definition and trend, and the lists behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, kpi
from engine.access import Reach
from engine.errors import NotFound
from engine.kpi import TOTAL, Board, Circle, From, Indicator, Period, Span, Unit, evidence
from engine.kpi.figures import BY_NAME, CHANNELS, KIND_NAMES, KIND_OF, FigureColumn
from engine.kpi.formulas import Goal
from engine.kpi.scores import list_entries
from engine.kpi.types import types_of
from engine.model import Actor
from engine.registers import REGISTERS
from web import format as words
from web import kpi_words as said
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("kpi", __name__)
SPANS: Final = {Span.DAY: lazy_gettext("日"), Span.WEEK: lazy_gettext("周"), Span.MONTH: lazy_gettext("月")}
_ROWS: Final = 50
#: Facts whose rows are amounts in 分.
_AMOUNTS: Final = frozenset({"order_amounts", "losses", "costs", "receivables"})


def opens(person: Actor) -> bool:
    """P16 or P18: sees indicators, or sets their rules."""
    return kpi.sees_indicators(person) or kpi.sets_rules(person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of the table."""

    indicator: Indicator
    reading: kpi.Reading
    words: str
    mark: said.Mark | None
    href: str


@bp.get("/kpi")
@needs(opens)
def index() -> ResponseReturnValue:
    """People × indicators of a group for a period; an agent's own indicators are all listed."""
    if not kpi.sees_indicators(actor()):
        return redirect(url_for("kpi_rules.index"), code=303)
    period, group = _period(), _group()
    with parts().db.read() as connection:
        board = _board(connection, period)
        types = _types(connection, period)
        if board.circle.reach is Reach.OWN:
            person = board.people[0] if board.people else ""
            groups = [(name, _cells(board, kpi.of_group(key), person, types)) for key, name in kpi.GROUPS.items()]
            return render_template("kpi/own.html", sections=_without_shop(groups), **frame(board))
        shown = kpi.of_group(group)
        rows = [(key, _name(board, key), _cells(board, shown, key, types)) for key in board.keys]
        rows = [row for row in rows if row[0] == TOTAL or _has_something(board, row)]
        trends = _trends(board, shown) if "trends" in request.args else None
    return render_template("kpi/index.html", group=group, shown=shown, rows=rows, trends=trends, **frame(board))


@bp.get("/kpi/trends")
@needs(kpi.sees_indicators)
def trends() -> ResponseReturnValue:
    """The last twelve periods of a group's indicators as a fragment: what takes longer than the table."""
    period, group = _period(), _group()
    with parts().db.read() as connection:
        board = _board(connection, period)
        if board.circle.reach is Reach.OWN:
            raise NotFound("one's own trends are with their indicators")
        found = _trends(board, kpi.of_group(group))
    return render_template("kpi/_trends.html", trends=found, period=period)


@bp.get("/kpi/<indicator_id>")
@needs(kpi.sees_indicators)
def show(indicator_id: str) -> ResponseReturnValue:
    """One indicator: definition, value with what lies behind it, trend, everybody's values."""
    indicator, period = kpi.get_indicator(indicator_id), _period()
    with parts().db.read() as connection:
        board = _board(connection, period)
        types = _types(connection, period)
        key = _person(board)
        cells = [(one, _name(board, one), _cells(board, (indicator,), one, types)[0]) for one in board.keys]
        points = _points(board, indicator, key) if "trends" in request.args else None
        goal = board.rules.goal(indicator.id, types.get(key, ""))
        chosen = next(cell for one, _, cell in cells if one == key)
        issues = evidence.issue_counts(board, evidence.people_of(board, key)) if indicator.id == "K34" else []
        loss = _cells(board, (kpi.get_indicator("K28b"),), key, types)[0] if indicator.id == "K28" else None
    return render_template(
        "kpi/indicator.html",
        indicator=indicator,
        key=key,
        cells=[cell for cell in cells if cell[0] == TOTAL or cell[2].reading.value is not None or cell[0] == key],
        chosen=chosen,
        loss=loss,
        points=points,
        chart=None if points is None else _chart(points, indicator, goal),
        goal=goal,
        goal_words=None
        if goal is None
        else (
            said.value_words(goal.floor, indicator.unit, indicator.places),
            said.value_words(goal.target, indicator.unit, indicator.places),
        ),
        part_words=_part_words,
        issues=[(process_name(process), cause, count) for process, cause, count in issues],
        **frame(board),
    )


@bp.get("/kpi/<indicator_id>/trend")
@needs(kpi.sees_indicators)
def trend(indicator_id: str) -> ResponseReturnValue:
    """The last twelve periods of an indicator as a fragment: line and table."""
    indicator, period = kpi.get_indicator(indicator_id), _period()
    with parts().db.read() as connection:
        board = _board(connection, period)
        key = _person(board)
        points = _points(board, indicator, key)
        goal = board.rules.goal(indicator.id, _types(connection, period).get(key, ""))
    return render_template(
        "kpi/_trend.html",
        points=points,
        chart=_chart(points, indicator, goal),
        indicator=indicator,
        goal_words=None if goal is None else (None, said.value_words(goal.target, indicator.unit, indicator.places)),
    )


@bp.get("/kpi/<indicator_id>/rows")
@needs(kpi.sees_indicators)
def rows(indicator_id: str) -> ResponseReturnValue:
    """The list behind a number: it has as many lines as the number says."""
    indicator, period = kpi.get_indicator(indicator_id), _period()
    kind = _kind(request.args.get("kind", ""))
    part_id, side, after = request.args.get("part", ""), request.args.get("side", "all"), request.args.get("after")
    with parts().db.read() as connection:
        board = _board(connection, period)
        key = _person(board)
        part = evidence.part_of(board, indicator, key, kind, part_id, side)
        people = evidence.people_of(board, key, whole_shop=indicator.credited == "全店")
        here = {"indicator_id": indicator.id, "period": period.code, "person": key or None, "kind": kind.value}
        here |= {"part": part_id, "side": side}
        context: dict[str, Any] = {
            "indicator": indicator, "key": key, "key_name": _name(board, key), "part": part, "side": side, "here": here,
            "after": after, "place": kind.value, **frame(board),
        }  # fmt: skip
        if kind is From.FACTS:
            page, count = evidence.list_facts(board.scope, part_id, side, people, after=after, limit=_ROWS)
            open_cases = evidence.open_cases(connection, actor(), {one.case_id for one in page.items if one.case_id})
            context |= {"page": page, "count": count, "open_cases": open_cases, "what": _what}
        elif kind is From.FIGURES:
            figures = evidence.list_figures(connection, board, part_id, people, after=after, limit=_ROWS)
            context |= {
                "page": figures,
                "channels": CHANNELS,
                "figure": BY_NAME[part_id],
                "file_kind": KIND_NAMES[KIND_OF[part_id]],
            }
        else:
            asked = board.people if key == TOTAL else (key,)
            context["entries"] = [
                (person, score, by, at)
                for person in asked
                for score, by, at in list_entries(connection, part_id, person, period)
            ]
        context["names"] = {**{one: member.name for one, member in board.circle.members.items()}, "": gettext("未归人")}
    return render_template("kpi/rows.html", **context)


# --- what the pages share ------------------------------------------------------------------------


def _period() -> Period:
    """The period that the address names, or the present month."""
    code = request.args.get("period", "").strip()
    if code:
        return kpi.read_period(code)
    span, day = request.args.get("span", ""), request.args.get("day", "").strip()
    today = kpi.today_of(parts().clock.now())
    wanted = Span(span) if span in set(Span) else Span.MONTH
    return kpi.period_of(wanted, kpi.read_period(day).first if day else today)


def _group() -> str:
    group = request.args.get("group", next(iter(kpi.GROUPS)))
    if group not in kpi.GROUPS:
        raise NotFound(f"no group {group[:20]!r}")
    return group


def _person(board: Board) -> str:
    """Whom the address asks for: an account of the circle, or all of it where that is more than oneself."""
    person = request.args.get("person", "")
    if not person:
        return board.keys[0] if board.keys else TOTAL
    return board.circle.get(person).id


def _kind(text: str) -> From:
    try:
        return From(text)
    except ValueError:
        raise NotFound("there is no such list", message_zh="没有这个明细。") from None


def _board(connection: kpi.Connection, period: Period) -> Board:
    return Board(connection, kpi.circle_of(connection, actor()), period, parts().clock.now())


def _types(connection: kpi.Connection, period: Period) -> dict[str, str]:
    return types_of(connection, period.month)


def _name(board: Board, key: str) -> str:
    return gettext(board.circle.total_name) if key == TOTAL else board.circle.members[key].name


def _cells(board: Board, shown: tuple[Indicator, ...], key: str, types: dict[str, str]) -> list[Cell]:
    found = []
    for indicator in shown:
        reading = board.read(indicator)[key]
        found.append(
            Cell(
                indicator=indicator,
                reading=reading,
                words=said.reading_words(reading, indicator),
                mark=said.mark(reading, board.rules.goal(indicator.id, types.get(key, ""))),
                href=url_for("kpi.show", indicator_id=indicator.id, period=board.period.code, person=key or None),
            )
        )
    return found


def _has_something(board: Board, row: tuple[str, str, list[Cell]]) -> bool:
    """People who have left and did nothing in the period are not listed."""
    key, _, cells = row
    return board.circle.members[key].active or any(cell.reading.value for cell in cells)


def _without_shop(groups: list[tuple[str, list[Cell]]]) -> list[tuple[str, list[Cell]]]:
    kept = [(name, [cell for cell in cells if cell.indicator.credited != "全店"]) for name, cells in groups]
    return [(name, cells) for name, cells in kept if cells]


def _points(board: Board, indicator: Indicator, key: str) -> list[said.Point]:
    """The last twelve periods, the asked one last."""
    found = []
    for period in kpi.trend(board.period):
        reading = (board if period == board.period else board.at(period)).read(indicator)[key]
        found.append(said.Point(label=period.name, value=reading.value, words=said.reading_words(reading, indicator)))
    return found


def _trends(board: Board, shown: tuple[Indicator, ...]) -> list[tuple[Indicator, list[said.Point], Any]]:
    found = []
    for indicator in shown:
        points = _points(board, indicator, TOTAL)
        title = gettext("%(name)s,近 %(n)s 期", name=indicator.name, n=len(points))
        found.append((indicator, points, said.line(points, title=title)))
    return found


def _chart(points: list[said.Point], indicator: Indicator, goal: Goal | None) -> Any:
    title = gettext("%(name)s,近 %(n)s 期", name=indicator.name, n=len(points))
    return said.line(points, title=title, goal=None if goal is None else goal.target, large=True)


def _part_words(part: kpi.Part, indicator: Indicator) -> str:
    """How many there are, in the part's own unit."""
    if part.kind is From.FIGURES:
        unit = BY_NAME[part.id].unit
        return said.value_words(
            part.count, "money" if unit == "money" else "seconds" if unit == "seconds" else "number", 0
        )
    return gettext("%(n)s 条", n=f"{part.count:f}")


def _what(text: str) -> str:
    """What a row is about: a process, a step of it, a register."""
    process, _, rest = text.partition("|")
    name = process_name(process)
    if not rest:
        return name
    try:
        element = parts().definitions.latest(process).element_name(rest)
    except NotFound:
        element = rest
    return f"{name} · {element}"


def process_name(process: str) -> str:
    """A process, or a register, in words."""
    if process in REGISTERS:
        return REGISTERS[process]
    try:
        return str(parts().definitions.latest(process).name)
    except NotFound:
        return process


def frame(board: Board) -> dict[str, Any]:
    """What every page of indicators shows."""
    circle: Circle = board.circle
    now = parts().clock.now()
    upcoming = board.period.next()
    return {
        "period": board.period,
        "spans": SPANS,
        "groups": kpi.GROUPS,
        "circle": circle,
        "running": board.now < board.period.ends_at,
        "next_period": upcoming if upcoming.first <= kpi.today_of(now) else None,
        "as_of": now,
        "rules": board.rules,
        "total": TOTAL,
        "may_enter": kpi.enters_figures(actor()),
        "may_set": kpi.sets_rules(actor()),
        "own_only": circle.reach is Reach.OWN,
        "may_take": may_take(actor()),
        "sources": _sources,
        "short": _short,
        "hit_words": _hit_words,
        "figure_words": _figure_words,
    }


def may_take(person: Actor) -> bool:
    """P14: takes reports home at once, and sees more than the own figures."""
    granted = access.reach(person, "P14") is Reach.YES
    return granted and access.reach(person, "P16") is Reach.YES


def _sources(codes: str) -> str:
    """P, I, M in words."""
    names = {"P": gettext("平台数据"), "I": gettext("导入数据"), "M": gettext("人工录入")}
    either = [" + ".join(names[code] for code in part.split("+") if code in names) for part in codes.split("/")]
    return gettext(" 或 ").join(one for one in either if one) or "—"


def _short(value: Decimal) -> str:
    """A sum in a narrow column."""
    return f"{said.rounded(value, 2).normalize():,f}" if value != value.to_integral_value() else f"{value:,.0f}"


def _hit_words(item: Any, indicator: Indicator, part: kpi.Part) -> str:
    """What a row adds to the numerator: yes or no of shares, else how much."""
    if indicator.unit is Unit.SECONDS:
        return said.seconds_words(item.hit)
    if indicator.unit is Unit.POINTS:
        return words.number(item.hit)
    if part.id in _AMOUNTS:
        return words.money(item.hit / 100)
    return gettext("是") if item.hit > 0 else gettext("否")


def _figure_words(value: int, figure: FigureColumn) -> str:
    if figure.unit == "money":
        return words.money(Decimal(value) / 100)
    return said.seconds_words(Decimal(value)) if figure.unit == "seconds" else f"{value:,}"
