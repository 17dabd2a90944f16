"""How readings look on a page: values in their unit, marks against targets, and lines drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from markupsafe import Markup

from engine.kpi import Indicator, Reading, Unit
from engine.kpi.formulas import Goal
from web import format as words
from web.i18n import english, gettext

_MINUTE, _HOUR = 60, 3600


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up, as people round."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def value_words(value: Decimal | None, unit: Unit | str, places: int = 2) -> str:
    """A value as a person reads it: 93.5%, 3分20秒, ¥1,234.50, 86.00."""
    if value is None:
        return "—"
    match unit:
        case Unit.SHARE:
            return f"{rounded(value * 100, 1):f}%"
        case Unit.SECONDS:
            return seconds_words(value)
        case Unit.MONEY:
            return words.money(rounded(value, 2))
        case _:
            return f"{rounded(value, places):,f}"


def seconds_words(value: Decimal) -> str:
    """35秒, 3分20秒, 2小时5分."""
    whole = int(rounded(value, 0))
    gap = " " if english() else ""
    if abs(whole) < _MINUTE:
        return gettext("%(n)s秒", n=whole)
    if abs(whole) < _HOUR:
        minutes, seconds = divmod(whole, _MINUTE)
        return gettext("%(n)s分", n=minutes) + (gap + gettext("%(n)s秒", n=seconds) if seconds else "")
    hours, rest = divmod(whole, _HOUR)
    return gettext("%(n)s小时", n=hours) + (gap + gettext("%(n)s分", n=rest // _MINUTE) if rest // _MINUTE else "")


def reading_words(reading: Reading, indicator: Indicator) -> str:
    """The value of a reading."""
    return value_words(reading.value, indicator.unit, indicator.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a value stands to its target: sign and word."""

    sign: str
    word: str


def mark(reading: Reading, goal: Goal | None) -> Mark | None:
    """None where there is no value or no target."""
    if reading.value is None or goal is None:
        return None
    up = goal.target > goal.floor
    if (reading.value >= goal.target) if up else (reading.value <= goal.target):
        return Mark(sign="sign-done", word=gettext("达标"))
    if (reading.value >= goal.floor) if up else (reading.value <= goal.floor):
        return Mark(sign="sign-soon", word=gettext("未达标"))
    return Mark(sign="sign-late", word=gettext("低于底线") if up else gettext("超出底线"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period of a line."""

    label: str
    value: Decimal | None
    words: str


def line(points: Sequence[Point], *, title: str, goal: Decimal | None = None, large: bool = False) -> Markup:
    """A line over the periods as SVG; where there is no value it is broken. A table says the same beside it."""
    width, height, pad = (720, 200, 14) if large else (132, 32, 4)
    known = [point.value for point in points if point.value is not None]
    if not known:
        return Markup("")
    bounds = [*known, *([goal] if goal is not None and large else [])]
    least, most = min(bounds), max(bounds)
    span = (most - least) or Decimal(1)
    step = Decimal(width - 2 * pad) / max(1, len(points) - 1)

    def place(number: int, value: Decimal) -> tuple[Decimal, Decimal]:
        across = pad + step * number
        up = (value - least) / span if most != least else Decimal("0.5")
        return rounded(across, 1), rounded(Decimal(height - pad) - up * (height - 2 * pad), 1)

    drawn = []
    if goal is not None and large:
        _, level = place(0, goal)
        drawn.append(
            Markup('<line class="goal" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(pad, width - pad, level, level)
        )
    for run in _runs(points):
        places = [place(number, value) for number, value in run]
        path = " ".join(f"{x},{y}" for x, y in places)
        if len(places) > 1:
            drawn.append(Markup('<polyline class="line" points="{}"/>').format(path))
        shown = places if large or len(places) == 1 else []
        drawn += [
            Markup('<circle class="dot" cx="{}" cy="{}" r="{}"/>').format(x, y, 3 if large else 2) for x, y in shown
        ]
    last = max(number for number, point in enumerate(points) if point.value is not None)
    x, y = place(last, points[last].value or Decimal(0))
    drawn.append(Markup('<circle class="dot last" cx="{}" cy="{}" r="{}"/>').format(x, y, 4 if large else 2.5))
    frame = Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>')
    return frame.format("trend-line" if large else "sparkline", width, height, title, Markup("").join(drawn))


def _runs(points: Sequence[Point]) -> list[list[tuple[int, Decimal]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[int, Decimal]]] = [[]]
    for number, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((number, point.value))
    return [run for run in runs if run]
