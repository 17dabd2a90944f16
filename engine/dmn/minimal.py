"""What an editor saved, written with as little difference to the file before as can be.

An editor writes the whole file anew: it drops comments and declarations, and sets its own spaces. Here the file before
stays as it is written, and only what the editor really changed is taken over, element by element by their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from engine.dmn import xml
from engine.dmn.markup import Markup, Name, escaped, read, with_attribute
from engine.errors import DefinitionRefused

#: Attributes that editors leave out where they have these values.
_DEFAULTS: Final[Mapping[tuple[str, str], str]] = {
    ("decisionTable", "hitPolicy"): "UNIQUE",
    ("decisionTable", "preferredOrientation"): "Rule-as-Row",
    ("textAnnotation", "textFormat"): "text/plain",
    ("itemDefinition", "isCollection"): "false",
}
_STEP: Final = "  "


def keep_unchanged(original: bytes, saved: bytes) -> bytes:
    """The saved file in the words of the original one.

    The result says the same as ``saved``; where that cannot be had it is ``saved`` itself. Neither needs to be a
    decision model, or XML at all.
    """
    try:
        xml.read(original)
        xml.read(saved)
        before, after = original.decode(), saved.decode()
    except (DefinitionRefused, UnicodeDecodeError):
        return saved
    old, new = read(before.removeprefix("\ufeff")), read(after.removeprefix("\ufeff"))
    if old.root.tag != new.root.tag:
        return saved
    if same(old.root, new.root):
        return original
    root = _Merge(old.root, new.root).text()
    merged = f"{old.before}{root}{old.after}".encode()
    return merged if _says_the_same(merged, new.root) else saved


def _says_the_same(merged: bytes, new: Markup) -> bool:
    try:
        xml.read(merged)
    except DefinitionRefused:
        return False
    return same(read(merged.decode()).root, new)


def same(one: Markup, other: Markup) -> bool:
    """Whether two elements say the same, however written, and with children of different names in any order."""
    waiting = [(one, other)]
    while waiting:
        mine, theirs = waiting.pop()
        if mine.tag != theirs.tag or _meant(mine) != _meant(theirs) or _plain(mine.text) != _plain(theirs.text):
            return False
        left, right = _grouped(mine.children), _grouped(theirs.children)
        if len(left) != len(right):
            return False
        waiting += zip(left, right, strict=True)
    return True


def _said(root: Markup) -> dict[int, int]:
    """By an element's identity a number: the same for all that say the same (others may, very rarely, share it)."""
    found: dict[int, int] = {}
    for element in reversed(list(root.walk())):  # children before their parents
        children = tuple(found[id(child)] for child in _grouped(element.children))
        attributes = frozenset(_meant(element).items())
        found[id(element)] = hash((element.tag, attributes, _plain(element.text), children))
    return found


def _meant(element: Markup) -> dict[Name, str]:
    """The attributes without those that are so anyhow."""
    local = element.tag[1]
    return {name: value for name, value in element.attributes.items() if _DEFAULTS.get((local, name[1])) != value}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _grouped(children: Sequence[Markup]) -> list[Markup]:
    return sorted(children, key=lambda child: child.tag)


class _Merge:
    """Writes a new element with the text of the old one."""

    def __init__(self, old: Markup, new: Markup) -> None:
        self._old = old
        self._new = new
        #: Prefixes that only the new file declares.
        self._added: dict[str, str] = {}
        self._said = {**_said(old), **_said(new)}

    def text(self) -> str:
        """The element."""
        known = set(self._old.scope.values())
        used = {name[0] for element in self._new.walk() for name in (element.tag, *element.attributes)}
        for prefix, namespace in self._new.declared.items():
            if namespace in used - known and prefix and prefix not in self._old.scope:
                self._added[prefix] = namespace
        return self._element(self._old, self._new, "")

    def _element(self, old: Markup, new: Markup, indent: str) -> str:
        if old is not self._old and self._said[id(old)] == self._said[id(new)]:
            return _written(old)
        opening = self._opening(old, new)
        if not new.children:
            if not old.children and _plain(old.text) == _plain(new.text):
                return opening + "".join(old.between) + old.closing
            return _filled(opening, old.closing or f"</{old.written}>", escaped(new.text))
        body = self._children(old, new, indent)
        return _filled(opening, old.closing or f"</{old.written}>", body)

    def _opening(self, old: Markup, new: Markup) -> str:
        opening = old.opening
        if old is self._old:
            for prefix, namespace in self._added.items():
                opening = with_attribute(opening, f"xmlns:{prefix}", namespace)
        local = old.tag[1]
        for name, value in old.attributes.items():
            wanted = new.attributes.get(name)
            if wanted is None and _DEFAULTS.get((local, name[1])) == value:
                continue
            if wanted != value:
                opening = with_attribute(opening, self._attribute(name, old.scope), wanted)
        for name, value in new.attributes.items():
            if name not in old.attributes:
                opening = with_attribute(opening, self._attribute(name, old.scope), value)
        return opening

    def _children(self, old: Markup, new: Markup, indent: str) -> str:
        partners = _partners(old.children, new.children)
        place = {id(child): index for index, child in enumerate(old.children)}
        ordered = _in_old_order(new.children, partners, place, old.children)
        inner = next((lead for lead in map(_last_line, old.between[:-1]) if lead is not None), indent + _STEP)
        text = ""
        for child in ordered:
            partner = partners.get(id(child))
            if partner is None:
                text += f"\n{inner}{self._fresh(child, inner, old.scope)}"
                continue
            lead = old.between[place[id(partner)]]
            own = _last_line(lead)
            text += lead + self._element(partner, child, inner if own is None else own)
        last = old.between[-1] if old.children else f"\n{indent}"
        return text + last

    def _fresh(self, element: Markup, indent: str, scope: Mapping[str, str]) -> str:
        """An element that the old file has not."""
        name = self._name(element.tag, element.written, scope)
        opening = f"<{name}>"
        for attribute, value in element.attributes.items():
            opening = with_attribute(opening, self._attribute(attribute, scope), value)
        if element.children:
            inner = indent + _STEP
            body = "".join(f"\n{inner}{self._fresh(child, inner, scope)}" for child in element.children)
            return f"{opening}{body}\n{indent}</{name}>"
        if not element.text and not element.closing:
            return f"{opening[:-1]} />"
        return f"{opening}{escaped(element.text)}</{name}>"

    def _name(self, tag: Name, written: str, scope: Mapping[str, str]) -> str:
        """A name with the prefix that its namespace has in the old file."""
        namespace, local = tag
        wanted = written.rpartition(":")[0]
        known = {**scope, **self._added}
        prefixes = [prefix for prefix, each in known.items() if each == namespace]
        prefix = wanted if wanted in prefixes or not prefixes else prefixes[0]
        return f"{prefix}:{local}" if prefix else local

    def _attribute(self, name: Name, scope: Mapping[str, str]) -> str:
        namespace, local = name
        if not namespace:
            return local
        known = {**scope, **self._added}
        return f"{next((prefix for prefix, each in known.items() if each == namespace and prefix), '')}:{local}"


def _written(element: Markup) -> str:
    """An element letter for letter."""
    parts = [element.opening]
    for lead, child in zip(element.between, element.children, strict=False):
        parts += (lead, _written(child))
    return "".join((*parts, element.between[-1], element.closing))


def _filled(opening: str, closing: str, body: str) -> str:
    if opening.endswith("/>"):
        opening = f"{opening[:-2].rstrip()}>"
    return opening + body + closing


def _last_line(lead: str) -> str | None:
    """The spaces before an element on its line; None where it does not begin one."""
    line = lead.rpartition("\n")[2] if "\n" in lead else None
    return line if line is not None and not line.strip() else None


def _partners(old: Sequence[Markup], new: Sequence[Markup]) -> dict[int, Markup]:
    """For each new child the old one that it was: of the same id, else the next one of its name that has no partner."""
    by_key = dict(zip(_keys(old), old, strict=True))
    found: dict[int, Markup] = {}
    for key, child in zip(_keys(new), new, strict=True):
        if key in by_key:
            found[id(child)] = by_key.pop(key)
    alone = {id(child) for child in by_key.values()}
    left = [child for child in old if id(child) in alone and not _identity(child)]
    for child in new:
        if id(child) not in found:
            partner = next((each for each in left if each.tag == child.tag), None)
            if partner is not None:
                left.remove(partner)
                found[id(child)] = partner
    return found


def _keys(children: Sequence[Markup]) -> list[tuple[Name, str, int]]:
    """What an element is known by among its neighbours."""
    seen: Counter[tuple[Name, str]] = Counter()
    keys = []
    for child in children:
        key = child.tag, _identity(child)
        keys.append((*key, seen[key]))
        seen[key] += 1
    return keys


def _identity(element: Markup) -> str:
    return element.attributes.get(("", "id")) or element.attributes.get(("", "name")) or ""


def _in_old_order(
    new: Sequence[Markup], partners: Mapping[int, Markup], place: Mapping[int, int], old: Sequence[Markup]
) -> list[Markup]:
    """The new children; those of different names in the order in which the old file has them."""
    places = [place[id(partners[id(child)])] for child in new if id(child) in partners]
    if places == sorted(places):
        return list(new)
    first: dict[Name, int] = {}
    for index, child in enumerate(old):
        first.setdefault(child.tag, index)
    return sorted(new, key=lambda child: first.get(child.tag, len(old)))
