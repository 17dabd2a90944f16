"""What the pages of indicators share: the period, the group and the person of an address, the board, the frame."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from flask import request

from engine import access, kpi
from engine.access import Reach
from engine.errors import NotFound
from engine.kpi import TOTAL, Board, Circle, Indicator, Period, Span, Unit
from engine.kpi.figures import FigureColumn
from engine.kpi.types import types_of
from engine.model import Actor
from engine.registers import REGISTERS
from web import format as words
from web import kpi_words as said
from web.i18n import gettext, lazy_gettext
from web.identity import actor
from web.wiring import parts

SPANS: Final = {Span.DAY: lazy_gettext("日"), Span.WEEK: lazy_gettext("周"), Span.MONTH: lazy_gettext("月")}
#: Facts whose rows are amounts in 分.
_AMOUNTS: Final = frozenset({"order_amounts", "losses", "costs", "receivables"})


def period_here() -> Period:
    """The period that the address names, or the present month."""
    code = request.args.get("period", "").strip()
    if code:
        return kpi.read_period(code)
    span, day = request.args.get("span", ""), request.args.get("day", "").strip()
    today = kpi.today_of(parts().clock.now())
    wanted = Span(span) if span in set(Span) else Span.MONTH
    return kpi.period_of(wanted, kpi.read_period(day).first if day else today)


def group_here() -> str:
    """The group of indicators that the address names, or the first.

    Raises:
        NotFound: there is no such group.
    """
    group = request.args.get("group", next(iter(kpi.GROUPS)))
    if group not in kpi.GROUPS:
        raise NotFound(f"no group {group[:20]!r}")
    return group


def person_here(board: Board) -> str:
    """Whom the address asks for: an account of the circle, or all of it where that is more than oneself."""
    person = request.args.get("person", "")
    if not person:
        return board.keys[0] if board.keys else TOTAL
    return board.circle.get(person).id


def board_of(connection: kpi.Connection, period: Period) -> Board:
    """The board of a period, with everybody whose indicators the person sees."""
    return Board(connection, kpi.circle_of(connection, actor()), period, parts().clock.now())


def types_in(connection: kpi.Connection, period: Period) -> dict[str, str]:
    """Agent types of people in the period's month."""
    return types_of(connection, period.month)


def name_of(board: Board, key: str) -> str:
    """Who a line of the board is about: a person, or all of them."""
    return gettext(board.circle.total_name) if key == TOTAL else board.circle.members[key].name


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
        "hit_words": hit_words,
        "figure_words": figure_words,
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


def hit_words(item: Any, indicator: Indicator, part: kpi.Part) -> str:
    """What a row adds to the numerator: yes or no of shares, else how much."""
    if indicator.unit is Unit.SECONDS:
        return said.seconds_words(item.hit)
    if indicator.unit is Unit.POINTS:
        return words.number(item.hit)
    if part.id in _AMOUNTS:
        return words.money(item.hit / 100)
    return gettext("是") if item.hit > 0 else gettext("否")


def figure_words(value: int, figure: FigureColumn) -> str:
    """An imported number in its unit."""
    if figure.unit == "money":
        return words.money(Decimal(value) / 100)
    return said.seconds_words(Decimal(value)) if figure.unit == "seconds" else f"{value:,}"
