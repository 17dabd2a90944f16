"""Names at the time of analysis: which level binds them, to which type, and which of the surroundings are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.feel.static.lattice import ANY, CONTEXT, NULL, Entries, entries_of, join, kinds
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

Path: TypeAlias = tuple[str, ...]
Origin: TypeAlias = Literal["local", "maybe", "free"]


@dataclass(slots=True)
class Level:
    """The names of one level. A filter's level also has the entries of its item as names."""

    parent: Level | None = None
    names: Entries = field(default_factory=dict)
    #: The type of a filter's item; None on other levels.
    item: Type | None = None
    #: Names that are numbers and never null, as ``i`` in ``for i in 1..3``.
    counters: set[str] = field(default_factory=set)

    def levels(self) -> Iterator[Level]:
        """This level and those around, innermost first."""
        level: Level | None = self
        while level is not None:
            yield level
            level = level.parent


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means: its type, and where it comes from ("maybe": perhaps an item's entry, perhaps from outside)."""

    type: Type
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class NameUse:
    """A name of the surroundings that an expression reads."""

    name: str
    #: What is read below it, the empty path for the name alone; a path ends at a filter or a call.
    paths: tuple[Path, ...]
    #: Where it stands in the source.
    spans: tuple[Span, ...]
    #: False for a name in a filter that may also be an entry of the filtered items.
    certain: bool


def find(name: str, level: Level, variables: Mapping[str, Type] | None) -> Found:
    """What a name means at a level.

    An item may be null, and then the name is read outside: an entry's type holds what the name means there, too.
    """
    types: list[Type] = []
    maybe = False
    for each in level.levels():
        if each.item is not None and "context" in kinds(each.item):
            entries = entries_of(each.item)
            if entries is None:
                maybe = True
            elif name in entries:
                types.append(entries[name])
        if name in each.names:
            return Found(ANY if maybe else join(*types, each.names[name]), "maybe" if maybe else "local")
    outer = None if variables is None else variables.get(name)
    if maybe:
        return Found(ANY, "maybe")
    if types:
        return Found(join(*types, outer or NULL), "local")
    return Found(outer or ANY, "free")


def is_counter(name: str, level: Level) -> bool:
    """Whether a name is certainly a number, and not null."""
    for each in level.levels():
        if each.item is not None and each.item in (ANY, CONTEXT):
            return False
        if each.item is not None and name in each.item.keys:
            return False
        if name in each.names:
            return name in each.counters
    return False


def has_local(name: str, level: Level) -> bool:
    """Whether a level binds the name, items aside: such a name hides a built-in function."""
    return any(name in each.names for each in level.levels())


class Uses:
    """Gathers the free names that are read, with their paths and places."""

    def __init__(self) -> None:
        self._paths: dict[str, dict[Path, None]] = {}
        self._spans: dict[str, list[Span]] = {}
        self._certain: set[str] = set()

    def add(self, name: str, path: Path, span: Span, *, certain: bool) -> None:
        """Note one use."""
        self._paths.setdefault(name, {})[path] = None
        self._spans.setdefault(name, []).append(span)
        if certain:
            self._certain.add(name)

    def all(self) -> tuple[NameUse, ...]:
        """Every name, in the order in which they are first read."""
        return tuple(
            NameUse(name=name, paths=tuple(paths), spans=tuple(self._spans[name]), certain=name in self._certain)
            for name, paths in self._paths.items()
        )
