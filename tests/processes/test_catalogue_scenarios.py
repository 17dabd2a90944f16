"""Every scenario that the catalogue prints is in the files, as it prints it; the runner's own test runs them all."""

from __future__ import annotations

import json
from dataclasses import replace

from engine.scenarios import read_scenarios
from tests.each import each
from tests.processes.catalogued import FLOWS
from tests.processes.scenario_files import FOLDER, read, scenarios_of

PRINTED = [(flow["process"], scenario) for flow in FLOWS.values() for scenario in flow["scenarios"]]


@each(("process", "printed"), PRINTED, ids=[scenario["no"] for _, scenario in PRINTED])
def test_a_printed_scenario_is_in_the_file_as_it_is_printed(process: str, printed: dict) -> None:
    mine = scenarios_of(process)[printed["no"]]
    keys = ("no", "start", "do", "calls", "events", "fire", "svc", "expect", "end", "path")
    case = {key: printed[key] for key in keys if printed[key]} | {"title": mine.title}
    asked = json.dumps({"process": process, "scenarios": [case]}).encode()
    (told,) = read_scenarios({"catalogue.json": asked})
    assert replace(told, file=mine.file, expect=mine.expect) == mine
    assert {name: mine.expect.get(name) for name in told.expect} == told.expect, "more may be expected, not less"


def test_numbers_are_unique_over_all_files() -> None:
    numbers = [scenario.no for path in FOLDER.glob("*.yaml") for scenario in read(path.stem)]
    assert len(numbers) == len(set(numbers))
