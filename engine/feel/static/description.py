"""What is known of an expression before it runs: its type, the names it reads, and what is certainly wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import filterfalse
from types import MappingProxyType
from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.limits import MAX_DEPTH
from engine.feel.static import calls, flow, functions, operators, paths, unary
from engine.feel.static import lattice as t
from engine.feel.static.foreign import SEVERAL_WORDS
from engine.feel.static.inference import Inference
from engine.feel.static.problems import StaticFinding
from engine.feel.static.scope import Level, NameUse
from engine.feel.syntax.parser import parse_expression, parse_unary_tests
from engine.feel.values.types import Type

_REGISTERED: Final = (calls, flow, functions, operators, paths, unary)  # importing them registers their rules
_NOTHING: Final[Mapping[str, Type]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an expression is."""

    #: The type of its value, which may always be null as well; Any when it is not known, Null when it is always null.
    type: Type
    #: The names of the surroundings that it reads.
    names: tuple[NameUse, ...]
    #: In the order of the source.
    findings: tuple[StaticFinding, ...]


def describe(
    source: str,
    variables: Mapping[str, Type] | None = None,
    *,
    tests_of: Type | None = None,
    named: Mapping[str, Type] = _NOTHING,
    properties: frozenset[str] = frozenset(),
    closed: bool = False,
) -> Description:
    """Describe an expression, or a cell of unary tests.

    Args:
        source: without a leading ``=``.
        variables: the names of the surroundings with their types, functions as ``function<…>``; None: nothing is known
            of them. The entries of a context's type are taken as all that there are.
        tests_of: the type of the cell's input, when the source is a cell.
        named: types that may be named in variables and in the source, by their structure.
        properties: further names of entries; needed for those of several words that no type has.
        closed: there are no other names than the variables, so that others are findings.

    Raises:
        FeelSyntaxError: it does not parse; the same as the compiler raises.

    Source: DMN 1.5 §10.3.2 (types), Tables 53 to 60 (operators), §10.3.4 (functions).
    """
    walk = Inference(variables, named, closed=closed)
    try:
        kind = _infer(walk, source, tests_of, properties)
    except RecursionError:
        raise FeelSyntaxError(source, 0, f"nested deeper than {MAX_DEPTH} levels") from None
    findings = sorted(dict.fromkeys(walk.findings), key=lambda each: (each.span, each.code))
    return Description(type=kind, names=walk.uses.all(), findings=tuple(findings))


def _infer(walk: Inference, source: str, tests_of: Type | None, properties: frozenset[str]) -> Type:
    """Parse a source and find its type; what is found on the way is the walk's."""
    variables = {} if walk.variables is None else walk.variables.written
    # A word that is one token needs no help of the parser.
    names = {*filterfalse(str.isidentifier, variables), *SEVERAL_WORDS}
    entries = {*t.entry_names((*variables.values(), *walk.named.values())), *walk.named, *properties}
    entries = {*filterfalse(str.isidentifier, entries)}
    if tests_of is None:
        return walk.type_of(parse_expression(source, names, entries), Level())
    cell = parse_unary_tests(source, names, entries)
    unary.check_tests(walk, cell.tests, walk.resolve(tests_of), Level())
    return t.BOOLEAN
