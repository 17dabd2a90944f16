"""The catalogue of the flows, from this repository's copy, beside the diagrams as they are drawn."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from tests.processes.process_drawing import Drawing, read

DATA = Path(__file__).parent / "data"
FLOWS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted(DATA.glob("*.json"))
    if path.stem not in ("catalogue", "requirements")
}
PROCESSES = tuple(FLOWS)
SHARED = json.loads((DATA / "catalogue.json").read_text("utf-8"))
SEED = "000_eb72c93a88eadf82.txt"
GROUPS = {
    "售前客服": "presales",
    "售后客服": "aftersales",
    "仓库": "warehouse",
    "财务": "finance",
    "快递": "courier",
    "客服主管": "supervisor",
    "部门经理": "dept_manager",
}


@cache
def drawing(process: str) -> Drawing:
    """The diagram of a process."""
    return read(process)


@cache
def catalogued(process: str) -> dict[str, dict]:
    """Everything that the catalogue gives an id: nodes, events behind event gateways, boundary events."""
    flow = FLOWS[process]
    found = {node["id"]: node for node in flow["nodes"]} | {b["id"]: b for b in flow["boundary_events"]}
    for node in flow["nodes"]:
        for event_id, _kind, zh, _spec, target, src in node.get("events", ()):
            found[event_id] = {"id": event_id, "t": "event", "zh": zh, "nxt": target, "src": src}
    return found


def nodes_of_type(kind: str) -> list[tuple[str, str]]:
    """(process, node id) of the catalogue's nodes of a kind."""
    return [(p, n["id"]) for p in PROCESSES for n in FLOWS[p]["nodes"] if n["t"] == kind]


def quotes(process: str, src: str) -> list[tuple[str, str]]:
    """(flow whose section it is, sentence number) of a source such as `Q1, Q3–Q5` or `Q3 of 01`."""
    other = re.search(r"of (\d\d)", src)
    home = process if other is None else next(p for p in PROCESSES if p.startswith(f"p{other[1]}_"))
    found = []
    for first, last in re.findall(r"Q(\d+)(?:\s*[–-]\s*Q(\d+))?", src):
        found += [(home, f"Q{number}") for number in range(int(first), int(last or first) + 1)]
    return found
