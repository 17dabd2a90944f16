"""What a model knows while an expression of it is read: names, properties, types, and where the expression stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.dmn.places import Place
from engine.dmn.types import ANY, ItemTypes
from engine.errors import FeelSyntaxError
from engine.feel.syntax.parser import parse_expression, parse_unary_tests
from engine.feel.syntax.tree import Node, Tests
from engine.feel.values.types import Type

if TYPE_CHECKING:
    from engine.dmn.table.source import TableSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An expression of a model as it is written, with all that can be known of it without values."""

    source: str
    place: Place
    #: Names in scope, with their types.
    variables: Mapping[str, Type]
    #: The type of the value that it tests, where it is a cell of unary tests.
    tests_of: Type | None
    #: The type that its value must have.
    wanted: Type


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The surroundings of an expression of a model."""

    names: Mapping[str, Type]
    properties: frozenset[str]
    types: ItemTypes
    place: Place = field(default_factory=Place)
    #: Tables within boxed expressions are put here while they are read, …
    tables: list[TableSource] = field(default_factory=list)
    #: … and every text, for those who look at a model without values.
    texts: list[Text] = field(default_factory=list)

    def and_names(self, *names: str) -> Vocabulary:
        """The same with more names of unknown types, of an inner scope."""
        return self.and_typed(dict.fromkeys(names, ANY))

    def and_typed(self, names: Mapping[str, Type]) -> Vocabulary:
        """The same with more names, of an inner scope."""
        return replace(self, names={**self.names, **names})

    def within(self, zh: str, en: str) -> Vocabulary:
        """The same for a part of the place."""
        return replace(self, place=self.place.within(zh, en))

    def parse(self, source: str, place: Place | None = None, wanted: Type = ANY) -> Node:
        """The tree of an expression.

        Args:
            place: where it stands, if not where the vocabulary does.
            wanted: the type that its value must have.

        Raises:
            DecisionError: it does not parse; the error names the place.
        """
        place = place or self.place
        try:
            node = parse_expression(source, self.names, self.properties)
        except FeelSyntaxError as error:
            raise place.no_feel(error) from error
        self._keep(source, place, None, wanted)
        return node

    def parse_tests(self, source: str, place: Place, tests_of: Type) -> Tests:
        """The tree of a cell that tests a value of a type, as ``parse``."""
        try:
            tests = parse_unary_tests(source, self.names, self.properties)
        except FeelSyntaxError as error:
            raise place.no_feel(error) from error
        self._keep(source, place, tests_of, ANY)
        return tests

    def _keep(self, source: str, place: Place, tests_of: Type | None, wanted: Type) -> None:
        self.texts.append(Text(source=source, place=place, variables=self.names, tests_of=tests_of, wanted=wanted))
