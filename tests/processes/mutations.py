"""Slips of an owner's hand and careless merges, as kinds of mutation of a shipped diagram, and which are tried where.

A kind says by which rule the lint must find it and lists the places of a diagram where it can happen. The kinds stand
in the modules beside this one, by what they spoil.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TypeAlias

from tests.processes.mutations_drawing import Drawn

SEED = "kefuflow-2026"
EACH = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a kind can happen."""

    #: Elements at one of which the lint must point; None: the whole file.
    at: frozenset[str | None]
    #: Spoils the diagram there; gives the bytes of the file where they are more than its tree.
    spoil: Callable[[], bytes | None]


Places: TypeAlias = Callable[[Drawn], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of slip."""

    name: str
    #: Code of the rule that must find it.
    rule: str
    places: Places


#: Every kind by its name.
KINDS: dict[str, Kind] = {}


def kind(rule: str) -> Callable[[Places], Places]:
    """Register a generator of places as a kind that this rule must find."""

    def register(places: Places) -> Places:
        name = places.__name__
        assert name not in KINDS, name
        KINDS[name] = Kind(name, rule, places)
        return places

    return register


def place(at: str | tuple[str, ...] | None, spoil: Callable[..., object], *arguments: object) -> Place:
    """A place; what the spoiling function returns counts only when it is the bytes of a file."""

    def spoilt() -> bytes | None:
        result = spoil(*arguments)
        return result if isinstance(result, bytes) else None

    return Place(frozenset(at) if isinstance(at, tuple) else frozenset({at}), spoilt)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One spoilt diagram."""

    kind: Kind
    at: frozenset[str | None]
    content: bytes


def mutate(process: str, kind: Kind, random: Random, known: frozenset[tuple[str, str | None]]) -> Mutation:
    """Spoil a copy of a diagram at a random place, where the rule has not spoken before."""
    drawn = Drawn.of(process)
    chosen = random.choice(_open(kind, drawn, known))
    content = chosen.spoil()
    return Mutation(kind, chosen.at, drawn.bytes() if content is None else content)


def _open(kind: Kind, drawn: Drawn, known: frozenset[tuple[str, str | None]]) -> list[Place]:
    return [found for found in kind.places(drawn) if not any((kind.rule, element) in known for element in found.at)]


Known: TypeAlias = Callable[[str], frozenset[tuple[str, str | None]]]


@cache
def plan(processes: tuple[str, ...], known: Known) -> dict[str, tuple[Kind, ...]]:
    """Kinds to be tried in each diagram: drawn by the seed from those that apply, those least tried so far first.

    Of kinds that were tried equally often the rarer comes first, so that one which only few diagrams can have is not
    left out.
    """
    fitting = {
        process: [kind for kind in KINDS.values() if _open(kind, drawn, known(process))]
        for process, drawn in ((process, Drawn.of(process)) for process in processes)
    }
    tried: Counter[str] = Counter()
    planned = {}
    for place_in_order, process in enumerate(processes):
        random = Random(f"{SEED} {process}")
        left = Counter(kind.name for later in processes[place_in_order:] for kind in fitting[later])
        lots = {kind.name: random.random() for kind in KINDS.values()}
        ranked = sorted(fitting[process], key=lambda kind: (tried[kind.name], left[kind.name], lots[kind.name]))
        planned[process] = tuple(ranked[:EACH])
        tried.update(kind.name for kind in planned[process])
    return planned
