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


@pytest.mark.parametrize(
    "written",
    [
        '<zeebe:property name="pack" value="tiles" />',
        '<zeebe:property name="first_contact" value="drawn" />',
        '<zeebe:property name="asks_satisfaction" value="drawn" />',
    ],
)
def test_properties_of_a_process_that_are_in_order_pass(written: str) -> None:
    permission = '<zeebe:property name="start_permission" value="P01" />'
    assert permission in CLEAN
    found = check(CLEAN.replace(permission, permission + written).encode(), file=f"{PROCESS}.bpmn", world=WORLD)
    assert [finding.rule for finding in found] == []


@pytest.mark.parametrize(
    ("lane", "groups"), [("店长", "dept_manager"), ("客服", "presales,aftersales"), ("客服", "presales")]
)
def test_lanes_of_other_names_are_those_of_their_groups(lane: str, groups: str) -> None:
    names = {"dept_manager": "部门经理", "presales": "售前客服", "aftersales": "售后客服"}
    world = replace(WORLD, groups=WORLD.groups | names.keys(), group_names=names)
    drawn = CLEAN.replace('id="lane_agent" name="售后客服"', f'id="lane_agent" name="{lane}"')

    def rules(candidates: str) -> list[str]:
        text = drawn.replace('candidateGroups="aftersales, supervisor"', f'candidateGroups="{candidates}"')
        return [finding.rule for finding in check(text.encode(), file=f"{PROCESS}.bpmn", world=world)]

    assert rules(groups) == []
    other = "presales" if groups == "dept_manager" else "dept_manager"
    assert rules(other) == ["lane.group"]
