"""Cases of the shipped processes, run again on what they ran on: every event is the same one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.backtest.reading import read_recorded
from engine.backtest.running import SILENT
from engine.rerun import RecordedCase, RecordedInstance, Rules, Verdict, compare, play, remember
from engine.scenarios import Scenario
from tests.engine.narrative.theatre import ROOT, Theatre, build, spread
from tests.processes.scenario_files import all_scenarios
from tests.sample import some

#: Scenarios of each process that every run of the tests plays; `make faults` plays all.
_OF_EACH = 2


SOME = spread(_OF_EACH)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("shipped"))


def check_same(scenario: Scenario, deployed: Path, folder: Path) -> None:
    theatre = Theatre(deployed, folder)
    try:
        assert theatre.play(scenario) is None
        with theatre.db.read() as connection:
            (case,) = read_recorded(connection, [theatre.case_id])
        assert isinstance(case, RecordedCase)

        def rules_of(instance: RecordedInstance) -> Rules:
            version = theatre.definitions.get(instance.definition)
            return Rules(definition=version.definition, forms=version.forms)

        def rules_for(process_id: str, instance: RecordedInstance | None) -> Rules:
            version = theatre.definitions.latest(process_id)
            return rules_of(instance) if instance else Rules(definition=version.definition, forms=version.forms)

        memories = remember(case, rules_of)
        horizon = theatre.clock.now() + timedelta(days=3650)
        played = play(case, memories, rules_for, horizon=horizon, silent=SILENT)
        found = compare(memories, played)
        assert (found.verdict, found.parts, found.stopped) == (Verdict.SAME, None, None)
        assert (played.unused, played.reordered, played.assumed) == (0, 0, ())
        assert set(played.lives) == set(memories)
        for key, memory in memories.items():
            assert played.lives[key].events == memory.live.events
    finally:
        theatre.db.close()


def test_every_process_is_among_them() -> None:
    assert {all_scenarios()[no].process for no in SOME} == {path.stem for path in ROOT.glob("processes/*/*.bpmn")}


@pytest.mark.parametrize("no", some(SOME, 16))
def test_a_case_on_what_it_ran_on_is_the_same_event_for_event(no: str, deployed: Path, tmp_path: Path) -> None:
    check_same(all_scenarios()[no], deployed, tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("no", sorted(set(all_scenarios()) - set(SOME)))
def test_every_other_case_is_as_well(no: str, deployed: Path, tmp_path: Path) -> None:
    check_same(all_scenarios()[no], deployed, tmp_path)
