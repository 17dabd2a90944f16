"""Which part of one version of a process stands for which part of another, down to the elements that nobody drew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from engine.bpmn.definition import Definition
from engine.bpmn.specs.base import HIDDEN, Node


class Correspondence:
    """Names of specs and flows of a source version in a target version."""

    def __init__(self, source: Definition, target: Definition, mapping: Mapping[str, str]) -> None:
        """``mapping``: element or flow id in the source → id in the target; others keep theirs."""
        self.source, self.target = source, target
        self._mapping = mapping
        self._back = {new: old for old, new in mapping.items()}
        #: Ids of the source that give their name away and get none: another element has it now.
        self._displaced = frozenset(self._back) - frozenset(mapping)

    def name_of(self, name: str) -> str:
        """The name in the target of an element, flow or spec of the source; "": nothing stands for it."""
        if name.startswith(HIDDEN):
            return _hidden(name, self.source, self.name_of)
        if name in self._mapping:
            return self._mapping[name]
        return "" if name in self._displaced else name

    def origin_of(self, name: str) -> str:
        """The element or spec of the source for which one of the target stands; "": it is new."""
        if name.startswith(HIDDEN):
            return _hidden(name, self.target, self.origin_of)
        found = self._back.get(name)
        if found is None:
            found = "" if name in self._mapping else name
        return found if found in self.source.elements else ""

    def spec_of(self, spec: Node) -> Node | None:
        """The target's spec for one of the source; None: there is none."""
        name = self.name_of(spec.name)
        return self.target.spec.task_specs.get(name) if name else None

    def is_new(self, spec: Node, before: Collection[Node]) -> bool:
        """Whether a spec of the target stands for none of these of the source, or for one that waits for other things.

        Args:
            spec: of the target.
            before: what stands at the same place in the source.
        """
        origin = self.source.spec.task_specs.get(self.origin_of(spec.name))
        return origin is None or origin not in before or type(origin) is not type(spec)


def _hidden(name: str, version: Definition, other: Callable[[str], str]) -> str:
    """The other name of a spec that nobody drew: ``~<element>.<word>``, or ``~<flow>``; ids may hold dots too."""
    drawn = name.removeprefix(HIDDEN)
    word = ""
    if drawn not in version.flows and "." in drawn:
        drawn, word = drawn[: drawn.rindex(".")], drawn[drawn.rindex(".") :]
    found = other(drawn)
    return f"{HIDDEN}{found}{word}" if found else ""
