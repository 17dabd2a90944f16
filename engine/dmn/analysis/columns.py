"""A column cut into atoms: values that every cell of the column answers alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from engine.dmn.analysis.boxes import Work
from engine.dmn.analysis.cells import Cell, read_cell
from engine.dmn.analysis.domains import Domain, dependent, is_count
from engine.dmn.analysis.kinds import KINDS_OF_TYPE, SAMPLES, ZONE, ZONED, Atom, atoms_of, kind_of, partner_of
from engine.dmn.analysis.lines import place_of
from engine.dmn.analysis.timelines import on_the_wall
from engine.dmn.table import TableSource
from engine.feel.syntax.names import normal
from engine.feel.values.kinds import Range

#: Values of other kinds that an input without a type may have: a cell may tell them from null and from each other.
_STRANGERS: Final[tuple[Any, ...]] = ({}, [True], [False])
_Masks = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the inputs of one expression may be, and which rules accept what; sets of atoms are bits of an int."""

    #: Indices of the table's inputs that read the expression.
    members: tuple[int, ...]
    label: str
    atoms: tuple[Atom, ...]
    #: Atoms that are to be expected; the others only count where a rule is said never to hit.
    shown: int
    #: All atoms.
    whole: int
    #: By rule: atoms that may hit, and those that surely do. They differ where a cell cannot be analysed.
    may: tuple[int, ...]
    must: tuple[int, ...]
    #: Indices of the atoms, the most natural example first.
    by_rank: tuple[int, ...]

    def example(self, mask: int) -> int:
        """The index of the most natural atom of a set."""
        return next(index for index in self.by_rank if mask >> index & 1)

    def listed(self, mask: int) -> list[Atom]:
        """The atoms of a set, in order."""
        return [atom for index, atom in enumerate(self.atoms) if mask >> index & 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Inputs that read the same expression, before they are cut."""

    members: tuple[int, ...]
    #: By member, then by rule.
    cells: list[list[Cell]]
    domain: Domain
    allowed: list[Cell]
    #: Nothing is known of the values.
    opaque: bool

    @property
    def constants(self) -> list[Any]:
        cells = (*self.allowed, *(cell for column in self.cells for cell in column))
        return [value for cell in cells for value in cell.constants]

    @property
    def unknown(self) -> list[tuple[int, int]]:
        """Cells that cannot be analysed: rule and input, from 1."""
        return [
            (rule, index + 1)
            for index, column in zip(self.members, self.cells, strict=True)
            for rule, cell in enumerate(column, 1)
            if cell.passes is None or (self.opaque and not cell.anything)
        ]


def columns_of(
    table: TableSource, domains: Sequence[Domain], names: frozenset[str], work: Work
) -> tuple[list[Column], tuple[tuple[int, int], ...], tuple[int, ...]]:
    """The columns of a table; cells (rule, input; from 1) that cannot be analysed; inputs that no rule tests (from 1).

    Args:
        domains: in step with the table's inputs.
        names: names of the model, which may hide built-in functions.

    Raises:
        OutOfWork: there are more cells and constants than the work allows.
    """
    groups = _groups(table, domains, names)
    untested = [
        index + 1
        for group in groups
        for index, cells in zip(group.members, group.cells, strict=True)
        if all(cell.anything for cell in cells)
    ]
    unknown = sorted(each for group in groups for each in group.unknown)
    return [_column(table, group, work) for group in groups], tuple(unknown), tuple(sorted(untested))


def _groups(table: TableSource, domains: Sequence[Domain], names: frozenset[str]) -> list[_Group]:
    expressions = [normal(clause.expression) for clause in table.inputs]
    hanging = dependent(expressions, [domain.type for domain in domains], names)
    gathered: dict[Any, list[int]] = {}
    for index, expression in enumerate(expressions):
        alone = index in hanging or domains[index].unknown
        gathered.setdefault(index if alone else expression, []).append(index)
    return [_group(table, tuple(members), domains, names, hanging) for members in gathered.values()]


def _group(
    table: TableSource, members: tuple[int, ...], domains: Sequence[Domain], names: frozenset[str], hanging: set[int]
) -> _Group:
    first = members[0]
    domain = domains[first]
    texts = {text for index in members for text in (table.input_values[index], *domains[index].tests)}
    if is_count(table.inputs[first].expression, names):
        domain = replace(domain, whole=True)
        texts.add(">= 0")
    allowed = [read_cell(text, names) for text in sorted(texts)]
    group = _Group(
        members=members,
        cells=[[read_cell(rule.cells[index], names) for rule in table.rules] for index in members],
        domain=domain,
        allowed=allowed,
        opaque=domain.unknown or first in hanging or any(each.passes is None for each in allowed),
    )
    # A value with a zone is compared with some constants in UTC and with others by its wall clock: that is no line.
    kinds = {kind_of(value) for value in group.constants}
    return replace(group, opaque=True) if any({kind, partner_of(kind)} <= kinds for kind in ZONED) else group


def _column(table: TableSource, group: _Group, work: Work) -> Column:
    atoms = [Atom(None, "null")] if group.opaque else _atoms(group)
    may, must = _answers(group, atoms, work)
    kept = _kept(atoms, may, must)
    if len(kept) < len(atoms):
        may, must = tuple(_picked(mask, kept) for mask in may), tuple(_picked(mask, kept) for mask in must)
        atoms = [replace(atoms[index], other=True) if _is_between(atoms[index]) else atoms[index] for index in kept]
    return Column(
        members=group.members,
        label=table.inputs[group.members[0]].label,
        atoms=tuple(atoms),
        shown=_bits(atom.shown for atom in atoms),
        whole=(1 << len(atoms)) - 1,
        may=may,
        must=must,
        by_rank=tuple(sorted(range(len(atoms)), key=lambda index: atoms[index].rank)),
    )


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def _picked(mask: int, kept: list[int]) -> int:
    return sum((mask >> index & 1) << place for place, index in enumerate(kept))


def _atoms(group: _Group) -> list[Atom]:
    constants, domain = group.constants, group.domain
    by_kind: dict[str, list[Any]] = {}
    for value in constants:
        if (kind := kind_of(value)) is not None:
            by_kind.setdefault(kind, []).append(value)
    if domain.type is None:
        # A column that asks for null alone tells it from anything else: that is shown as a text.
        kinds = list(by_kind) or (["string"] if constants else [])
        hidden = _strangers(constants, kinds, by_kind)
    else:
        wanted = KINDS_OF_TYPE[domain.type]
        kinds = [kind for kind in wanted if kind in by_kind] or list(wanted[:1])
        hidden = [value for kind in wanted if kind not in kinds for value in _unexpected(kind, by_kind)]
    atoms = [atom for kind in kinds for atom in atoms_of(kind, by_kind.get(kind, []), whole=domain.whole)]
    atoms += [Atom(value, "hidden", shown=False) for value in hidden]
    atoms = [atom for atom in atoms if all(cell.passes is None or cell.passes(atom.example) for cell in group.allowed)]
    # Null is never outside the allowed values, but to be expected only where somebody thought of it.
    return [*atoms, Atom(None, "null", shown=not kinds or any(value is None for value in constants))]


def _strangers(constants: list[Any], kinds: list[str], by_kind: dict[str, list[Any]]) -> list[Any]:
    """Values of no expected kind that a cell may tell from others: lists, ranges, times with another sort of zone."""
    composite = [value for value in constants if isinstance(value, list | Range)]
    zoned = [value for kind in ZONED if kind not in kinds for value in _unexpected(kind, by_kind)]
    return [*_STRANGERS, *composite, *zoned]


def _unexpected(kind: str, by_kind: dict[str, list[Any]]) -> list[Any]:
    """Values of a kind without constants: times with and without a zone are still in order to each other."""
    constants = [on_the_wall(value, zoned=kind.endswith(ZONE)) for value in by_kind.get(partner_of(kind), ())]
    return [atom.example for atom in atoms_of(kind, constants)]


def _answers(group: _Group, atoms: list[Atom], work: Work) -> _Masks:
    """The atoms that may hit and those that surely do, by rule."""
    whole = (1 << len(atoms)) - 1
    known: dict[str, int] = {}
    lines = _lines(atoms)
    may, must = [], []
    for row in zip(*group.cells, strict=True):
        possible = sure = whole
        for cell in row:
            if cell.anything:
                continue
            if group.opaque or cell.passes is None:
                sure = 0
                continue
            if cell.text not in known:
                known[cell.text] = _answer(cell, cell.passes, atoms, lines, work)
            possible &= known[cell.text]
            sure &= known[cell.text]
        may.append(possible)
        must.append(sure)
    return tuple(may), tuple(must)


def _lines(atoms: list[Atom]) -> dict[str, tuple[int, list[tuple[Any, ...]]]]:
    """By ordered kind: the index of its first atom, and where its atoms lie, in order."""
    lines: dict[str, tuple[int, list[tuple[Any, ...]]]] = {}
    for index, atom in enumerate(atoms):
        if atom.kind in SAMPLES and atom.kind != "boolean":
            key = (0,) if atom.low is None else (1, place_of(atom.kind, atom.low), 0 if atom.point else 1)
            lines.setdefault(atom.kind, (index, []))[1].append(key)
    return lines


def _answer(
    cell: Cell,
    passes: Callable[[Any], bool],
    atoms: list[Atom],
    lines: dict[str, tuple[int, list[tuple[Any, ...]]]],
    work: Work,
) -> int:
    """The atoms that pass a cell: it is asked once for all atoms between two of its own constants."""
    own: dict[str | None, set[Any]] = {}
    for value in cell.constants:
        kind = kind_of(value)
        if kind in lines:
            own.setdefault(kind, set()).add(place_of(kind, value))
    groups = [(index, index + 1) for index, atom in enumerate(atoms) if atom.kind not in lines]
    for kind, (first, keys) in lines.items():
        cuts = [0, len(keys)]
        for place in own.get(kind, ()):
            cuts += [bisect_left(keys, (1, place, 0)), bisect_right(keys, (1, place, 0))]
        groups += [(first + start, first + end) for start, end in pairwise(sorted(cuts)) if start < end]
    work.spend(len(groups))
    return sum((1 << end) - (1 << start) for start, end in groups if passes(atoms[start].example))


def _is_between(atom: Atom) -> bool:
    return atom.kind == "string" and not atom.point


def _kept(atoms: list[Atom], may: tuple[int, ...], must: tuple[int, ...]) -> list[int]:
    """Indices without all texts between the constants but one, unless a cell compares texts by their order."""
    everything = list(range(len(atoms)))
    between = [index for index in everything if _is_between(atoms[index])]
    mixed = any(atom.shown and atom.kind not in ("string", "null") for atom in atoms)
    if mixed or len({tuple(mask >> index & 1 for mask in (*may, *must)) for index in between}) != 1:
        return everything
    best = min(between, key=lambda index: (len(atoms[index].example), index))
    return [index for index in everything if index not in between or index == best]
