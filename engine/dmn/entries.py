"""Names of entries that a model's boxes and texts make, so that a path may name those of several words.

An entry of a context is known outside it (DMN 1.5 §10.2.1.4), in the decisions that require its own, item definition or
not.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.dmn import xml
from engine.errors import FeelSyntaxError
from engine.feel.syntax.lexer import tokens
from engine.feel.syntax.names import SIGNS, normal


def entry_names(root: etree._Element) -> set[str]:
    """Names of boxed entries, columns of relations, outputs of tables, and keys of contexts in texts."""
    found = {each.get("name", "") for each in root.iter("{*}column", "{*}output")}
    for entry in root.iter("{*}contextEntry"):
        variable = xml.child(entry, "variable")
        found.add(variable.get("name", "") if variable is not None else "")
    for text in root.iter("{*}text"):
        found.update(_keys(text.text or ""))
    return {normal(name) for name in found if name.strip()}


def _keys(source: str) -> Iterator[str]:
    """What stands before a colon in braces, of two tokens and more."""
    if "{" not in source:
        return
    try:
        stream = tokens(source)
    except FeelSyntaxError:
        return  # a note, or what is refused where it stands
    for before, first in enumerate(stream[1:]):
        if stream[before].source not in ("{", ",") or first.kind != "name":
            continue
        end = before + 1
        while stream[end].kind in ("name", "number") or stream[end].source in SIGNS:
            end += 1
        if stream[end].source == ":" and end > before + 2:
            yield source[first.start : stream[end - 1].end]
