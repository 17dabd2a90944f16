"""Connectors that prepare a month's roster and say what its rules are asked of."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from engine import roster
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import SYSTEM, Value, Variables
from engine.roster import Days

_FOUR_WEEKS = timedelta(days=28)
#: More people or violations than these are not listed one by one.
MOST_ROWS = 300


def copy_roster(job: JobContext) -> Variables:
    """Fill the empty cells of the month of the input ``month`` (any day of it) with those of four weeks before.

    What somebody has planned already stays. Gives ``copied_cells``.

    Raises:
        JobFailed: the month is no date.
    """
    first, last = roster.month_of(_month(job))
    people = {one.id: one for one in roster.list_people(job.tx.connection)}
    known = roster.read_days(job.tx.connection, people, first - _FOUR_WEEKS, last)
    cells = {
        cell: code
        for cell, code in roster.copied(known, _FOUR_WEEKS).items()
        if first <= cell[1] <= last and cell not in known
    }
    # A month is longer than four weeks: its last days are copied from those that were copied just now.
    more = roster.copied(cells, _FOUR_WEEKS).items()
    cells |= {cell: code for cell, code in more if cell[1] <= last and cell not in known and cell not in cells}
    if cells:
        roster.write_days(job.tx, cells, people, by=SYSTEM.id, at=job.now)
    return {"copied_cells": Decimal(len(cells))}


def roster_facts(job: JobContext) -> Variables:
    """What ``dmn_roster_check`` is asked of the month of the input ``month`` (any day of it).

    Gives ``roster_rows``, of everybody with a shift in that month {agent, agent_name, day: null, prev_shift: null,
    shift: null, days_off_in_month, has_full_rest_day, hours_diff_abs (hours), pattern_changed}, then of each day shift
    behind a night shift {agent, agent_name, day, prev_shift, shift} with the month's facts null; ``roster_people``; and
    ``unplanned``, the names of those who have days without a shift.

    Raises:
        JobFailed: the month is no date.
    """
    month = _month(job)
    first, last = roster.month_of(month)
    connection = job.tx.connection
    people = {one.id: one for one in roster.list_people(connection)}
    days = roster.read_days(connection, people, first - _FOUR_WEEKS, last)
    whole = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    planned = {person: [days.get((person, day), "") for day in whole] for person in people}
    planned = {person: codes for person, codes in planned.items() if any(codes)}
    shops = {people[person].shop for person in planned}
    paid = {shop: {one.code: one.paid_minutes for one in roster.list_shifts(connection, shop)} for shop in shops}
    minutes = {person: sum(paid[people[person].shop].get(c, 0) for c in codes) for person, codes in planned.items()}
    rows: list[Value] = []
    for person, codes in planned.items():
        others = [total for one, total in minutes.items() if one != person]
        apart = abs(minutes[person] - sum(others) / len(others)) / 60 if others else 0
        rows.append(
            _row(
                person,
                people[person].name,
                days_off_in_month=Decimal(codes.count(roster.OFF)),
                has_full_rest_day=any(code not in ("day", "night", "") for code in codes),
                hours_diff_abs=round(Decimal(apart), 1),
                pattern_changed=_is_changed(days, person, whole, codes),
            )
        )
    nights = (
        _row(person, people[person].name, day=day, prev_shift="night", shift="day")
        for person in planned
        for day in whole
        if days.get((person, day - timedelta(days=1))) == "night" and days.get((person, day)) == "day"
    )
    rows += nights
    return {
        "roster_rows": rows[:MOST_ROWS],
        "roster_people": Decimal(len(planned)),
        "unplanned": "、".join(people[person].name for person, codes in planned.items() if not all(codes)),
    }


def _row(agent: str, name: str, **facts: Value) -> dict[str, Value]:
    nothing: dict[str, Value] = dict.fromkeys(
        (
            "day", "prev_shift", "shift", "days_off_in_month", "has_full_rest_day", "hours_diff_abs", "pattern_changed",
        )
    )  # fmt: skip
    return {"agent": agent, "agent_name": name, **nothing, **facts}


def _is_changed(days: Days, person: str, whole: list[date], codes: list[str]) -> bool:
    """Whether more than a quarter of the first four weeks differ from those before, where these are known."""
    pairs = [
        (before, code)
        for day, code in list(zip(whole, codes, strict=True))[: _FOUR_WEEKS.days]
        if (before := days.get((person, day - _FOUR_WEEKS)))
    ]
    return len(pairs) >= 14 and sum(before != code for before, code in pairs) * 4 > len(pairs)


def _month(job: JobContext) -> date:
    month = job.inputs.get("month")
    if not isinstance(month, date):
        raise JobFailed(f"{job.element} needs a date as month", message_zh="排班的步骤没有写明月份。")
    return month
