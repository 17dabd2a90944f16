"""The supervisors' board: its numbers are those of the lists behind them, and stop at the own team."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import roster
from engine.errors import NotAllowed
from engine.queries.board import Board, Load, read_board
from engine.saved_filters import Asked, Due, InboxScope
from tests.engine.queries.conftest import Desk
from tests.sample import times

COMPLAINT = {"order_id": "SO-1001", "customer_id": "C-8812", "channel": "marketplace", "description": "要求赔偿"}


def board(desk: Desk, user_id: str = "sup") -> Board:
    with desk.db.read() as connection:
        return read_board(connection, desk.definitions, desk.actor(user_id), desk.clock.now())


def number(desk: Desk, user_id: str = "sup", **asked: object) -> int:
    """How many tasks the inbox finds."""
    question = Asked(scope=InboxScope.ALL, **asked)  # type: ignore[arg-type]
    return len(desk.queries.inbox(desk.actor(user_id), question, limit=200).rows)


def test_an_empty_desk_is_an_empty_board(desk: Desk) -> None:
    found = board(desk)
    assert (found.load, found.groups, found.complaints) == (Load(), (), ())
    assert {one.person for one in found.people} >= {"ann", "bob"}


def test_who_may_not_assign_has_no_board(desk: Desk) -> None:
    for user_id in ("ann", "own", "aud"):
        with pytest.raises(NotAllowed):
            board(desk, user_id)


def test_the_numbers_are_those_of_the_inbox(desk: Desk) -> None:
    first = desk.start()
    desk.start(order_id="SO-2")
    desk.runtime.claim(desk.task("check_logistics", first), desk.actor("bob"))
    opened = desk.clock.now()
    rounds = times(60, 20)
    for _ in range(rounds):
        found = board(desk)
        assert found.load.open == number(desk) == sum(one.load.open for one in found.groups)
        assert found.load.overdue == number(desk, due=Due.OVERDUE)
        assert found.load.at_risk == number(desk, due=Due.RISK)
        assert found.load.free == number(desk, assignee="free")
        (bob,) = [one for one in found.people if one.person == "bob"]
        assert bob.load.open == number(desk, assignee="bob") == 1
        assert found.load.oldest == opened
        desk.pass_time(timedelta(hours=120) / rounds)
    assert board(desk).load.overdue


def test_who_is_late_stands_first(desk: Desk) -> None:
    desk.runtime.claim(desk.task("check_logistics", desk.start()), desk.actor("bob"))
    desk.pass_time(timedelta(days=10))
    assert board(desk).people[0].person == "bob"


def test_a_case_without_a_task_waits_for_somebody_outside(desk: Desk) -> None:
    desk.start()
    assert board(desk).standing.waiting_outside == 0
    desk.complete(
        "check_logistics",
        hours_since_update=Decimal(30),
        stuck_in_region=False,
        customer_urges=False,
        last_location="杭州",
    )
    assert (number(desk), board(desk).standing.waiting_outside) == (0, 1)


def test_open_complaints_stand_there_with_what_they_wait_for(desk: Desk) -> None:
    desk.start(process_id="p13_rights_protection", **COMPLAINT)
    (one,) = board(desk).complaints
    assert one.urgent
    assert one.waits_for
    assert one.customer_id == "C-***"


def test_people_on_duty_and_away_are_marked(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.db.begin() as tx:
        roster.add_absence(
            tx,
            "bob",
            (now - timedelta(hours=1), now + timedelta(hours=8)),
            desk.actor("sup"),
            at=now,
            kind=next(iter(roster.KINDS)),
            reason="发烧",
        )
    (bob,) = [one for one in board(desk).people if one.person == "bob"]
    assert bob.away
    assert not bob.on_duty
