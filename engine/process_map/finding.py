"""Finds where something stands in the files in force: a number in whatever way it is written, words, a variable.

All texts stand in memory, read once a deployment; a look through them takes a few milliseconds.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, select

from engine.process_map.entries import Entry, FileKind, Place
from engine.process_map.files import entries_of
from engine.process_map.quantities import Found, Quantity, alike, fold, folded, numbers_in, quantity_of
from engine.store.tables import current_resource, installation, resource, studio_change, studio_draft

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: A question is no longer than this; the rest is not looked at.
LONGEST: Final = 100
#: So many hits are shown; all are counted.
MOST_HITS: Final = 300
_VARIABLE: Final = ("var:", "变量:")
_EPOCH: Final = "deployments"
#: Changes whose drafts may still come into force.
_UNDER_WAY: Final = ("open", "submitted", "approved")
#: Signs around a hit, and between two hits, that are shown of a long text.
_AROUND: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A text in which it stands."""

    entry: Entry
    #: The text in parts, and whether each is what was looked for; ``…`` where something is left out.
    parts: tuple[tuple[str, bool], ...]
    #: Of a variable: whether it is set here, and read here.
    sets: bool = False
    reads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An answer."""

    #: In the order of kinds, files and places.
    hits: tuple[Hit, ...]
    #: How many there are, by kind, before the kind is chosen.
    counts: Mapping[FileKind, int]
    #: The variable, where one was asked for.
    variable: str | None = None
    #: Whether a number was looked for in whatever way it is written.
    is_number: bool = False

    @property
    def total(self) -> int:
        """Of all kinds."""
        return sum(self.counts.values())


@dataclass(slots=True)
class _Kept:
    """The texts of one deployment."""

    epoch: str
    entries: list[Entry]
    plain: list[str] = field(default_factory=list)
    numbers: dict[Quantity, set[int]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for place, entry in enumerate(self.entries):
            text = folded(entry.text)
            self.plain.append(text)
            for found in numbers_in(text, _hint(entry)):
                for quantity in found.quantities:
                    self.numbers[quantity].add(place)
            for name in entry.sets | entry.reads:
                self.names[name].add(place)


_KEPT: WeakKeyDictionary[Definitions, _Kept] = WeakKeyDictionary()
_LOCK: Final = threading.Lock()


def find(
    connection: Connection,
    definitions: Definitions,
    query: str,
    *,
    kind: FileKind | None = None,
    drafts: bool = False,
) -> Finding:
    """Where it stands.

    Args:
        connection: of one snapshot.
        definitions: whose files, for the texts that are kept between questions.
        query: a number, words (all of them), or ``var:`` and the name of a variable.
        kind: only hits of this kind; the others are counted.
        drafts: in the drafts of changes under way instead of what is in force.
    """
    asked = query.strip()[:LONGEST]
    kept = _Kept(epoch="", entries=_drafts(connection)) if drafts else _in_force(connection, definitions)
    prefix = next((one for one in _VARIABLE if folded(asked).startswith(folded(one))), None)
    if prefix is not None:
        return _variable(kept, asked[len(prefix) :].strip(), kind)
    return _words(kept, asked, kind)


def texts_of(connection: Connection, definitions: Definitions, kind: FileKind, file: str) -> list[Entry]:
    """The texts of one file in force."""
    return [one for one in _in_force(connection, definitions).entries if one.kind is kind and one.file == file]


def _variable(kept: _Kept, name: str, kind: FileKind | None) -> Finding:
    places = sorted(kept.names.get(name, ())) if name else []
    hits = []
    for place in places:
        entry = kept.entries[place]
        if kind in (None, entry.kind):
            exact = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            parts = tuple(_cut(entry.text, [match.span() for match in exact.finditer(entry.text)]))
            hits.append(Hit(entry=entry, parts=parts, sets=name in entry.sets, reads=name in entry.reads))
    return Finding(hits=tuple(hits[:MOST_HITS]), counts=_counts(kept, places), variable=name)


def _words(kept: _Kept, asked: str, kind: FileKind | None) -> Finding:
    plain = folded(asked)
    quantities = quantity_of(plain)
    meant = alike(quantities) if quantities else frozenset()
    words = [] if quantities else plain.split()
    if quantities:
        places = sorted(set().union(*(kept.numbers.get(one, set()) for one in meant)))
    else:
        places = [n for n, text in enumerate(kept.plain) if words and all(word in text for word in words)]
    shown = [place for place in places if kind in (None, kept.entries[place].kind)][:MOST_HITS]
    hits = []
    for place in shown:
        entry = kept.entries[place]
        hits.append(Hit(entry=entry, parts=_parts(entry.text, words, meant, _hint(entry))))
    return Finding(hits=tuple(hits), counts=_counts(kept, places), is_number=bool(quantities))


def _counts(kept: _Kept, places: Iterable[int]) -> dict[FileKind, int]:
    counts = dict.fromkeys(FileKind, 0)
    for place in places:
        counts[kept.entries[place].kind] += 1
    return counts


def _hint(entry: Entry) -> str:
    """What the numbers of a text are about; a whole sentence says so itself."""
    return folded(f"{entry.detail} {entry.element_name}") if len(entry.text) <= _AROUND else ""


# --- what is marked ------------------------------------------------------------------------------


def _parts(text: str, words: Iterable[str], meant: Iterable[Quantity], hint: str = "") -> tuple[tuple[str, bool], ...]:
    plain, places = fold(text)
    spans = [(found.start, found.end) for found in _meant(plain, hint, frozenset(meant))]
    for word in words:
        start = plain.find(word)
        while start >= 0:
            spans.append((start, start + len(word)))
            start = plain.find(word, start + len(word))
    marked = _merged([(places[start], places[end - 1] + 1) for start, end in spans])
    return tuple(_cut(text, marked))


def _meant(plain: str, hint: str, meant: frozenset[Quantity]) -> list[Found]:
    return [found for found in numbers_in(plain, hint) if found.quantities & meant] if meant else []


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, marked: list[tuple[int, int]]) -> Iterable[tuple[str, bool]]:
    """The text, of a long one what stands around the hits."""
    at = 0
    for n, (start, end) in enumerate(marked):
        between = text[at:start]
        if n == 0 and len(between) > _AROUND:
            between = f"…{between[-_AROUND:]}"
        elif n and len(between) > 2 * _AROUND:
            between = f"{between[:_AROUND]}…{between[-_AROUND:]}"
        yield from [(between, False)] if between else []
        yield text[start:end], True
        at = end
    rest = text[at:]
    most = _AROUND if marked else 3 * _AROUND
    if rest:
        yield (rest if len(rest) <= most else f"{rest[:most]}…"), False


# --- the texts -----------------------------------------------------------------------------------


def _in_force(connection: Connection, definitions: Definitions) -> _Kept:
    read = select(installation.c.value).where(installation.c.name == _EPOCH)
    epoch = str(connection.execute(read).scalar_one_or_none() or "")
    kept = _KEPT.get(definitions)
    if kept is None or kept.epoch != epoch:
        with _LOCK:  # who comes second finds that the first has read them
            kept = _KEPT.get(definitions)
            if kept is None or kept.epoch != epoch:
                kept = _Kept(epoch=epoch, entries=_read(connection))
                _KEPT[definitions] = kept
    return kept


def _read(connection: Connection) -> list[Entry]:
    found: list[Entry] = []
    rows = connection.execute(
        select(current_resource.c.kind, current_resource.c.id, resource.c.content).join(
            resource, resource.c.hash == current_resource.c.hash
        )
    ).all()
    titles: dict[str, str] = {}
    for kind in FileKind:
        for row in sorted((one for one in rows if one.kind == kind.value), key=lambda one: str(one.id)):
            found += entries_of(kind, row.id, _bytes(row.content), title=titles.get(row.id))
        if kind is FileKind.BPMN:
            titles = _forms_of(found)
    return found


def _forms_of(diagrams: Iterable[Entry]) -> dict[str, str]:
    """Form → process and step that ask it."""
    return {
        one.text: f"{one.title} · {one.element_name}" if one.element_name else one.title
        for one in diagrams
        if one.place is Place.REFERENCE and one.detail == "formId"
    }


def _drafts(connection: Connection) -> list[Entry]:
    rows = connection.execute(
        select(studio_draft.c.change, studio_draft.c.kind, studio_draft.c.id, studio_draft.c.content)
        .join(studio_change, studio_change.c.key == studio_draft.c.change)
        .where(studio_change.c.status.in_(_UNDER_WAY))
        .order_by(studio_draft.c.change, studio_draft.c.id)
    ).all()
    return [
        entry
        for kind in FileKind
        for row in rows
        if row.kind == kind.value
        for entry in entries_of(kind, row.id, _bytes(row.content), change=row.change)
    ]


def _bytes(content: bytes | str) -> bytes:
    """Stored content; a hand that edits it in SQL leaves a text behind."""
    return content.encode() if isinstance(content, str) else content
