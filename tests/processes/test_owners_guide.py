"""processes/README.md tells owners what is so: processes, job types, messages, properties; and its example runs."""

from __future__ import annotations

import re

import pytest

from engine.bpmn.lint.process import _TASK_PROPERTIES
from engine.bpmn.lint.tasks import REQUIRED_HEADERS
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS, RESULTS
from engine.definitions.bundle import PUBLISH_MESSAGE
from engine.scenarios import read_scenarios
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from tests.processes.catalogued import FLOWS, PROCESSES, drawing
from tests.processes.process_drawing import ROOT
from tests.processes.test_process_records import deployed

__all__ = ["deployed"]
GUIDE = (ROOT / "processes/README.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    section = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip()[1:-1].split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_example_of_a_scenario_passes(deployed: Database) -> None:
    assert EXAMPLE is not None
    text = f"process: p12_return\nscenarios:\n{EXAMPLE[1]}"
    (scenario,) = read_scenarios({"guide.yaml": text.encode()})
    assert Play(scenario, deployed, VirtualClock(START)).run().problem is None


def test_every_process_is_told_with_its_result_calls_and_message() -> None:
    told = {}
    for name, _, result, calls, opened in table("十八个流程"):
        told[names(name)[0]] = (names(result), calls.split(), names(opened))
    drawn = {}
    for process in PROCESSES:
        nodes = drawing(process).nodes.values()
        called = {
            node.zeebe["calledElement"]["processId"].split("_")[0] for node in nodes if node.tag == "callActivity"
        }
        messages = [node.message for node in nodes if node.tag == "startEvent" and node.message]
        drawn[process] = ([FLOWS[process]["result_variable"]], sorted(called), messages)
    assert told == drawn


def test_every_job_type_is_told_with_its_headers_and_results() -> None:
    told = {names(row[0])[0]: row for row in table("作业类型")}
    assert set(told) == {*CONNECTORS, PUBLISH_MESSAGE}
    for job_type, headers in REQUIRED_HEADERS.items():
        assert set(headers) <= set(names(told[job_type][2])), job_type
    for job_type, results in RESULTS.items():
        assert results <= set(names(told[job_type][4])), job_type


def test_every_message_is_told_with_its_key_and_who_waits() -> None:
    told = {names(message)[0]: (waits, names(key)[0]) for message, _, waits, key in table("消息")}
    drawn: dict[str, str] = {}
    for process in PROCESSES:
        for message, key in drawing(process).correlations.items():
            drawn[message] = key.removeprefix("=")
        for node in drawing(process).nodes.values():
            if node.message and node.tag not in ("endEvent", "intermediateThrowEvent"):
                assert process.split("_")[0] in told[node.message][0], (process, node.message)
    assert {message: key for message, (_, key) in told.items()} == drawn


def test_every_property_of_a_task_is_told() -> None:
    told = {names(row[0])[0] for row in table("任务上能写的属性")}
    assert told == set(_TASK_PROPERTIES)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)]+)\)", GUIDE))))
def test_links_lead_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    if path:
        assert (ROOT / "processes" / path).exists()
    else:
        headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
        assert anchor.lower() in {re.sub(r"[^\w\- ]", "", one).replace(" ", "-").lower() for one in headings}
