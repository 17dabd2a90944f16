"""Random walks through the shipped processes: every case ends, and what must hold of money, goods and people does.

``WALKS_MINUTES=10 pytest tests/processes/walks`` goes on with new seeds; ``python -m tests.processes.walks`` tells
more.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.processes.walks.record import Record
from tests.processes.walks.rules import shop_rules
from tests.processes.walks.stage import WalkStage, walk_stage
from tests.sample import some

_MINUTES = float(os.environ.get("WALKS_MINUTES", "0"))


#: Beginnings of the processes that ask for, inspect and pay refunds.
AFTERSALES = ("a01", "a04", "a05", "a07", "a08", "a09", "a10", "a11", "a12", "a25", "a28", "a30")


@pytest.fixture(scope="module")
def stage() -> Iterator[WalkStage]:
    with walk_stage() as found:
        yield found


@pytest.mark.parametrize("seed", some([3, 5], 1))
def test_every_case_of_a_busy_shop_ends_as_the_rules_say(stage: WalkStage, seed: int) -> None:
    walk = stage.open(seed, cases=8, orders=4)
    walk.run()
    assert stage.judge(walk) == []
    assert len(walk.answered) > 20


def test_every_case_of_the_after_sales_ends_as_the_rules_say(stage: WalkStage) -> None:
    walk = stage.open(500, cases=4, orders=1, only=AFTERSALES)
    walk.run()
    assert stage.judge(walk) == []
    assert len(walk.answered) > 10


def test_one_order_is_enough_for_many_requests(stage: WalkStage) -> None:
    walk = stage.open(1108, cases=6, orders=1)
    walk.run()
    assert stage.judge(walk) == []


#: What a wrong flow would leave behind, done by hand → a word of the sentence that must say so.
DAMAGES = {
    "UPDATE process_instance SET priority = 'normal' WHERE process_id = 'p13_rights_protection'": "not urgent",
    "UPDATE outbox SET text = text || '{order_id}' WHERE template <> ''": "wrote a brace",
    "UPDATE register_row SET register = 'call_log' WHERE register = 'complaint_register'": "without a row in",
    "UPDATE user_task SET completed_by = (SELECT opened_by FROM process_instance i WHERE i.key = user_task.instance) "
    "WHERE element IN ('approve_by_supervisor', 'approve_by_manager', 'approve_excess')": "and what it is about",
    "UPDATE process_instance SET end_state = 'end_not_paid' WHERE end_state = 'end_paid'": "was not paid",
    "UPDATE register_row SET register = 'call_log' WHERE register IN ('refund_register', 'compensation_register')": (
        "nothing was paid in its case"
    ),
    "UPDATE user_task SET process_id = 'a33_warehouse_receipt', element = 'check_goods' WHERE status = 'completed'": (
        "was inspected"
    ),
    "UPDATE process_instance SET end_state = 'end_no_response' WHERE process_id = 'p01_compensation'": "and not",
}


def test_the_rules_see_what_is_broken_by_hand(stage: WalkStage) -> None:
    flows = ("p01_compensation", "p03_wrong_shipment", "p09_exchange", "p13_rights_protection")
    walk = stage.open(2, cases=4, orders=3, only=flows)
    walk.run()
    blind = []
    for damage, word in DAMAGES.items():
        try:
            with walk.db.begin() as tx:
                assert tx.connection.execute(text(damage)).rowcount > 0, damage
                found = shop_rules(Record.within(walk, tx.connection))
                raise Undo
        except Undo:
            if not any(word in sentence for sentence in found):
                blind.append((damage, found))
    assert not blind
    assert shop_rules(Record.read(walk)) == []
    walk.db.close()


class Undo(Exception):
    """Takes the damage back."""


@pytest.mark.skipif(not _MINUTES, reason="WALKS_MINUTES says how long")
@pytest.mark.timeout(60 * 60 * 24)
def test_more_walks_with_new_seeds(stage: WalkStage) -> None:
    end = time.monotonic() + 60 * _MINUTES
    while time.monotonic() < end:
        seed = random.SystemRandom().randrange(10**9)
        walk = stage.open(seed, cases=12, orders=random.Random(seed).choice((1, 2, 5)))
        try:
            walk.run()
            found = stage.judge(walk)
        except AssertionError as stuck:
            found = [str(stuck)]
        assert not found, (f"seed {seed}", found, walk.log[-60:])
