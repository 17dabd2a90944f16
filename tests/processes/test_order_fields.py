"""What a form takes for an order, the order takes: no text is accepted first and an incident afterwards."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.connectors.order_changes import _CHECKS

ROOT = Path(__file__).parents[2]
NAMES = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "z": "http://camunda.org/schema/zeebe/1.0"}
#: What an order keeps as text.
TEXTS = ("order_remark", "receiver_name", "receiver_phone", "receiver_address")


def text_fields(value: Any) -> dict[str, int]:
    """Name → the longest text that a form's fields take; what has no limit of its own is taken at any length."""
    found: dict[str, int] = {}
    if isinstance(value, list):
        for one in value:
            found |= text_fields(one)
    elif isinstance(value, dict):
        if value.get("type") in ("textfield", "textarea"):
            found[value["key"]] = value.get("validate", {}).get("maxLength", 1_000_000)
        for inside in value.values():
            found |= text_fields(inside)
    return found


def written() -> list[tuple[str, str, str, str]]:
    """(process, task, what of the order, from which expression) of everything that writes a text to an order."""
    found = []
    for path in sorted((ROOT / "processes").rglob("*.bpmn")):
        for task in etree.parse(path).iterfind(".//b:serviceTask", NAMES):
            if task.find(".//z:taskDefinition[@type='update_order']", NAMES) is None:
                continue
            inputs = [one for one in task.iterfind(".//z:input", NAMES) if one.get("target") in TEXTS]
            found += [(path.stem, task.get("id"), one.get("target"), one.get("source")) for one in inputs]
    return found


@pytest.fixture(scope="module")
def longest() -> dict[str, dict[str, int]]:
    """Process → field → the longest text that any of its forms takes for it."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for path in sorted((ROOT / "forms").rglob("*.form")):
        mine = found[path.parent.name]
        for name, length in text_fields(json.loads(path.read_text(encoding="utf-8"))).items():
            mine[name] = max(length, mine.get(name, 0))
    return found


def test_what_a_form_takes_for_an_order_the_order_takes(longest: dict[str, dict[str, int]]) -> None:
    tried = 0
    for process, task, target, source in written():
        for name in re.findall(r"[a-z_][a-z_0-9]*", source):
            length = longest[process].get(name)
            if length is not None:
                tried += 1
                assert _CHECKS[target]("字" * length), (process, task, name, length)
    assert tried >= 8
