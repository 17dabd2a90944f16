"""What the catalogue says of a built-in function, and how its lines are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engine.feel.values.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter: the types it may have, of which a value must have one."""

    name: str
    types: tuple[Type, ...]
    optional: bool
    nullable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    #: The last parameter is a list that may also be given as single arguments.
    variadic: bool
    #: What the result is called: a type, or a word for a type that depends on the arguments.
    result: str

    @property
    def required(self) -> int:
        """How many arguments there must be."""
        return sum(not parameter.optional for parameter in self.parameters)

    def takes(self, count: int) -> bool:
        """Whether so many arguments may be given."""
        return self.required <= count and (self.variadic or count <= len(self.parameters))

    def shown(self, name: str) -> str:
        """The call as one writes it: ``substring(string, start position, length?)``."""
        names = [f"{each.name}?" if each.optional else each.name for each in self.parameters]
        return f"{name}({', '.join(names)}{'…' if self.variadic else ''})"

    def typed(self, name: str) -> str:
        """The call with the types of parameters and result."""
        parts = []
        for each in self.parameters:
            kinds = " | ".join(kind.name for kind in each.types)
            parts.append(f"{each.name}{'?' if each.optional else ''}: {kinds}")
        return f"{name}({', '.join(parts)}{'…' if self.variadic else ''}): {self.result}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A built-in function for people."""

    name: str
    signatures: tuple[Signature, ...]
    category: str
    zh: str
    en: str
    #: An expression and, in FEEL, what it gives.
    example: tuple[str, str]


def entry(name: str, signatures: str, zh: str, en: str, example: str, *, category: str) -> Entry:
    """An entry from a line of the catalogue.

    Args:
        signatures: as the registry of the built-in functions writes them, with ``a|b`` for alternatives and
            ``-> result`` behind each, one a line.
        example: ``expression = result``.
    """
    source, _, result = example.partition(" → ")
    return Entry(
        name=name,
        signatures=tuple(_signature(line.strip()) for line in signatures.splitlines() if line.strip()),
        category=category,
        zh=zh,
        en=en,
        example=(source, result),
    )


def _signature(line: str) -> Signature:
    parameters, _, result = line.rpartition("->")
    variadic = parameters.strip().endswith("...")
    parts = [part for part in parameters.strip().removesuffix("...").split(", ") if part]
    return Signature(parameters=tuple(map(_parameter, parts)), variadic=variadic, result=result.strip())


def _parameter(part: str) -> Parameter:
    name, _, kinds = part.partition(": ")
    plain = kinds.removesuffix("!")
    return Parameter(
        name=name.removesuffix("?"),
        types=tuple(map(parse_type, plain.split("|"))),
        optional=name.endswith("?"),
        nullable=kinds.endswith("!") or plain == "Any",
    )


@lru_cache(maxsize=64)
def parse_type(text: str) -> Type:
    """A type's text as the catalogue writes it: a name, or ``list<…>``."""
    if text.startswith("list<") and text.endswith(">"):
        return Type("list", (parse_type(text[5:-1]),))
    return Type("Any" if text == "Value" else text)
