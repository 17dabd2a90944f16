"""Item definitions: the types that a decision model names, as checks of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from lxml import etree

from engine.dmn import xml
from engine.errors import FeelSyntaxError
from engine.feel.expressions import UnaryTests, compile_unary_tests
from engine.feel.values import FeelFunction
from engine.feel.values import types as feel_types
from engine.feel.values.types import Type

Check = Callable[[Any], bool]
_PREFIXES: Final = ("feel:", "feel.", "xsd:")


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
        #: Names of components, of several words too.
        self.properties: set[str] = set()

    def add(self, definitions: Iterable[etree._Element], prefix: str = "") -> None:
        """Take the item definitions of a model; those of an imported one under its name and a dot."""
        for element in definitions:
            name = element.get("name", "")
            self.named[prefix + name] = self._check_of(element, prefix, self.named)
            self.kinds[prefix + name] = self._check_of(element, prefix, self.kinds)

    def _check_of(self, element: etree._Element, prefix: str, known: dict[str, Check]) -> Check:
        base = self._base_of(element, prefix, known)
        constrained = known is self.named
        tests = _tests_of(element, "allowedValues") if constrained else None
        whole = _tests_of(element, "typeConstraint") if constrained else None

        def single(value: Any) -> bool:
            return base(value) and (tests is None or value is None or tests(value, _nothing) is True)

        if element.get("isCollection") != "true":
            return lambda value: single(value) and (whole is None or value is None or whole(value, _nothing) is True)

        def each(value: Any) -> bool:
            if value is None:
                return True
            return (
                isinstance(value, list)
                and all(single(item) for item in value)
                and (whole is None or whole(value, _nothing) is True)
            )

        return each

    def _base_of(self, element: etree._Element, prefix: str, known: dict[str, Check]) -> Check:
        components = xml.children(element, "itemComponent")
        if components:
            checks = {}
            for component in components:
                self.properties.add(component.get("name", ""))
                checks[component.get("name", "")] = self._check_of(component, prefix, known)
            return lambda value: (
                value is None
                or (
                    isinstance(value, dict)
                    and all(name in value and check(value[name]) for name, check in checks.items())
                )
            )
        if xml.child(element, "functionItem") is not None:
            return lambda value: value is None or isinstance(value, FeelFunction)
        reference = xml.child(element, "typeRef")
        name = type_name(reference.text if reference is not None else None)
        if name is None:
            return lambda value: True

        def conforms(value: Any) -> bool:
            full = prefix + name if prefix + name in known else name
            return feel_types.conforms(value, Type(full), known)

        return conforms

    def coerce(self, value: Any, name: str | None) -> Any:
        """The value as the type wants it; null when it cannot be."""
        return value if name is None else feel_types.coerce(value, Type(name), self.named)


def _nothing(name: str) -> None:
    return None


def _tests_of(element: etree._Element, name: str) -> UnaryTests | None:
    text = xml.text_of(xml.child(element, name))
    if not text:
        return None
    try:
        return compile_unary_tests(text)
    except FeelSyntaxError:
        return None  # the lint names it; a type that cannot be read holds nobody up
