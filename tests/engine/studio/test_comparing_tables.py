"""Two decision tables: rules and columns are aligned, and every cell that differs is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.studio.comparing import Comparison, Grid, Kind, compare
from tests.engine.studio.comparing_samples import ROOT, TABLE, changed
from tests.sample import times

TABLES = sorted((ROOT / "processes/decisions").glob("*.dmn"))
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


def tables(before: bytes | None, after: bytes | None) -> Comparison:
    return compare("decision", before, after)


def grid(before: bytes, after: bytes) -> Grid:
    (found,) = tables(before, after).grids
    return found


def rules(root: etree._Element) -> list[etree._Element]:
    return list(root.iter(f"{DMN}rule"))


def test_a_cell_is_told_with_what_it_was() -> None:
    root = etree.fromstring(TABLE)
    text = next(rules(root)[2].iter(f"{DMN}text"))
    before, text.text = text.text, "99"
    found = grid(TABLE, etree.tostring(root))
    row = found.rows[2]
    assert (row.kind, row.number_before, row.number_after) == (Kind.CHANGED, 3, 3)
    (cell,) = [cell for cell in row.cells if cell.differs]
    assert (cell.before, cell.after) == (before, "99")
    assert [one.kind for one in found.rows if one.kind] == [Kind.CHANGED]


def test_a_new_rule_shifts_no_other() -> None:
    root = etree.fromstring(TABLE)
    table = rules(root)[0].getparent()
    assert table is not None
    new = etree.fromstring(etree.tostring(rules(root)[0]))
    new.set("id", "brand_new")
    for text in new.iter(f"{DMN}text"):
        text.text = '"x"'
    table.insert(table.index(rules(root)[0]), new)
    found = grid(TABLE, etree.tostring(root))
    assert [(one.kind, one.number_after) for one in found.rows if one.kind] == [(Kind.ADDED, 1)]


def test_a_rule_without_an_id_of_its_own_is_found_by_what_it_says() -> None:
    root = etree.fromstring(TABLE)
    for n, rule in enumerate(rules(root)):
        rule.set("id", f"other_{n}")
    text = list(rules(root)[1].iter(f"{DMN}text"))[-1]
    text.text = '"other"'
    found = grid(TABLE, etree.tostring(root))
    assert {one.kind for one in found.rows} <= {None, Kind.CHANGED}
    assert [one.number_after for one in found.rows if any(cell.differs for cell in one.cells)] == [2]


def test_a_rule_that_moved_is_told_with_both_numbers() -> None:
    root = etree.fromstring(TABLE)
    last = rules(root)[-1]
    table = last.getparent()
    assert table is not None
    table.insert(table.index(rules(root)[0]), last)
    comparison = tables(TABLE, etree.tostring(root))
    (moved,) = [one for one in comparison.differences if one.kind is Kind.MOVED]
    assert moved.note.zh.endswith("→ 第 1 条")


def test_the_hit_policy_and_allowed_values_are_told() -> None:
    root = etree.fromstring(TABLE)
    table = rules(root)[0].getparent()
    assert table is not None
    table.set("hitPolicy", "COLLECT")
    column = table.find(f"{DMN}output")
    assert column is not None
    column.set("label", "谁批")
    values = column.find(f"{DMN}outputValues/{DMN}text")
    if values is None:
        values = etree.SubElement(etree.SubElement(column, f"{DMN}outputValues"), f"{DMN}text")
    values.text = '"a","b"'
    comparison = tables(TABLE, etree.tostring(root))
    told = {change.what.zh for one in comparison.differences for change in one.changes}
    assert {"决策表 · 命中策略", "标题", "允许的值"} <= told
    (found,) = comparison.grids
    assert (found.hit_policy, found.hit_policy_before) == ("COLLECT", "UNIQUE") or found.hit_policy_before == "FIRST"


def test_a_column_that_came_and_one_that_went() -> None:
    root = etree.fromstring(TABLE)
    table = rules(root)[0].getparent()
    assert table is not None
    column = table.find(f"{DMN}input")
    assert column is not None
    table.remove(column)
    for rule in rules(root):
        rule.remove(rule.find(f"{DMN}inputEntry"))  # type: ignore[arg-type]
    found = grid(TABLE, etree.tostring(root))
    assert [one.kind for one in found.columns if one.kind] == [Kind.REMOVED]
    assert {one.kind for one in found.rows} == {None}
    back = grid(etree.tostring(root), TABLE)
    assert [one.kind for one in back.columns if one.kind] == [Kind.ADDED]


def test_2000_rules_take_no_time() -> None:
    root = etree.fromstring(TABLE)
    first = rules(root)[0]
    table = first.getparent()
    assert table is not None
    for n in range(2000):
        rule = etree.fromstring(etree.tostring(first))
        rule.set("id", f"many_{n}")
        next(rule.iter(f"{DMN}text")).text = f"{n}"
        table.append(rule)
    before = etree.tostring(root)
    for n, rule in enumerate(rules(root)):
        rule.set("id", f"again_{n}")
        next(rule.iter(f"{DMN}text")).text = f"{n + 1}"
    started = time.process_time()
    assert tables(before, etree.tostring(root)).differences
    assert time.process_time() - started < 3


@pytest.mark.parametrize("broken", [b"<definitions", b"", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\xff"])
def test_a_side_that_cannot_be_read_is_named(broken: bytes) -> None:
    found = tables(broken, TABLE)
    assert [one.side for one in found.problems] == ["left"]
    assert found.differences


@settings(max_examples=times(150, 37), deadline=None)
@given(
    path=st.sampled_from(TABLES),
    place=st.integers(0, 3000),
    deed=st.sampled_from(["text", "attribute", "new attribute", "remove"]),
    text=st.text("新旧值<&\"' -1", min_size=1, max_size=5),
)
def test_no_edit_is_silent(path: Path, place: int, deed: str, text: str) -> None:
    before = path.read_bytes()
    root = etree.fromstring(before)
    elements = [one for one in root.iter() if isinstance(one.tag, str)][1:]
    element = elements[place % len(elements)]
    name = sorted(element.attrib)[place % len(element.attrib)] if element.attrib else ""
    if deed == "text" and not len(element) and (element.text or "").strip() != text.strip():
        element.text = text
    elif deed == "attribute" and name and element.get(name) != text and not _is_own_id(element, name):
        element.set(name, text)
    elif deed == "new attribute":
        element.set("expressionLanguage", text)
    elif deed == "remove":
        element.getparent().remove(element)  # type: ignore[union-attr]
    else:
        return
    after = etree.tostring(root, encoding="utf-8")
    kinds = {one.kind for one in tables(before, after).differences}
    assert kinds
    assert Kind.WRITTEN not in kinds


def _is_own_id(element: etree._Element, name: str) -> bool:
    """Ids of rules and cells mean nothing: editors make them."""
    return name == "id" and etree.QName(element).localname in ("rule", "inputEntry", "outputEntry", "annotationEntry")


def test_other_ids_of_rules_alone_are_another_way_of_writing() -> None:
    after = changed(TABLE, "rule_", "regel_", 500)
    assert [one.kind for one in tables(TABLE, after).differences] == [Kind.WRITTEN]
