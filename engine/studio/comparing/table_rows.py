"""The rules of two decision tables: which is which, by id and then by what they say, and which cells differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, changes_between
from engine.studio.comparing.model import Cell, Kind, Row
from engine.studio.comparing.sequences import kept_order, merged
from engine.studio.comparing.tree import Node, flatten

#: At least so much of its cells a rule shares with one that it may have come from.
_ALIKE: Final = 0.5
#: Larger tables are paired by ids and by equal rules only: the comparison takes time with the square of their length.
_MOST: Final = 400


@dataclass(slots=True, eq=False)
class Rule:
    """A rule: its cells in the order of the columns of ``pillars_of``, and what else the file says of it."""

    id: str
    cells: tuple[str, ...]
    #: All that is in none of the cells; ids of cells are the editor's.
    facts: Facts


def rules_of(table: Node) -> list[Rule]:
    """The rules of a table in their order."""
    rules = table.named("rule")
    described = any(rule.named("description") for rule in rules)
    notes = max((len(rule.named("annotationEntry")) for rule in rules), default=0)
    notes = max(notes, len(table.named("annotation")))
    widths = {"inputEntry": len(table.named("input")), "outputEntry": len(table.named("output"))}
    widths["annotationEntry"] = notes
    found = []
    for rule in rules:
        cells: list[str] = []
        for tag, width in widths.items():
            texts = [_text(entry) for entry in rule.named(tag)][:width]
            cells += [*texts, *[""] * (width - len(texts))]
        if described:
            cells.append("\n".join(one.text.strip() for one in rule.named("description")))
        found.append(Rule(rule.id, tuple(cells), _rest(rule, widths)))
    return found


def _rest(rule: Node, widths: Mapping[str, int]) -> Facts:
    facts = Facts()
    flatten(rule, facts)
    shown = {((tag, f"#{n + 1}" if n else ""), ("text", "")) for tag, width in widths.items() for n in range(width)}
    facts.values = {
        path: value
        for path, value in facts.values.items()
        if path[-1][0] not in ("@id", "description") and path not in shown
    }
    return facts


def _text(entry: Node) -> str:
    return "\n".join(one.text.strip() for one in entry.named("text"))


def compare_rules(before: Sequence[Rule], after: Sequence[Rule], order: list[tuple[int, int]]) -> list[Row]:
    """The rules in the order in which both are shown together.

    Args:
        before: the rules of the one table.
        after: the rules of the other.
        order: places of the columns before and after; -1: none.
    """
    pairs = _pairs(before, after, order)
    steady = kept_order(sorted(pairs.values()), [pairs[n] for n in sorted(pairs)])
    return [_row(before, after, was, now, order, steady) for was, now in merged(before, after, pairs)]


def _row(
    before: Sequence[Rule],
    after: Sequence[Rule],
    was: int,
    now: int,
    order: list[tuple[int, int]],
    steady: set[object],
) -> Row:
    cells = tuple(
        Cell(
            before=before[was].cells[one] if was >= 0 and one >= 0 else None,
            after=after[now].cells[other] if now >= 0 and other >= 0 else None,
        )
        for one, other in order
    )
    moved = was >= 0 and now >= 0 and was not in steady
    changes = changes_between(before[was].facts, after[now].facts, words.say) if was >= 0 and now >= 0 else []
    kind: Kind | None
    if was < 0 or now < 0:
        kind = Kind.ADDED if was < 0 else Kind.REMOVED
    elif changes or any(cell.differs for cell in cells):
        kind = Kind.CHANGED
    else:
        kind = Kind.MOVED if moved else None
    return Row(
        kind=kind,
        moved=moved,
        number_before=was + 1 if was >= 0 else None,
        number_after=now + 1 if now >= 0 else None,
        cells=cells,
        changes=tuple(changes),
    )


def _pairs(before: Sequence[Rule], after: Sequence[Rule], order: list[tuple[int, int]]) -> dict[int, int]:
    """Place after → place before."""
    ids, others = Counter(rule.id for rule in before), Counter(rule.id for rule in after)
    places = {rule.id: n for n, rule in enumerate(before) if rule.id and ids[rule.id] == 1}
    found = {n: places[rule.id] for n, rule in enumerate(after) if others[rule.id] == 1 and rule.id in places}
    columns = [(one, other) for one, other in order if one >= 0 and other >= 0]
    left = [n for n in range(len(before)) if n not in set(found.values())]
    same: dict[tuple[str, ...], list[int]] = {}
    for n in left:
        same.setdefault(tuple(before[n].cells[one] for one, _ in columns), []).append(n)
    for n, rule in enumerate(after):
        fits = same.get(tuple(rule.cells[other] for _, other in columns)) if n not in found else None
        if fits:
            found[n] = fits.pop(0)
    return found | _alike(before, after, found, columns)


def _alike(
    before: Sequence[Rule], after: Sequence[Rule], found: dict[int, int], columns: list[tuple[int, int]]
) -> dict[int, int]:
    """Of the rules that are left, those that share most of their cells; the likest first."""
    taken = set(found.values())
    left = [n for n in range(len(before)) if n not in taken]
    new = [n for n in range(len(after)) if n not in found]
    if not columns or len(left) * len(new) > _MOST * _MOST:
        return {}
    likeness = sorted(
        (-_share(before[one], after[other], columns), abs(one - other), other, one) for other in new for one in left
    )
    pairs: dict[int, int] = {}
    for share, _, other, one in likeness:
        if -share >= _ALIKE and other not in pairs and one not in taken:
            pairs[other] = one
            taken.add(one)
    return pairs


def _share(one: Rule, other: Rule, columns: list[tuple[int, int]]) -> float:
    """How much of the cells says the same; cells that say nothing (-) count little."""
    weights = [(1.0 if one.cells[a] not in ("", "-") or other.cells[b] not in ("", "-") else 0.2) for a, b in columns]
    same = sum(
        weight for weight, (a, b) in zip(weights, columns, strict=True) if one.cells[a] == other.cells[b]
    )  # fmt: skip
    return same / sum(weights)
