"""Days of a shop at random, crashes and failures included: whatever happens, the invariants hold."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import text

from tests.engine.tampering import take_guards_off
from tests.faults.invariants import unlike_their_commands, violations, violations_within
from tests.faults.simulation import Simulation, simulate


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in (3, *range(10, 40)))])
def test_whatever_happens_in_a_shop_nothing_is_lost_done_twice_or_forgotten(database_url: str, seed: int) -> None:
    shop = simulate(database_url, seed, actions=300)
    assert len(shop.cases()) > 10
    assert shop.done["crash"] > 5
    assert len(shop.answered) > 30
    assert shop.done["complete again"] > 3
    shop.close()
    check = sqlite3.connect(shop.db.file)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


#: What a broken engine would leave behind, done by hand → a word of the sentence that must say so.
DAMAGES = {
    "DELETE FROM job WHERE id = (SELECT min(id) FROM job WHERE kind = 'timer')": "timer.armed",
    "DELETE FROM user_task WHERE id = (SELECT max(id) FROM user_task WHERE status = 'open')": "user_task.created",
    "DELETE FROM user_task WHERE id = (SELECT max(id) FROM user_task WHERE status = 'completed')": "completed in one",
    "UPDATE process_instance SET incidents = incidents + 1 WHERE key = 1": "incidents",
    "UPDATE process_instance SET history_seq = history_seq + 1 WHERE key = 1": "gaps",
    "UPDATE process_instance SET history_hash = x'00' WHERE key = 1": "chained",
    "UPDATE process_instance SET status = 'active' WHERE status <> 'active'": "waiting for nothing",
    "DELETE FROM history_event WHERE stream = 1 AND seq = 3": "gaps",
    "DELETE FROM history_event WHERE kind = 'user_task.completed'": "stands 0 times",
    "DELETE FROM subscription": "subscription.opened",
    "UPDATE register_row SET \"values\" = x'7b7d'": "registers and history differ",
    "DELETE FROM register_cell": "are not its columns",
    "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)": "outbox",
    "UPDATE outbox SET delivered_at = NULL": "delivered",
    "UPDATE user_task SET completed_by = 'li', status = 'completed' WHERE status <> 'open'": "two eyes",
    "UPDATE job SET due_at = 4611686018427387904": "held by no incident",
}


def test_the_invariants_see_what_is_broken_by_hand(database_url: str) -> None:
    shop = simulate(database_url, 4, actions=120)
    while not {"timer", "subscription", "task"} <= set(waiting(shop)):
        shop.act()
    blind = []
    for damage, word in DAMAGES.items():
        try:
            with shop.db.begin() as tx:
                take_guards_off(tx.connection)
                assert tx.connection.execute(text(damage)).rowcount > 0, damage
                found = violations_within(tx.connection, shop.answered)
                raise Undo
        except Undo:
            if not any(word in sentence for sentence in found):
                blind.append((damage, found))
    assert not blind
    assert not violations(shop.db, answered=shop.answered)
    with shop.db.begin() as tx:
        tx.connection.execute(text("UPDATE process_instance SET variables = x'7b7d' WHERE key = 1"))
    assert unlike_their_commands(shop.db, shop.cases())
    shop.close()


def waiting(shop: Simulation) -> list[str]:
    """What there is to be damaged."""
    with shop.db.read() as connection:
        found = connection.execute(
            text("""SELECT 'timer' FROM job WHERE kind = 'timer' UNION SELECT 'subscription' FROM subscription
                    UNION SELECT 'task' FROM user_task WHERE status = 'open'""")
        )
        return list(found.scalars())


class Undo(Exception):
    """Takes the damage back."""
