"""Gives the demonstration's people a team, shifts around the present week, an absence and a transfer that waits."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from engine import accounts, ownership, roster
from engine.clock import SHANGHAI
from engine.errors import ConfigurationError
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.database import Transaction

#: Weeks before and behind the present one.
_WEEKS: Final = 5
_WEEK: Final = timedelta(days=7)


def add_roster(runtime: Runtime, path: Path) -> None:
    """Form the team, plan its weeks in turns, enter the absence and offer the case of a file.

    Raises:
        ConfigurationError: the case's order or somebody is not among those of the demonstration.
    """
    told, now = json.loads(path.read_bytes()), runtime.clock.now()
    with runtime.db.begin() as tx:
        for user_id, couriers in told["couriers"].items():
            accounts.set_couriers(tx, user_id, couriers)
        roster.save_team(tx, None, told["team"]["name"], told["team"]["people"], SYSTEM, at=now)
        _plan(tx, told["weeks"], now)
        _absence(tx, told["absence"], now)
    _offer(runtime, told["transfer"])


def _plan(tx: Transaction, weeks: dict[str, list[str]], now: datetime) -> None:
    monday = roster.since_week(now.astimezone(SHANGHAI).date())
    turn = monday.toordinal() // 7  # so that a later start gives the same turns
    cells = {}
    for person, kinds in weeks.items():
        for week in range(-_WEEKS, _WEEKS + 1):
            for n, code in enumerate(kinds[(turn + week) % len(kinds)].split()):
                cells[person, monday + week * _WEEK + timedelta(days=n)] = code
    people = {one.id: one for one in roster.list_people(tx.connection)}
    roster.write_days(tx, cells, people, by=SYSTEM.id, at=now)


def _absence(tx: Transaction, told: dict[str, Any], now: datetime) -> None:
    first = now.astimezone(SHANGHAI).date() + timedelta(days=told["in_days"])
    begins = datetime.combine(first, time(), SHANGHAI)
    roster.add_absence(
        tx,
        told["user"],
        (begins, begins + timedelta(days=told["days"])),
        _actor(accounts.find_in(tx.connection, told["by"]), told["by"]),
        at=now,
        kind=told["kind"],
        reason=told["reason"],
        stand_in=told["stand_in"],
    )


def _offer(runtime: Runtime, told: dict[str, str]) -> None:
    with runtime.db.read() as connection:
        work = ownership.open_work(connection, told["by"])
    found = next((one.case_id for one in work if one.order_id == told["order"] and one.task is None), None)
    if found is None:
        raise ConfigurationError(f"{told['by']} has no case of order {told['order']} in the demonstration")
    giver = accounts.get(runtime.db, told["by"]).actor
    ownership.request(runtime, found, giver, reason=told["reason"], to_user=told["to"], note=told["note"])


def _actor(account: accounts.Account | None, user_id: str) -> Actor:
    if account is None:
        raise ConfigurationError(f"the demonstration has no account {user_id}")
    return account.actor
