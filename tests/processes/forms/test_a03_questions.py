"""Each question of the buyer while his history is looked up has a reply task of its own (CORRECTIONS a03)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.model import SYSTEM
from engine.queries import Queries
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from engine.store.tables import user_task
from tests.processes.scenario_files import all_scenarios
from tests.processes.test_process_records import deployed

__all__ = ["deployed"]


def test_a_reply_task_shows_the_question_it_answers(deployed: Database) -> None:
    """A03-A4 up to its second question: both tasks are open, each due within a minute."""
    scenario = all_scenarios()["a03-A4"]
    asked = replace(scenario, order=(scenario.order or ())[:2], do={}, calls={}, expect={}, path=None, end=None)
    clock = VirtualClock(START)
    assert "reply_at_once" in str(Play(asked, deployed, clock).run().problem)  # it waits there
    with deployed.read() as connection:
        wanted = select(user_task.c.id, user_task.c.due_at).where(user_task.c.element == "reply_at_once")
        found = connection.execute(wanted.order_by(user_task.c.id)).all()
    queries = Queries(deployed, Definitions(deployed, clock), clock)
    questions = [queries.task(row.id, SYSTEM).context["asked_question"] for row in found]
    assert questions == ["查到了吗", "在不在"]
    assert {row.due_at for row in found} == {int(START.timestamp() * 1_000_000) + 60_000_000}
