"""Indicators (绩效): the table of a period, one indicator with its definition and trend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.access import Reach
from engine.errors import NotFound
from engine.kpi import TOTAL, Board, From, Indicator, evidence
from engine.kpi.figures import BY_NAME
from engine.kpi.formulas import Goal
from engine.model import Actor
from web import kpi_words as said
from web.i18n import gettext
from web.identity import actor, needs
from web.kpi_frame import board_of, frame, group_here, name_of, period_here, person_here, process_name, types_in
from web.terms import term
from web.wiring import parts

bp = Blueprint("kpi", __name__)


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
    period, group = period_here(), group_here()
    with parts().db.read() as connection:
        board = board_of(connection, period)
        types = types_in(connection, period)
        if board.circle.reach is Reach.OWN:
            person = board.people[0] if board.people else ""
            groups = [(name, _cells(board, kpi.of_group(key), person, types)) for key, name in kpi.GROUPS.items()]
            return render_template("kpi/own.html", sections=_without_shop(groups), **frame(board))
        shown = kpi.of_group(group)
        rows = [(key, name_of(board, key), _cells(board, shown, key, types)) for key in board.keys]
        rows = [row for row in rows if row[0] == TOTAL or _has_something(board, row)]
        trends = _trends(board, shown) if "trends" in request.args else None
    return render_template("kpi/index.html", group=group, shown=shown, rows=rows, trends=trends, **frame(board))


@bp.get("/kpi/trends")
@needs(kpi.sees_indicators)
def trends() -> ResponseReturnValue:
    """The last twelve periods of a group's indicators as a fragment: what takes longer than the table."""
    period, group = period_here(), group_here()
    with parts().db.read() as connection:
        board = board_of(connection, period)
        if board.circle.reach is Reach.OWN:
            raise NotFound("one's own trends are with their indicators")
        found = _trends(board, kpi.of_group(group))
    return render_template("kpi/_trends.html", trends=found, period=period)


@bp.get("/kpi/<indicator_id>")
@needs(kpi.sees_indicators)
def show(indicator_id: str) -> ResponseReturnValue:
    """One indicator: definition, value with what lies behind it, trend, everybody's values."""
    indicator, period = kpi.get_indicator(indicator_id), period_here()
    with parts().db.read() as connection:
        board = board_of(connection, period)
        types = types_in(connection, period)
        key = person_here(board)
        cells = [(one, name_of(board, one), _cells(board, (indicator,), one, types)[0]) for one in board.keys]
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
    indicator, period = kpi.get_indicator(indicator_id), period_here()
    with parts().db.read() as connection:
        board = board_of(connection, period)
        key = person_here(board)
        points = _points(board, indicator, key)
        goal = board.rules.goal(indicator.id, types_in(connection, period).get(key, ""))
    return render_template(
        "kpi/_trend.html",
        points=points,
        chart=_chart(points, indicator, goal),
        indicator=indicator,
        goal_words=None if goal is None else (None, said.value_words(goal.target, indicator.unit, indicator.places)),
    )


# --- inside --------------------------------------------------------------------------------------


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
        found.append(
            said.Point(label=term(period.name), value=reading.value, words=said.reading_words(reading, indicator))
        )
    return found


def _trends(board: Board, shown: tuple[Indicator, ...]) -> list[tuple[Indicator, list[said.Point], Any]]:
    found = []
    for indicator in shown:
        points = _points(board, indicator, TOTAL)
        title = gettext("%(name)s,近 %(n)s 期", name=term(indicator.name), n=len(points))
        found.append((indicator, points, said.line(points, title=title)))
    return found


def _chart(points: list[said.Point], indicator: Indicator, goal: Goal | None) -> Any:
    title = gettext("%(name)s,近 %(n)s 期", name=term(indicator.name), n=len(points))
    return said.line(points, title=title, goal=None if goal is None else goal.target, large=True)


def _part_words(part: kpi.Part, indicator: Indicator) -> str:
    """How many there are, in the part's own unit."""
    if part.kind is From.FIGURES:
        unit = BY_NAME[part.id].unit
        return said.value_words(
            part.count, "money" if unit == "money" else "seconds" if unit == "seconds" else "number", 0
        )
    return gettext("%(n)s 条", n=f"{part.count:f}")
