"""processes/README.md tells owners what is so: processes, job types, messages, properties; and its example runs."""

from __future__ import annotations

import re

from engine.bpmn.lint.process import _TASK_PROPERTIES
from engine.bpmn.lint.tasks import REQUIRED_HEADERS
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS, RESULTS
from engine.definitions.bundle import PUBLISH_MESSAGE
from engine.scenarios import read_scenarios
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from tests.each import each
from tests.processes.aftersales.charts import CHART_IDS, REPORTS, UNCHARTED
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


def short(process: str) -> str:
    return process.split("_")[0]


def test_every_chart_is_told_with_its_result_calls_linked_cases_permission_and_pack() -> None:
    told = {}
    for name, what, result, calls, opened, permission, pack in (*table("售后流程图"), *table("报表、计划和跟进")):
        assert what, name
        told[names(name)[0]] = (names(result), calls.split(), opened.split(), permission, names(pack))
    drawn = {}
    for process in (*CHART_IDS, *UNCHARTED, *REPORTS):
        found = drawing(process)
        nodes = found.nodes.values()
        called = {short(node.zeebe["calledElement"]["processId"]) for node in nodes if node.tag == "callActivity"}
        jobs = [node for node in nodes if node.zeebe.get("taskDefinition", {}).get("type") == "start_process"]
        ends = [node for node in nodes if node.tag == "endEvent"]
        own = f"{short(process)}_result"
        results = {name for node in ends for name, value in node.outputs.items() if value == f'="{node.id}"'}
        assert own in results, process
        drawn[process] = (
            [own],
            sorted(called),
            sorted({short(one) for node in jobs for one in node.headers["process_id"].split(",")}),
            found.properties.get("start_permission", ""),
            [found.properties["pack"]] if "pack" in found.properties else [],
        )
    assert told == drawn


def test_every_shipped_process_stands_in_one_of_the_three_tables() -> None:
    told = [names(row[0])[0] for heading in ("十八个流程", "售后流程图", "报表、计划和跟进") for row in table(heading)]
    assert sorted(told) == sorted(path.stem for path in (ROOT / "processes").rglob("*.bpmn"))


def test_what_is_to_be_changed_where_names_tables_and_elements_that_exist() -> None:
    tables = {path.stem for path in (ROOT / "processes/decisions").glob("*.dmn")}
    elements = {
        element for process in (*PROCESSES, *CHART_IDS, *UNCHARTED, *REPORTS) for element in drawing(process).nodes
    }
    told = {name.removesuffix(".dmn") for row in table("想改什么,改哪里") for name in names(row[1])}
    assert {name for name in told if re.match(r"dmn_\w+$", name)} <= tables
    assert {name for name in told if re.match(r"(tm|gw)_\w+$", name)} <= elements
    assert {name for name in tables if name.startswith("dmn_")} <= told, "every table of the charts has a row"


def test_every_chart_is_told_with_its_result_calls_and_who_starts_it() -> None:
    told = {}
    for name, what, result, calls, opened, permission, pack in (*table("售后流程图"), *table("报表、计划和跟进")):
        (process,) = names(name)
        assert what
        assert drawing(process).name in name, process
        told[process] = (names(result), calls.split(), opened.split(), permission, names(pack))
    assert told == {process: as_drawn(process) for process in (*CHART_IDS, *UNCHARTED, *REPORTS)}


def as_drawn(process: str) -> tuple[list[str], list[str], list[str], str, list[str]]:
    """Result variable, processes called, processes opened as linked cases, permission to start, pack of a chart."""
    drawn = drawing(process)
    short = process.split("_")[0]
    called = {
        node.zeebe["calledElement"]["processId"].split("_")[0]
        for node in drawn.nodes.values()
        if node.tag == "callActivity"
    }
    opened = {
        one.split("_")[0]
        for node in drawn.nodes.values()
        if node.zeebe.get("taskDefinition", {}).get("type") == "start_process"
        for one in node.headers["process_id"].split(",")
    }
    properties = drawn.properties
    pack = [properties["pack"]] if "pack" in properties else []
    return [f"{short}_result"], sorted(called), sorted(opened), properties.get("start_permission", ""), pack


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
    for process in (*PROCESSES, *CHART_IDS):
        for message, key in drawing(process).correlations.items():
            drawn[message] = key.removeprefix("=")
        for node in drawing(process).nodes.values():
            if node.message and node.tag not in ("endEvent", "intermediateThrowEvent"):
                assert process.split("_")[0] in told[node.message][0], (process, node.message)
    assert {message: key for message, (_, key) in told.items()} == drawn


def test_every_property_of_a_task_is_told() -> None:
    told = {names(row[0])[0] for row in table("任务上能写的属性")}
    assert told == set(_TASK_PROPERTIES)


@each("link", sorted(set(re.findall(r"\]\(([^)]+)\)", GUIDE))))
def test_links_lead_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    if path:
        assert (ROOT / "processes" / path).exists()
    else:
        headings = re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
        assert anchor.lower() in {re.sub(r"[^\w\- ]", "", one).replace(" ", "-").lower() for one in headings}
