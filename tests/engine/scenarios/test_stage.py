"""The stage of scenarios: every one begins with what was deployed, and other processes stay silent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.scenarios import Scenario, read_scenarios, stage
from tests.engine.duties.test_turns import duty
from tests.engine.sandbox.small import files_of
from tests.engine.support import UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing

#: An agent comes back to it five minutes after a daily duty would have begun.
WAITS = """
process: p
scenarios:
- no: P-1
  title: 第二天早上再办
  start: {}
  do:
    ask: {}
  order: [PT23H35M, ask]
  end: end
"""


@pytest.fixture(autouse=True)
def _loose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "Definitions", UncheckedDefinitions)


def asks() -> Drawing:
    return Drawing("p").start().user("ask").end().flow("start", "ask", "end")


def scenario(text: str = WAITS) -> Scenario:
    (found,) = read_scenarios({"p.yaml": text.encode()})
    return found


def started(folder: Path) -> list[str]:
    """Processes of the instances in the database of the last scenario."""
    with sqlite3.connect(folder / "scenario.db") as file:
        return [row[0] for row in file.execute("SELECT process_id FROM process_instance ORDER BY key")]


def test_the_duties_of_other_processes_do_not_begin_beside_a_scenario() -> None:
    with stage.prepare(files_of(asks(), duty())) as made:
        assert made.run(scenario()).problem is None
        assert started(made._folder) == ["p"]


def test_each_scenario_begins_with_what_was_deployed() -> None:
    with stage.prepare(files_of(asks())) as made:
        first = made.run(scenario())
        assert made.run(scenario()) == first
        assert started(made._folder) == ["p"]
        folder = made._folder
    assert not folder.exists()


def test_a_duty_of_its_own_begins_by_its_schedule() -> None:
    text = "process: duty\nscenarios:\n- no: D-1\n  title: 按时开始\n  start: {}\n  do: {do_it: {}}\n  end: end\n"
    with stage.prepare(files_of(asks(), duty())) as made:
        result = made.run(scenario(text))
        assert result.problem is None
        assert set(started(made._folder)) == {"duty"}
