"""Puts a scenario into the text of a file, or takes another's place there; everything else keeps its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import yaml

from engine.scenarios.parsing import ScenarioRefused, parse, root_of
from engine.scenarios.reading import read_scenarios
from engine.scenarios.scenario import Scenario
from engine.scenarios.writing import write

_NO: Final = re.compile(r"(.*-A)([0-9]+)")
_FLOW: Final = re.compile(r"[a-z]+[0-9]+|[a-z]+(?=_|$)")


def blank(process: str, name: str) -> bytes:
    """The beginning of a file without scenarios yet; it can be read when the first one is in."""
    return f"# {name}的场景。\nprocess: {process}\nscenarios:\n".encode()


def append(content: bytes, scenario: Scenario) -> bytes:
    """The file with a scenario more, behind the last one.

    Raises:
        ScenarioRefused: the file cannot be read, or its list is not written one scenario below the other.
    """
    lines, newline = _lines(content)
    place = _list_of(content, scenario.process)
    if place is None:  # `scenarios:` with nothing behind it yet
        at, indent = len(lines), ""
    else:
        spans = _spans(place, lines)
        at, indent = spans[-1][1], " " * place.value[-1].start_mark.column
        indent = indent[:-2]  # the mark stands behind the dash
    added = [indent + line for line in write(scenario)]
    before, behind = lines[:at], lines[at:]
    if before and not before[-1].endswith(("\n", "\r")):
        before = [*before[:-1], before[-1] + newline]
    if all(line.lstrip()[:1] in ("", "#") for line in behind):  # what stands behind is remarks: it comes after them
        before, behind = [*before, *behind], []
        if before and not before[-1].endswith(("\n", "\r")):
            before = [*before[:-1], before[-1] + newline]
    if place is not None and before and before[-1].strip():
        added = ["", *added]
    found = "".join([*before, *(line + newline for line in added), *behind])
    return _still_read(found.encode(), scenario)


def replace(content: bytes, no: str, scenario: Scenario) -> bytes:
    """The file with a scenario in the place of the one of this number: only its lines change.

    Raises:
        ScenarioRefused: the file cannot be read, has no such scenario, or it is not written on lines of its own.
    """
    lines, newline = _lines(content)
    place = _list_of(content, scenario.process)
    items = [] if place is None else place.value
    index = next((n for n, item in enumerate(items) if _no_of(item) == no), None)
    if place is None or index is None:
        raise ScenarioRefused(f"there is no scenario {no} in the file", message_zh=f"文件里没有编号为 {no} 的场景。")
    start, end = _spans(place, lines)[index]
    indent = " " * (items[index].start_mark.column - 2)
    written = [indent + line + newline for line in write(scenario)]
    if end == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        written[-1] = written[-1].removesuffix(newline)
    found = "".join([*lines[:start], *written, *lines[end:]])
    return _still_read(found.encode(), scenario)


def next_number(numbers: Iterable[str], process: str, taken: Iterable[str] = ()) -> str:
    """The number behind the last supplement of a file, e.g. 02-A7.

    Args:
        numbers: those in the file.
        process: whose file it is; tells the prefix where there is no number yet.
        taken: numbers of other files.
    """
    known = list(numbers)
    last = [found for found in map(_NO.fullmatch, known) if found]
    prefixes = [no.rpartition("-")[0] for no in known if "-" in no]
    prefix = last[-1][1] if last else f"{prefixes[0] if prefixes else _prefix(process)}-A"
    used = {*known, *taken}
    number = max([int(found[2]) for found in last if found[1] == prefix], default=0) + 1
    while f"{prefix}{number}" in used:
        number += 1
    return f"{prefix}{number}"


def _prefix(process: str) -> str:
    """p02_rush_shipping is 02, s02_payout is S2, refund_by_phone is REFUND."""
    found = _FLOW.match(process)
    head = found[0] if found else process
    if re.fullmatch(r"p[0-9]+", head):
        return head[1:]
    return f"S{int(head[1:])}" if re.fullmatch(r"s[0-9]+", head) else head.upper()


def _lines(content: bytes) -> tuple[list[str], str]:
    """The lines with their ends, and what ends a line."""
    text = content.decode()
    return text.splitlines(keepends=True) if not re.search("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text) else (
        re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
    ), "\r\n" if "\r\n" in text else "\n"


def _list_of(content: bytes, process: str) -> yaml.SequenceNode | None:
    """The list of scenarios of the process; None: it is empty."""
    parse("scenarios.yaml", content)
    root = root_of(content)
    parts = root.value if isinstance(root, yaml.SequenceNode) else [root]
    for part in parts:
        entries = {key.value: value for key, value in part.value} if isinstance(part, yaml.MappingNode) else {}
        if getattr(entries.get("process"), "value", None) != process or "scenarios" not in entries:
            continue
        found = entries["scenarios"]
        if isinstance(found, yaml.SequenceNode) and not found.flow_style and found.value:
            return found
        if isinstance(found, yaml.ScalarNode) and found.value == "" and len(parts) == 1:
            return None
        raise ScenarioRefused(
            "the scenarios of the file are not written one below the other",
            message_zh="文件里的场景不是一个一个往下写的(- no: …),不能自动添加;请先改成这种写法。",
        )
    raise ScenarioRefused(
        f"the file has no list of scenarios of {process}",
        message_zh=f"文件里没有流程 {process} 的场景列表(process: 和 scenarios: 两行)。",
    )


def _spans(place: yaml.SequenceNode, lines: Sequence[str]) -> list[tuple[int, int]]:
    """First line and the one behind the last of each item, without the empty lines and remarks behind it."""
    spans = []
    for item in place.value:
        if not isinstance(item, yaml.MappingNode) or item.flow_style:
            raise ScenarioRefused(
                "a scenario of the file stands in braces", message_zh="有场景写在一对 {} 里,请改成每项一行。"
            )
        end = _last_line(item) + 1
        spans.append((item.start_mark.line, min(end, len(lines))))
    return spans


def _last_line(node: Any) -> int:
    """The last line on which something of a node stands: a block ends only where the next thing begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    mark = node.end_mark
    style = getattr(node, "style", None)
    return int(mark.line - 1 if style in ("|", ">") and mark.column == 0 else mark.line)


def _no_of(item: yaml.Node) -> str | None:
    entries = item.value if isinstance(item, yaml.MappingNode) else []
    return next((str(value.value) for key, value in entries if key.value == "no"), None)


def _still_read(content: bytes, scenario: Scenario) -> bytes:
    """The new text, once it has been read and holds what was written."""
    read = next((one for one in read_scenarios({scenario.file: content}) if one.no == scenario.no), None)
    if read is None or write(read) != write(scenario):
        raise ScenarioRefused(
            f"{scenario.no} would not be read as it was written",
            message_zh="写入后读不回同样的内容,没有保存。请检查文件的写法。",
        )
    return content
