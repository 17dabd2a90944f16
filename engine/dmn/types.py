"""Item definitions: the types that a decision model names, as checks of values and as structures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from engine.dmn import xml
from engine.errors import DefinitionRefused, FeelSyntaxError
from engine.feel.expressions import UnaryTests, compile_unary_tests
from engine.feel.limits import Run
from engine.feel.values import types as feel_types
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.types import Type

Check = Callable[[Any, Run | None], bool]
#: A check of a component, which may also ask for the components beside it.
_PartCheck = Callable[[Any, Run | None, Callable[[str], Any]], bool]
ANY: Final = Type("Any")
_PREFIXES: Final = ("feel:", "feel.", "xsd:")
#: Values that need no look: most columns are of these.
_PLAIN: Final = {"number": Decimal, "string": str, "boolean": bool}
_DEEPEST: Final = 64
#: Parts of a structure; of a larger one nothing is said.
_LARGEST: Final = 1000
_CONSTRAINTS: Final = ("allowedValues", "typeConstraint")


def type_name(text: str | None) -> str | None:
    """A typeRef without the prefix of FEEL; None for Any and nothing."""
    name = (text or "").strip()
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name if name and name != "Any" else None


class ItemTypes:
    """The item definitions of a model and of what it imports, by name."""

    def __init__(self) -> None:
        #: Checks with the allowed values, for the model's variables.
        self.named: dict[str, Check] = {}
        #: Checks of the kind alone, for ``instance of`` and parameters in FEEL.
        self.kinds: dict[str, Check] = {}
        #: What the types are made of, for those who work out types without values.
        self.structures: dict[str, Type] = {}
        #: Allowed values as written, for the analysis of tables.
        self.allowed: dict[str, str] = {}
        #: Names of components and of entries of contexts, of several words too.
        self.properties: set[str] = set()

    def add(self, definitions: Iterable[etree._Element]) -> None:
        """Take the item definitions of a model.

        Raises:
            DefinitionRefused: a definition is only another name for itself, or rests on more than 64 others in a row.
        """
        elements = {element.get("name", ""): element for element in definitions}
        depths: dict[str, int] = {}
        for name in elements:
            _refuse_circle(name, elements)
            _depth(name, elements, depths, ())
        for name, element in elements.items():
            self.named[name] = self._check_of(element, self.named)
            self.kinds[name] = self._check_of(element, self.kinds)
            self.allowed[name] = xml.text_of(xml.child(element, "allowedValues"))
            self.structures.pop(name, None)  # an imported one of the same name
        for name in elements:
            self._named(name, elements, ())

    def take(self, name: str, imported: ItemTypes) -> None:
        """Take the types of an imported model, under the name it is imported by."""
        prefix = f"{name}." if name else ""
        self.named = {prefix + key: check for key, check in imported.named.items()} | self.named
        self.kinds = {prefix + key: check for key, check in imported.kinds.items()} | self.kinds
        self.structures = {prefix + key: kind for key, kind in imported.structures.items()} | self.structures
        self.allowed = {prefix + key: text for key, text in imported.allowed.items()} | self.allowed
        self.properties |= imported.properties

    def knows(self, name: str) -> bool:
        """Whether a type of this name exists."""
        return feel_types.is_known(Type(name), self.named)

    def structure(self, name: str | None) -> Type:
        """What a type is made of; Any for one that is not known."""
        if name is None:
            return ANY
        return self.structures.get(name) or (Type(feel_types.canonical(name)) if self.knows(name) else ANY)

    def coerce(self, value: Any, name: str | None, run: Run | None = None) -> Any:
        """The value as the type wants it; null when it cannot be. The run is charged for each item."""
        if name is None or (type(value) is _PLAIN.get(name) and name not in self.named):
            return value
        return feel_types.coerce(value, Type(name), self.named, run)

    def coerce_result(self, value: Any, name: str | None, run: Run | None = None) -> Any:
        """What an invocable gives, as its variable's type wants it: a function's, or (before DMN 1.3) the result's."""
        kind = self.structure(name)
        if kind.name != "function":
            return self.coerce(value, name, run)
        return feel_types.coerce(value, kind.arguments[-1], self.named, run)

    def _check_of(self, element: etree._Element, known: dict[str, Check]) -> Check:
        check = self._part_check(element, known, frozenset())
        return lambda value, run: check(value, run, _nothing)

    def _part_check(self, element: etree._Element, known: dict[str, Check], siblings: frozenset[str]) -> _PartCheck:
        """The check of a definition; its tests may name the components beside it (DMN 1.5 §7.3.3)."""
        base = self._base_of(element, known)
        constrained = known is self.named
        allowed, whole = (_tests_of(element, name, siblings) if constrained else None for name in _CONSTRAINTS)

        def single(value: Any, run: Run | None, beside: Callable[[str], Any]) -> bool:
            return base(value, run) and _passes(allowed, value, beside)

        def each(value: Any, run: Run | None, beside: Callable[[str], Any]) -> bool:
            if value is None or not isinstance(value, list):
                return value is None
            if run is not None:
                run.charge(1 + len(value))
            return all(single(item, run, beside) for item in value) and _passes(whole, value, beside)

        if element.get("isCollection") == "true":
            return each
        return lambda value, run, beside: single(value, run, beside) and _passes(whole, value, beside)

    def _base_of(self, element: etree._Element, known: dict[str, Check]) -> Check:
        components = xml.children(element, "itemComponent")
        if components:
            names = frozenset(component.get("name", "") for component in components)
            self.properties |= names
            checks = {component.get("name", ""): self._part_check(component, known, names) for component in components}
            return lambda value, run: value is None or (isinstance(value, dict) and _fits(value, checks, run))
        function = xml.child(element, "functionItem")
        if function is not None:
            signature = _signature_of(function)
            return lambda value, run: value is None or self._is_called_so(value, signature)
        name = _reference(element)
        if name is None:
            return lambda value, run: True
        wanted = Type(name)
        return lambda value, run: feel_types.conforms(value, wanted, known, run)

    def _is_called_so(self, value: Any, signature: list[str | None]) -> bool:
        """Whether a value is a function of a signature (DMN 1.5 §10.3.2.9.3); a built-in one has several."""
        if not isinstance(value, FeelFunction) or value.overloads:
            return isinstance(value, FeelFunction)
        declared = tuple(kind and self._resolved(kind) for kind in value.parameter_types)
        wanted = Type("function", tuple(map(self.structure, signature)))
        return feel_types.conforms(replace(value, parameter_types=declared), wanted)

    def _resolved(self, kind: Type) -> Type:
        """A type with item definitions replaced by what they are made of."""
        known = self.structures.get(kind.name)
        return known or replace(kind, arguments=tuple(map(self._resolved, kind.arguments)))

    def _structure_of(
        self, element: etree._Element, siblings: dict[str, etree._Element], above: tuple[str, ...]
    ) -> Type:
        """The type that a definition means; a definition that holds itself is Any within itself."""
        components = xml.children(element, "itemComponent")
        function = xml.child(element, "functionItem")
        if components:
            kinds = tuple(self._structure_of(component, siblings, above) for component in components)
            base = Type("context", kinds, tuple(component.get("name", "") for component in components))
        elif function is not None:
            base = Type("function", tuple(self._named(each, siblings, above) for each in _signature_of(function)))
        else:
            base = self._named(_reference(element), siblings, above)
        return Type("list", (base,)) if element.get("isCollection") == "true" else base

    def _named(self, name: str | None, siblings: dict[str, etree._Element], above: tuple[str, ...]) -> Type:
        if name is None or name in above:
            return ANY
        if name in siblings and name not in self.structures:
            made = self._structure_of(siblings[name], siblings, (*above, name))
            self.structures[name] = made if _size(made, _LARGEST) > 0 else ANY
        return self.structure(name)


def _refuse_circle(name: str, elements: dict[str, etree._Element]) -> None:
    """A type may hold itself as a component, but not be itself under other names."""
    seen: list[str] = []
    at: str | None = name
    while at in elements and not xml.children(elements[at], "itemComponent", "functionItem"):
        if at in seen:
            raise DefinitionRefused(f"the type {at!r} is itself", message_zh=f"类型 {at} 循环定义为自己。")
        seen.append(at)
        at = _reference(elements[at])


def _depth(name: str, elements: dict[str, etree._Element], depths: dict[str, int], above: tuple[str, ...]) -> int:
    """How many definitions rest on each other below a name; a circle through a component ends where it closes."""
    if name not in elements or name in above:
        return 0
    if name not in depths:
        below = 0 if len(above) < _DEEPEST else _DEEPEST
        for reference in references(elements[name]) if not below else ():
            below = max(below, _depth(reference, elements, depths, (*above, name)))
        depths[name] = below + 1
    if depths[name] > _DEEPEST:
        raise DefinitionRefused(
            f"the type {name!r} rests on more than {_DEEPEST} others",
            message_zh=f"类型 {name} 的引用超过 {_DEEPEST} 层。",
        )
    return depths[name]


def _size(kind: Type, left: int) -> int:
    """What is left of a budget after each part of a type has cost one; definitions that double grow without end."""
    left -= 1
    for argument in kind.arguments:
        if left <= 0:
            break
        left = _size(argument, left)
    return left


def references(element: etree._Element) -> Iterator[str]:
    """The types that an item definition is made of."""
    for each in element.iter("{*}itemDefinition", "{*}itemComponent"):
        if (name := _reference(each)) is not None:
            yield name


def constraints(element: etree._Element) -> Iterator[str]:
    """The tests that an item definition and its components hold."""
    for each in element.iter("{*}itemDefinition", "{*}itemComponent"):
        for name in _CONSTRAINTS:
            if text := xml.text_of(xml.child(each, name)):
                yield text


def _reference(element: etree._Element) -> str | None:
    reference = xml.child(element, "typeRef")
    return type_name(reference.text if reference is not None else None)


def _signature_of(function: etree._Element) -> list[str | None]:
    """The names of the parameters' types and of the result's."""
    references = [each.get("typeRef") for each in xml.children(function, "parameters")]
    return [type_name(each) for each in (*references, function.get("outputTypeRef"))]


def _fits(value: dict[str, Any], checks: dict[str, _PartCheck], run: Run | None) -> bool:
    if run is not None:
        run.charge(1 + len(checks))
    return all(name in value and check(value[name], run, value.get) for name, check in checks.items())


def _passes(tests: UnaryTests | None, value: Any, beside: Callable[[str], Any]) -> bool:
    return tests is None or value is None or tests(value, beside) is True


def _nothing(name: str) -> None:
    return None


def _tests_of(element: etree._Element, name: str, siblings: frozenset[str]) -> UnaryTests | None:
    text = xml.text_of(xml.child(element, name))
    if not text:
        return None
    try:
        return compile_unary_tests(text, siblings)
    except FeelSyntaxError:
        return None  # the lint names it; a type that cannot be read holds nobody up
