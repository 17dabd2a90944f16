"""A column cut into atoms, which every cell of the column answers alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from engine.dmn.analysis.boxes import Work
from engine.dmn.analysis.cells import Cell, read_cell
from engine.dmn.analysis.domains import Domain, dependent, is_count
from engine.dmn.analysis.kinds import KINDS_OF_TYPE, SAMPLES, ZONE, ZONED, Atom, atoms_of, kind_of, partner_of
from engine.dmn.analysis.lines import place_of
from engine.dmn.analysis.parts import Part, bits_of, masked, masked_at, parted, picked
from engine.dmn.analysis.timelines import on_the_wall
from engine.dmn.table import TableSource
from engine.feel.syntax.names import normal
from engine.feel.values.kinds import Range

#: Values of other kinds that an input without a type may have: a cell may tell them from null and from each other.
_STRANGERS: Final[tuple[Any, ...]] = ({}, [True], [False])
#: Constants that a cell looks at in the time of one unit of work.
_ASKED_AT_ONCE: Final = 32
#: Kinds whose values compare quickly.
_CHEAP: Final = frozenset(("number", "string"))
_Masks = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the inputs of one expression may be, and which rules accept what; sets of parts are bits of an int."""

    #: Indices of the table's inputs that read the expression.
    members: tuple[int, ...]
    label: str
    atoms: tuple[Atom, ...]
    #: Atoms that all rules answer alike, by index.
    parts: tuple[Part, ...]
    #: Parts that are to be expected; the others only count where a rule is said never to hit.
    shown: int
    #: By rule: parts that may hit, and those that surely do. They differ where a cell cannot be analysed.
    may: tuple[int, ...]
    must: tuple[int, ...]
    #: Parts by how natural their best atom is as an example.
    ranked: tuple[int, ...]

    def natural(self, mask: int) -> int:
        """The number of the part that holds the most natural atom of a set."""
        found = next(common for ranked in self.ranked if (common := mask & ranked))
        return (found & -found).bit_length() - 1

    def example(self, mask: int) -> Any:
        """The most natural value of a set."""
        return self.atoms[self.parts[self.natural(mask)].best].example

    def listed(self, mask: int) -> list[Atom]:
        """The atoms of a set, in order."""
        return [self.atoms[index] for index in sorted(each for part in bits_of(mask) for each in self.parts[part].all)]


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
        may, must = picked(may, kept, len(atoms)), picked(must, kept, len(atoms))
        atoms = [replace(atoms[index], other=True) if _is_between(atoms[index]) else atoms[index] for index in kept]
    ranks = [atom.rank for atom in atoms]
    shown = masked(atom.shown for atom in atoms)
    parts = parted(ranks, (shown, *may, *must), work)
    chosen = [part.best for part in parts]
    return Column(
        members=group.members,
        label=table.inputs[group.members[0]].label,
        atoms=tuple(atoms),
        parts=parts,
        shown=picked((shown,), chosen, len(atoms))[0],
        may=picked(may, chosen, len(atoms)),
        must=picked(must, chosen, len(atoms)),
        ranked=tuple(masked(ranks[index] == rank for index in chosen) for rank in sorted({*ranks})),
    )


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
    lines = _Lines(atoms)
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
                known[cell.text] = _answer(cell, cell.passes, lines, work)
            possible &= known[cell.text]
            sure &= known[cell.text]
        may.append(possible)
        must.append(sure)
    return tuple(may), tuple(must)


class _Lines:
    """The atoms of a column as a cell is asked for them."""

    def __init__(self, atoms: list[Atom]) -> None:
        self.atoms = atoms
        #: By ordered kind: the index of its first atom, and where its atoms lie, in order.
        self.by_kind: dict[str, tuple[int, list[tuple[Any, ...]]]] = {}
        #: Indices of atoms that are in no order.
        self.single: list[int] = []
        for index, atom in enumerate(atoms):
            if atom.kind not in SAMPLES or atom.kind == "boolean":
                self.single.append(index)
                continue
            key = (0,) if atom.low is None else (1, place_of(atom.kind, atom.low), 0 if atom.point else 1)
            self.by_kind.setdefault(atom.kind, (index, []))[1].append(key)

    def own(self, cell: Cell) -> dict[str, set[Any]]:
        """Where the constants of a cell lie, by kind."""
        found: dict[str, set[Any]] = {kind: set() for kind in self.by_kind}
        for value in cell.constants:
            kind = kind_of(value)
            if kind in found:
                found[kind].add(place_of(kind, value))
        return found


def _answer(cell: Cell, passes: Callable[[Any], bool], lines: _Lines, work: Work) -> int:
    """The atoms that pass a cell."""
    asked = _sets_of_list(cell, lines) if cell.plain else _sets_between(cell, lines)
    price = 1 + len(cell.constants) // _ASKED_AT_ONCE
    work.spend(len(asked) * (price if {*lines.by_kind} <= _CHEAP else 4 * price))
    return sum(mask for first, mask in asked if passes(lines.atoms[first].example))


def _sets_between(cell: Cell, lines: _Lines) -> list[tuple[int, int]]:
    """An atom of each set that the cell answers alike, and the set: all atoms between two of its own constants."""
    found = [(index, 1 << index) for index in lines.single]
    for kind, places in lines.own(cell).items():
        first, keys = lines.by_kind[kind]
        cuts = [0, len(keys)]
        for place in places:
            cuts += [bisect_left(keys, (1, place, 0)), bisect_right(keys, (1, place, 0))]
        found += [
            (first + start, (1 << first + end) - (1 << first + start))
            for start, end in pairwise(sorted(cuts)) if start < end
        ]  # fmt: skip
    return found


def _sets_of_list(cell: Cell, lines: _Lines) -> list[tuple[int, int]]:
    """As above, of a cell that lists numbers or texts: those that it lists, and all others."""
    found = [(index, 1 << index) for index in lines.single]
    for kind, places in lines.own(cell).items():
        first, keys = lines.by_kind[kind]
        at = [index for place in places if (index := bisect_left(keys, (1, place, 0))) < len(keys)]
        listed = masked_at([index for index in at if keys[index][2:] == (0,) and keys[index][1] in places])
        sets = listed, (1 << len(keys)) - 1 & ~listed
        found += [(first + (mask & -mask).bit_length() - 1, mask << first) for mask in sets if mask]
    return found


def _is_between(atom: Atom) -> bool:
    return atom.kind == "string" and not atom.point


def _kept(atoms: list[Atom], may: tuple[int, ...], must: tuple[int, ...]) -> list[int]:
    """Indices without all texts between the constants but one, unless a cell compares texts by their order."""
    everything = list(range(len(atoms)))
    between = [index for index in everything if _is_between(atoms[index])]
    mixed = any(atom.shown and atom.kind not in ("string", "null") for atom in atoms)
    texts = masked(map(_is_between, atoms))
    if mixed or not between or any(mask & texts not in (0, texts) for mask in (*may, *must)):
        return everything
    best = min(between, key=lambda index: (len(atoms[index].example), index))
    return [index for index in everything if not texts >> index & 1 or index == best]
