"""Reads the catalogue's flowcharts (one Markdown file a process) into contexts that tests compare diagrams with."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIELD = re.compile(
    r"`(?P<name>\w+)` (?P<zh>[^`;]*?) ?"
    r"(?P<type>text|longtext|int|money|bool|datetime|date|enum|multi|user|files|table)"
    r"(?P<star>\*)?(?P<more>\[[^\]]*\]|\{[^}]*\})?(?P<rest>.*?)(?=; `|, `\w+` [^`;]*? (?:text|money|date)|$)"
)
_ROW = re.compile(r"^\| (.*) \|$")


def read_flowchart(text: str) -> dict:
    """A process: its elements, fields, messages and scenarios, as the tables print them."""
    title = re.search(r"^# (\w+) — (.+)$", text, re.M)
    assert title is not None, "no title"
    return {
        "process": title[1],
        "name": re.sub(r"\(.*\)$", "", title[2]).strip(),
        "title": title[2].strip(),
        "source": _after(text, r"\*\*Source\*\*: (.+)"),
        "quote": _after(text, r"- \*\*Quote\*\*: (.+)"),
        "lanes": _lanes(_after(text, r"- \*\*Lanes\*\*: (.+)")),
        "calls": sorted(re.findall(r"[aprs]\d\d_\w+", _after(text, r"- \*\*Calls\*\*: ([^;\n]+)"))),
        "starts": sorted(re.findall(r"[aprs]\d\d_\w+", _after(text, r"\*\*starts\*\*: ([^;\n]+)"))),
        "decisions": sorted(re.findall(r"dmn_\w+", _after(text, r"- \*\*DMN\*\*: (.+)"))),
        "start_fields": list(_fields(_after(text, r"\*\*Start form\*\*: (.+)"))),
        "nodes": [_node(cells) for cells in _rows(text, "| id | 中文名 |")],
        "messages": {
            cells[0]: {"at": re.findall(r"\w+", cells[1]), "text": cells[2]}
            for cells in _rows(text, "| message | sent at |")
        },
        "scenarios": [
            {"no": no, "case": case, "inputs": inputs, "path": path}
            for no, case, inputs, path in _rows(text, "| scenario | case |")
        ],
    }


def _after(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found is not None else ""


def _rows(text: str, header: str) -> Iterator[list[str]]:
    at = text.find(header)
    if at < 0:
        return
    for line in text[at:].split("\n")[2:]:
        row = _ROW.match(line)
        if row is None:
            return
        yield [cell.strip() for cell in row[1].split(" | ")]


def _lanes(text: str) -> dict[str, str]:
    return dict(re.findall(r"([A-Z]{2,3}) (\S+?)(?: \w+)?(?=[,;]|$)", text))


def _fields(text: str) -> Iterator[dict]:
    for found in _FIELD.finditer(text):
        more = found["more"] or ""
        field = {
            "name": found["name"],
            "zh": found["zh"].strip(),
            "type": found["type"],
            "required": found["star"] is not None,
            "rest": found["rest"].strip(" .;"),
        }
        if more.startswith("["):
            field["options"] = [tuple(pair.split("=", 1)) for pair in more[1:-1].split("/")]
        elif more.startswith("{"):
            field["columns"] = more[1:-1]
        yield field


def _node(cells: list[str]) -> dict:
    element, name, kind, lane, action, following = cells
    node = {
        "id": element.strip("`"),
        "name": name,
        "type": kind,
        "lane": lane.strip("—") or None,
        "action": "" if action == "—" else action,
        "next": _next(following),
    }
    if kind == "user":
        node["fields"] = list(_fields(action))
        due = re.search(r"sla=(PT?\d+[DHM])", action)
        node["due"] = due[1] if due is not None else None
    if kind.startswith("b-"):
        node["on"] = _after(action, r"on=(\w+)")
    if kind == "call":
        node["calls"] = _after(action, r"calls (\w+)")
    return node


def _next(text: str) -> list[dict]:
    if "→" not in text:
        return [{"target": target} for target in re.findall(r"\b[a-z]\w+\b", re.sub(r"first of:|all of:", "", text))]
    found = []
    for part in text.split("; "):
        condition, target = part.rsplit("→", 1)
        written = condition.strip().strip("`")
        found.append({"target": target.strip(), "condition": None if written == "else" else written})
    return found


def read_tables(text: str) -> dict[str, dict]:
    """The decision tables that the catalogue prints: id → hit policy, inputs, outputs, rules and their bases."""
    found = {}
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        title = re.match(r"(dmn_\w+) — (.+)", part)
        if title is None:
            continue
        hit = re.search(r"Hit policy \*\*(\w+)\*\*", part)
        lines = [line for line in part.split("\n") if line.startswith("|")]
        heads = [cell.strip() for cell in lines[0].strip("|").split("|")]
        rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]
        places = range(len(heads))
        found[title[1]] = {
            "name": title[2].strip(),
            "hit": hit[1] if hit is not None else "",
            "inputs": [re.sub(r"^in: |`", "", heads[i]) for i in places if heads[i].startswith("in:")],
            "outputs": [re.sub(r"^out: |`", "", heads[i]) for i in places if heads[i].startswith("out:")],
            "rules": [
                {
                    "inputs": [row[i] for i in places if heads[i].startswith("in:")],
                    "outputs": [row[i] for i in places if heads[i].startswith("out:")],
                    "basis": row[-1],
                }
                for row in rows
            ],
        }
    return found
