"""The table for process owners says of every BPMN element what the engine's own table says, and names its tests."""

from __future__ import annotations

import re
from pathlib import Path

from engine.bpmn.lint.supported import EVENT_SUB_PROCESS_STARTS, EXECUTED, NONE, REFUSED_NODES
from tests.each import each

ROOT = Path(__file__).parents[3]
README = (ROOT / "processes" / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## 哪些 BPMN 元素会被执行", 1)[1].split("\n## ", 1)[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("| ")
][1:]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def listed(mark: str) -> set[str]:
    return {name for _, xml, marked, _, _ in ROWS if marked == mark for name in names(xml)}


def event(tag: str, definition: str) -> str:
    return tag if definition == NONE else f"{tag} / {definition}"


SUPPORTED = {event(tag, definition) for tag, definitions in EXECUTED.items() for definition in definitions}


def test_what_is_executed_is_in_the_table():
    watching = {event("triggeredByEvent", definition) for definition in EVENT_SUB_PROCESS_STARTS}
    assert (SUPPORTED | watching) - listed("执行") == set()


def test_what_is_refused_by_name_is_in_the_table():
    assert set(REFUSED_NODES) - listed("不支持") == set()


def test_the_table_promises_no_more_and_refuses_nothing_that_is_executed():
    about_events = {name for name in listed("执行") if " / " in name and not name.startswith("triggeredByEvent")}
    assert about_events - SUPPORTED == set()
    assert listed("不支持") & SUPPORTED == set()
    assert {mark for _, _, mark, _, _ in ROWS} == {"执行", "不支持"}


@each("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_its_tests(row):
    files = names(row[4])
    assert (row[2] == "执行") == bool(files)
    assert [file for file in files if not (ROOT / "tests" / "unit" / "bpmn" / file).is_file()] == []
