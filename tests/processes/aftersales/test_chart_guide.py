"""docs/aftersales.md tells what is so: where each problem leads, which charts differ, what is not there yet."""

from __future__ import annotations

import re

from tests.each import each
from tests.processes.aftersales import corrections
from tests.processes.aftersales.charts import AGREED, CHART_IDS, RENAMED, RETYPED, drawing
from tests.processes.process_drawing import ROOT

GUIDE = (ROOT / "docs/aftersales.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    lines = [line.strip()[1:-1].split("|") for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def short(process: str) -> str:
    return process.split("_")[0]


def test_every_flow_that_first_contact_calls_stands_in_the_table_of_ways() -> None:
    nodes = drawing("a03_aftersales_first_contact").nodes.values()
    called = {short(node.zeebe["calledElement"]["processId"]) for node in nodes if node.tag == "callActivity"}
    told = set(re.findall(r"\b[ap]\d\d\b", section("转到哪里")))
    assert told == called


@each("process", CHART_IDS)
def test_a_way_that_is_told_is_drawn(process: str) -> None:
    nodes = drawing(process).nodes.values()
    called = {short(node.zeebe["calledElement"]["processId"]) for node in nodes if node.tag == "callActivity"}
    for start, *ways in rows("流程之间的路"):
        if short(process) not in re.findall(r"[ar]\d\d", start):
            continue
        told = set(re.findall(r"\b[aprs]\d\d\b", " ".join(ways))) - set(re.findall(r"[ar]\d\d", start))
        beside = {"a01", "a02"} & set(re.findall(r"[ar]\d\d", start))
        assert told <= called or beside, (process, told - called)


def test_the_ways_of_repairs_and_faults_are_drawn_together() -> None:
    called = {
        short(node.zeebe["calledElement"]["processId"])
        for process in ("a01_repair_ticket", "a02_service_request")
        for node in drawing(process).nodes.values()
        if node.tag == "callActivity"
    }
    (row,) = [row for row in rows("流程之间的路") if row[0].startswith("a01")]
    assert set(re.findall(r"\b[aps]\d\d\b", row[1])) - {"a01", "a02"} == called


def test_every_chart_that_leaves_its_flowchart_is_named_with_a_reason() -> None:
    differing = {key[0] for table in (RENAMED, RETYPED, AGREED) for key in table}
    for table in (corrections.MORE, corrections.LATER, corrections.BRANCHES, corrections.NAMES):
        differing |= {key[0] for key in table}
    differing |= {process for process, _ in corrections.ADDED}
    differing |= {key[0] for key in corrections.DEFAULTS}
    told = {name for row in rows("与原来的流程图不同的地方") for name in re.findall(r"[ar]\d\d", row[0])}
    assert {short(process) for process in differing} <= told
    assert all(row[1] and row[2] for row in rows("与原来的流程图不同的地方"))


def test_linked_cases_are_told_as_they_are_opened() -> None:
    opened = {
        short(one)
        for process in CHART_IDS
        for node in drawing(process).nodes.values()
        if node.zeebe.get("taskDefinition", {}).get("type") == "start_process"
        for one in node.headers["process_id"].split(",")
    }
    outside = re.sub(r"[(\uff08][^)\uff09]*[)\uff09]", "", section("关联工单"))
    told = set(re.findall(r"\b([adpr]\d\d) [一-鿿]", outside))
    assert opened == told


def test_every_flowchart_of_the_catalogue_is_drawn() -> None:
    there = {short(path.stem) for path in (ROOT / "processes").rglob("*.bpmn")}
    assert {f"a{n:02}" for n in range(1, 34)} | {f"r{n:02}" for n in range(1, 21)} <= there
    assert {short(process) for process in CHART_IDS} <= there


@each("link", sorted(set(re.findall(r"\]\(([^)]+)\)", GUIDE))))
def test_links_lead_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    text = GUIDE
    if path:
        assert (ROOT / "docs" / path).exists()
        text = (ROOT / "docs" / path).read_text(encoding="utf-8") if anchor else ""
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert not anchor or anchor.lower() in {re.sub(r"[^\w\- ]", "", one).replace(" ", "-").lower() for one in headings}
