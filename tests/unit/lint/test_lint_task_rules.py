"""Properties of user tasks that say who does them and in which order: what is in order has no finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bpmn import check
from tests.unit.lint.lint_sample import CLEAN, PROCESS, WORLD

FOUR_EYES = '<zeebe:property name="four_eyes" value="case" />'


@pytest.mark.parametrize(
    "written",
    [
        '<zeebe:property name="four_eyes" value="starter" />',
        '<zeebe:property name="four_eyes" value="starter, pack_it, p07_delivery.pick_goods" />',
        '<zeebe:property name="permission" value="P09" />',
        '<zeebe:property name="queue" value="=queue_no" />',
        '<zeebe:property name="progress" value="kind, note" />',
    ],
)
def test_rules_that_are_in_order_pass(written: str) -> None:
    world = replace(WORLD, permissions=frozenset({"P09"}))
    text = CLEAN
    assert FOUR_EYES in text
    found = check(text.replace(FOUR_EYES, written).encode(), file=f"{PROCESS}.bpmn", world=world)
    assert [finding.rule for finding in found if finding.rule.startswith(("task.", "property.", "feel."))] == []
