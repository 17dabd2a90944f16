"""What an editor is offered: each name, function, entry and keyword with its type, its use and an example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from engine.feel.compiler.core import BUILTINS
from engine.feel.static import lattice as t
from engine.feel.static.catalogue import CATALOGUE, CATEGORIES, Entry
from engine.feel.static.catalogue.words import OPERATORS, VALUES
from engine.feel.static.functions import TYPE_NAMES
from engine.feel.static.paths import components_of
from engine.feel.static.probe import CURSOR, Probe
from engine.feel.static.repair import Grammar
from engine.feel.static.scope import Found
from engine.feel.syntax import tree
from engine.feel.values.types import Type

Kind: TypeAlias = Literal["parameter", "local", "variable", "entry", "function", "keyword", "type"]
_RANKS: Final = {"parameter": 0, "local": 1, "variable": 2, "entry": 0, "function": 3, "keyword": 4, "type": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Something that may be written instead of the characters from ``start`` to ``end``."""

    label: str
    #: What to write; the cursor goes behind it.
    insert: str
    kind: Kind
    #: The type of the value, of a function the type of its result, as far as it is known.
    type: Type | None
    #: How to call a function, one way a line; the type of anything else.
    detail: str
    zh: str
    en: str
    example: str = ""
    start: int = 0
    end: int = 0

    def at(self, start: int, end: int) -> Completion:
        """The same, for these characters."""
        return replace(self, start=start, end=end)


def matches(label: str, word: str, *, anywhere: bool) -> bool:
    """Whether a label begins with what is written, or (``anywhere``) one of its later words does."""
    name, written = label.casefold(), " ".join(word.casefold().split()) + (" " if word[-1:].isspace() else "")
    if name.startswith(written):
        return True
    return anywhere and any(part.startswith(written) for part in name.split()[1:])


def rank(offer: Completion, word: str) -> tuple[bool, int, str]:
    """The order of offers: those that begin with what is written first, then by their kind."""
    return not offer.label.casefold().startswith(word.casefold()), _RANKS[offer.kind], offer.label


def of_probe(probe: Probe) -> Iterator[Completion]:
    """What may stand where the cursor was met."""
    if probe.before_dot is not None:
        for name, kind in components_of(probe.before_dot).items():
            yield _named(name, kind, "entry")
    elif probe.is_type:
        for name in (*probe.named, *TYPE_NAMES):
            yield Completion(
                label=name, insert=name, kind="type", type=Type(name), detail=name, zh=t.chinese(Type(name)), en=name
            )
    else:
        yield from _parameters(probe)
        if probe.names is not None:
            yield from _values(probe.names)


def _named(name: str, kind: Type, sort: Kind) -> Completion:
    return Completion(
        label=name,
        insert=name,
        kind=sort,
        type=kind,
        detail=t.text(kind),
        zh=f"{t.chinese(kind)}。",
        en=f"{t.english(kind)}.",
    )


def _values(known: dict[str, Found]) -> Iterator[Completion]:
    for name, found in known.items():
        yield _named(name, found.type, "local" if found.origin == "local" else "variable")
    for name in BUILTINS:
        if name not in known and name in CATALOGUE:
            yield function(CATALOGUE[name])
    for word, (zh, en, example) in VALUES.items():
        yield _keyword(word, zh, en, example)


def function(entry: Entry) -> Completion:
    """A built-in function as an offer."""
    result = entry.signatures[0].result
    zh, en = CATEGORIES[entry.category]
    source, value = entry.example
    return Completion(
        label=entry.name,
        insert=f"{entry.name}(",
        kind="function",
        type=Type(result) if t.is_known(Type(result), {}) else None,
        detail="\n".join(each.typed(entry.name) for each in entry.signatures),
        zh=f"{entry.zh}({zh})",
        en=f"{entry.en} ({en})",
        example=f"{source} → {value}",
    )


def _keyword(word: str, zh: str, en: str, example: str) -> Completion:
    return Completion(
        label=word, insert=f"{word} ", kind="keyword", type=None, detail=word, zh=zh, en=en, example=example
    )


def operators(head: str, grammar: Grammar) -> Iterator[Completion]:
    """The keywords that may stand behind a text."""
    for word, (zh, en, example) in OPERATORS.items():
        if grammar.may_follow(head, word):
            yield _keyword(word, zh, en, example)


def _parameters(probe: Probe) -> Iterator[Completion]:
    """The names of parameters, where the cursor may be one: all arguments of a call are named, or none."""
    call = probe.call
    if call is None or not isinstance(call.function, tree.Name) or call.function.name not in CATALOGUE:
        return
    if not call.names and len(call.arguments) > 1:
        return
    given = set(call.names) - {CURSOR}
    for signature in CATALOGUE[call.function.name].signatures:
        if given <= {each.name for each in signature.parameters}:
            for each in signature.parameters:
                if each.name not in given:
                    kinds = " | ".join(kind.name for kind in each.types)
                    yield Completion(
                        label=each.name, insert=f"{each.name}: ", kind="parameter", type=each.types[0], detail=kinds,
                        zh="参数。", en="A parameter.",
                    )  # fmt: skip
