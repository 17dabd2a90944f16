"""What a step is called, even where its version cannot be read any more."""

from __future__ import annotations

from engine.definitions import Definitions
from engine.errors import EngineError


def element_name(definitions: Definitions, definition: int | None, element: str | None) -> str:
    """The element's name in a version; its id where the version is damaged, which must keep nobody uninformed."""
    if definition is None or not element:
        return element or ""
    try:
        return definitions.get(definition).element_name(element)
    except EngineError:
        return element
