"""Figures of the last months for the demonstration: they rise and fall by the weekday, never by chance."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine.access import Reach
from engine.kpi.figures import COLUMNS, FigureKind
from engine.kpi.intake import take, upload
from engine.kpi.people import Circle, list_members
from engine.kpi.periods import month_of, today_of
from engine.kpi.scores import enter_scores
from engine.kpi.types import set_type
from engine.model import SYSTEM
from engine.runtime import Runtime
from engine.store.database import Transaction

_DAYS: Final = 150
_MONTHS: Final = 5
#: By weekday, Monday first: in hundredths of what the file says.
_WEEK: Final = (92, 88, 95, 100, 108, 124, 116)


def add_figures(runtime: Runtime, path: Path) -> None:
    """Imports, scores and agent types of the people whom the file names."""
    told = json.loads(path.read_bytes())
    now = runtime.clock.now()
    today = today_of(now)
    with runtime.db.begin() as tx:
        circle = Circle(members=list_members(tx.connection), reach=Reach.YES, whole=True, everybody=True)
        for kind in FigureKind:
            _import(tx, kind, told[kind.value], circle, now)
        months = [month_of(today).previous(back) for back in range(_MONTHS)]
        for person, agent_type in told["types"].items():
            set_type(tx, person, agent_type, SYSTEM, circle, now=now, valid_from=months[-1].code)
        for back, month in enumerate(months):
            values = {
                (indicator, person): Decimal(value) - (back if indicator != "sales_target" else 0)
                for person, scores in told["scores"].items()
                for indicator, value in scores.items()
            }
            enter_scores(tx, values, SYSTEM, circle, now=now, period=month)


def _import(
    tx: Transaction, kind: FigureKind, people: dict[str, dict[str, int]], circle: Circle, now: datetime
) -> None:
    """By a file, as a shop's people import theirs."""
    days = [today_of(now) - timedelta(days=back) for back in range(1, _DAYS + 1)]
    names = [column.name for column in COLUMNS[kind]]
    lines = [",".join(["日期", "客服", *names])]
    for day in days:
        for person, figures in people.items():
            found = _of_day(figures, day)
            cells = [f"{found[name] / 100:.2f}" if name == "paid_amount" else str(found[name]) for name in names]
            lines.append(",".join([day.isoformat(), person, *cells]))
    upload_id = upload(tx, kind, "演示数据.csv", "\n".join(lines).encode(), SYSTEM, now=now)
    take(tx, upload_id, SYSTEM, circle, now=now)


def _of_day(figures: dict[str, int], day: date) -> dict[str, int]:
    """More at the weekend, a little more from month to month; a part is never more than its whole."""
    scale = _WEEK[day.weekday()] * (94 + day.month % 4 * 3)
    found = {name: value * scale // 10_000 for name, value in figures.items()}
    if day.day % 9 == 4 and found.get("satisfied"):
        found["satisfied"] -= 1
    for part, whole in (
        ("bad_handled", "bad_reviews"),
        ("bad_reviews", "reviews"),
        ("satisfied", "ratings"),
        ("answered", "conversations"),
        ("first_in_limit", "first_count"),
        ("paid_customers", "paid_orders"),
        ("reminded_paid", "reminders"),
    ):
        if part in found:
            found[part] = min(found[part], found[whole])
    return found
