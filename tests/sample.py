"""How much a slow test does in ``make test``: so much that every kind of thing is tried, in a few minutes all together.

``make test-every`` does all of it: every shipped file, every route for everybody, every seed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lxml import etree

_One = TypeVar("_One")
EVERY = os.environ.get("EVERY_TEST") == "yes"
#: Marks a test that takes many seconds and says little that others do not.
long = pytest.mark.skipif(not EVERY, reason="make test-every runs it")


def enough(things: Sequence[_One], kinds: Callable[[_One], Collection[object]]) -> list[_One]:
    """The thing that brings most kinds that are still missing, and so on; all of them where every one is asked for."""
    if EVERY:
        return list(things)
    brings = {n: frozenset(kinds(thing)) for n, thing in enumerate(things)}
    missing = set().union(*brings.values())
    chosen: list[int] = []
    while missing:
        best = max(brings, key=lambda n: (len(brings[n] & missing), -n))
        chosen.append(best)
        missing -= brings[best]
    return [things[n] for n in sorted(chosen)]


def some(things: Sequence[_One], few: int) -> list[_One]:
    """So many of them, spread evenly from the first to the last; all of them where every one is asked for."""
    if EVERY or len(things) <= few:
        return list(things)
    return [things[n * (len(things) - 1) // max(few - 1, 1)] for n in range(few)]


def times(every: int, few: int) -> int:
    """How often something is tried with other chances: often where every test is asked for, else a few times."""
    return every if EVERY else few


def kinds_of_xml(file: Path) -> set[str]:
    """The elements of a diagram or table within their parents, and the attributes that they have."""
    found = set()
    for element in etree.parse(file).iter(etree.Element):
        parent = element.getparent()
        tag = etree.QName(element).localname
        found.add(f"{'' if parent is None else etree.QName(parent).localname}/{tag}")
        found.update(f"{tag}@{name}" for name in map(str, element.attrib))
    return found


def kinds_of_form(file: Path) -> set[str]:
    """The types of a form's fields, and what they say of themselves."""
    found: set[str] = set()
    _walk(json.loads(file.read_text("utf-8")), "", found)
    return found


def _walk(value: Any, place: str, found: set[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _walk(one, place, found)
    elif isinstance(value, dict):
        place = str(value.get("type", place))
        for key, inside in value.items():
            found.add(f"{place}.{key}")
            _walk(inside, place, found)
