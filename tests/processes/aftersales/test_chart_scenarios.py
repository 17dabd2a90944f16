"""Every scenario that the flowcharts' catalogue prints is a case in a file, and takes the printed path.

The catalogue leaves automatic elements out of its paths and shows equal passes of a loop once, so a printed path is
what the case's own path contains in this order. ``{a,b}`` is a case for each: `a01-S02.1`, `a01-S02.2` ….
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS, CHARTS, drawing, element_id
from tests.processes.scenario_files import scenarios_of

PRINTED = [(process, scenario) for process in CHART_IDS for scenario in CHARTS[process]["scenarios"]]


def strands(process: str, path: str) -> list[list[set[str]]]:
    """The ways of the tokens that a printed path shows, each a list of alternatives."""
    found = []
    for part in re.split(r"; and the main token: ", path):
        steps = [re.findall(r"\w+", step) for step in part.split(" → ")]
        strand = [{element_id(process, name) for name in names} for names in steps]
        after = [*strand[1:], set[str]()]
        found.append([step for step, then in zip(strand, after, strict=True) if not waits_in_vain(process, step, then)])
    return found


def waits_in_vain(process: str, step: set[str], then: set[str]) -> bool:
    """Whether the step is a receive task that its timer ends: its message never comes, so no path has it."""
    drawn = drawing(process).nodes
    hosts = {drawn[element].host for element in then if element in drawn}
    return step <= hosts and all(drawn[element].tag == "receiveTask" for element in step)


def contains(path: Iterable[str], strand: list[set[str]]) -> bool:
    """Whether the strand's steps stand in the path in this order."""
    waiting = iter(path)
    return all(any(element in step for element in waiting) for step in strand)


@each(("process", "printed"), PRINTED, ids=[scenario["no"] for _, scenario in PRINTED])
def test_a_printed_scenario_is_a_case_that_takes_its_path(process: str, printed: dict) -> None:
    no = printed["no"]
    mine = [case for key, case in scenarios_of(process).items() if key == no or key.startswith(f"{no}.")]
    assert mine, f"{no} is in no file"
    printed_strands = strands(process, printed["path"])
    # One strand of many may be a case's own; each case takes at least one, and each strand is taken.
    for case in mine:
        assert case.title
        assert any(contains(case.path or (), strand) for strand in printed_strands), case.no
    for strand in printed_strands:
        assert any(contains(case.path or (), strand) for case in mine), strand
        for step in strand:
            taken = {name for case in mine for name in case.path or ()}
            assert step <= taken, f"{no}: {sorted(step - taken)} is in no case"


@each("process", CHART_IDS)
def test_each_case_says_where_it_ends(process: str) -> None:
    assert [case.no for case in scenarios_of(process).values() if not case.end] == []
