"""Two files of decision tables: columns and rules side by side, and all else that the files say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.dmn import xml
from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, changes_between
from engine.studio.comparing.model import Change, Column, Difference, Grid, Kind, Words
from engine.studio.comparing.table_columns import Pillar, compare_columns, pillars_of
from engine.studio.comparing.table_rows import Rule, compare_rules, rules_of
from engine.studio.comparing.tree import Node, flatten, node_of

_NOUNS: Final = {
    "definitions": Words("文件", "file"),
    "decision": Words("决策", "decision"),
    "inputData": Words("输入数据", "input data"),
    "businessKnowledgeModel": Words("业务知识", "business knowledge model"),
    "itemDefinition": Words("数据类型", "item definition"),
}
#: Parts of the file that are said by name.
_PARTS: Final = frozenset({*_NOUNS, "decisionService", "knowledgeSource"}) - {"definitions"}


@dataclass(slots=True, eq=False)
class _Part:
    """A decision or another element of the file, with its table where it has one."""

    id: str
    tag: str
    name: str
    facts: Facts = field(default_factory=Facts)
    #: Where the file draws its decisions.
    drawn: Facts = field(default_factory=Facts)
    table: Node | None = None
    pillars: list[Pillar] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


#: What a side says that has no such part.
_FILE: Final = _Part("", "definitions", "")


def compare_tables(before: bytes | None, after: bytes | None) -> tuple[list[Difference], list[Grid]]:
    """What is different, and each table with both versions in it.

    Args:
        before: a DMN file; None: there is none.
        after: the same.

    Raises:
        DefinitionRefused: one of them is refused at the door.
    """
    was, now = ({} if data is None else _parts(node_of(xml.read(data))) for data in (before, after))
    differences: list[Difference] = []
    grids: list[Grid] = []
    for id_ in dict.fromkeys([*now, *was]):
        one, other = was.get(id_), now.get(id_)
        differences += _of_part(one, other)
        shown = other or one
        if shown is not None and (shown.table is not None or (one is not None and one.table is not None)):
            empty = _Part(id_, shown.tag, "")
            grid = _grid(one or empty, other or empty, shown)
            differences += [*_of_columns(grid), *_of_rows(grid)]
            grids.append(grid)
    return differences, grids


def _of_part(was: _Part | None, now: _Part | None) -> Iterator[Difference]:
    """What a decision, or the file, says besides its columns and rules."""
    shown = now or was or _FILE
    noun = _NOUNS.get(shown.tag, Words(shown.tag, shown.tag))
    one, other = was or _FILE, now or _FILE
    kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
    changes = changes_between(one.facts, other.facts, words.say)
    if changes or kind is not Kind.CHANGED:
        yield Difference(kind=kind, id=shown.id, noun=noun, name=shown.name, changes=tuple(changes))
    if drawn := changes_between(one.drawn, other.drawn, words.say):
        yield Difference(kind=Kind.MOVED, id=shown.id, noun=noun, name=shown.name, changes=tuple(drawn))


def _parts(root: Node) -> dict[str, _Part]:
    """The parts of a file by id; the first is the file itself, whose key is empty."""
    file = _Part("", "definitions", root.attributes.get("name", ""))
    found = {"": file}
    told: set[int] = set()
    for child in root.children:
        if child.tag in _PARTS and child.id and child.id not in found:
            found[child.id] = _part(child)
            told.add(id(child))
    drawings = [child for child in root.children if child.tag.startswith("dmndi:")]
    flatten(root, file.facts, leave=frozenset(told | {id(one) for one in drawings}))
    for drawing in drawings:
        flatten(drawing, file.drawn, ((drawing.tag, ""),))
    return found


def _part(node: Node) -> _Part:
    part = _Part(node.id, node.tag, node.attributes.get("name", "").strip())
    tables = node.named("decisionTable")
    part.table = tables[0] if tables else None
    told: set[int] = set()
    if part.table is not None:
        told = {id(one) for one in part.table.named("input", "output", "annotation", "rule")}
        part.rules = rules_of(part.table)
        part.pillars = pillars_of(part.table)
    flatten(node, part.facts, leave=frozenset(told))
    return part


def _grid(was: _Part, now: _Part, shown: _Part) -> Grid:
    columns, order = compare_columns(was.pillars, now.pillars)
    return Grid(
        id=shown.id,
        name=shown.name,
        hit_policy=_policy(now.table),
        hit_policy_before=_policy(was.table),
        columns=tuple(columns),
        rows=tuple(compare_rules(was.rules, now.rules, order)),
    )


def _policy(table: Node | None) -> str:
    if table is None:
        return ""
    return " ".join(filter(None, (table.attributes.get("hitPolicy") or "UNIQUE", table.attributes.get("aggregation"))))


def _of_columns(grid: Grid) -> Iterator[Difference]:
    noun = {
        "input": Words("输入列", "input column"),
        "output": Words("输出列", "output column"),
        "note": Words("批注列", "annotation column"),
    }
    for column in grid.columns:
        if column.kind is not None:
            yield Difference(
                kind=column.kind, id=grid.id, noun=noun[column.role], name=column.title, changes=column.changes
            )


def _of_rows(grid: Grid) -> Iterator[Difference]:
    """Rules in sentences: those whose cells differ, those that came, went, or stand elsewhere now."""
    for row in grid.rows:
        if row.kind is None:
            continue
        number = row.number_after or row.number_before or 0
        changes = [
            Change(what=_titled(column), before=cell.before, after=cell.after)
            for column, cell in zip(grid.columns, row.cells, strict=True)
            if cell.before != cell.after and (cell.differs or cell.before or cell.after)
        ]
        if row.kind is Kind.CHANGED:
            # A column that came or went says so itself.
            changes = [one for one in changes if one.before is not None and one.after is not None] or changes
        note = Words("", "")
        if row.moved:
            note = Words(
                f"第 {row.number_before} 条 → 第 {row.number_after} 条",
                f"rule {row.number_before} → rule {row.number_after}",
            )
        yield Difference(
            kind=row.kind,
            id=grid.id,
            noun=Words(f"规则 {number}", f"rule {number}"),
            name="",
            changes=(*changes, *row.changes),
            note=note,
        )


def _titled(column: Column) -> Words:
    """What a column is called; annotations that stand in the rules themselves have no title."""
    return Words(column.title, column.title) if column.title else Words("批注", "Annotation")
