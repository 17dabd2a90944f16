"""The two files of OCEL 2.0, JSON and XML: objects and events are laid aside as they come, types stand before them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final, Protocol

import msgspec

from engine.eventlogs.attributes import Type, Typed
from engine.eventlogs.marks import Mark, stamp
from engine.eventlogs.xml_writing import XmlFile

#: When what is known of an object from the first is said to begin, as the standard has it.
_FIRST: Final = "1970-01-01T00:00:00Z"
_TYPES: Final[Mapping[Type, str]] = {
    Type.TEXT: "string",
    Type.TIME: "time",
    Type.INTEGER: "integer",
    Type.FLOAT: "float",
    Type.BOOLEAN: "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An attribute; of an object from an instant on, or from the first (None)."""

    name: str
    value: Typed
    since: datetime | None = None

    @property
    def time(self) -> str:
        """Since when, as the file has it."""
        return _FIRST if self.since is None else stamp(self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An object beside another, or at an event, and what it is there."""

    object_id: str
    qualifier: str


class Types:
    """The types of objects or events of a file with the attributes they were seen to have."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Type]] = {}

    def declared(self, name: str, attributes: Iterable[Said]) -> list[Said]:
        """The attributes, each in a name that has one type: a second type of it gets a name of its own."""
        known = self._found.setdefault(name, {})
        return [
            one if known.setdefault(one.name, one.value.type) is one.value.type else self._beside(known, one)
            for one in attributes
        ]

    @staticmethod
    def _beside(known: dict[str, Type], one: Said) -> Said:
        name = f"{one.name}.{one.value.type.value}"
        known[name] = one.value.type
        return Said(name=name, value=one.value, since=one.since)

    def items(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Type → its attributes and their types."""
        return [
            (name, [(one, _TYPES[kind]) for one, kind in sorted(known.items())])
            for name, known in sorted(self._found.items())
        ]


class Seen:
    """Remembers ids on disk: there may be as many as cases."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a private file that SQLite removes by itself
        self._db.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, object_id: str) -> bool:
        """Whether it is asked for the first time."""
        return self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (object_id,)).rowcount == 1

    def close(self) -> None:
        """Forget all."""
        self._db.close()


class OcelFile(Protocol):
    """Where objects and events go; an id comes once."""

    def add_object(self, id_: str, kind: str, attributes: Sequence[Said], related: Sequence[Related]) -> None:
        """An object with its attributes and those beside it."""

    def add_event(
        self, id_: str, kind: str, at: datetime, attributes: Sequence[Said], related: Sequence[Related]
    ) -> None:
        """An event with the objects that took part."""

    def finish(self, mark: Mark, target: IO[bytes]) -> None:
        """Write all of it."""


class JsonFile:
    """OCEL 2.0 as JSON; the two files to lay things aside are the caller's."""

    def __init__(self, objects: IO[bytes], events: IO[bytes]) -> None:
        self._object_types, self._event_types = Types(), Types()
        self._objects, self._events = objects, events

    def add_object(self, id_: str, kind: str, attributes: Sequence[Said], related: Sequence[Related]) -> None:
        """An object with its attributes and those beside it."""
        said = [
            {"name": one.name, "time": one.time, "value": one.value.json}
            for one in self._object_types.declared(kind, attributes)
        ]
        _add(self._objects, {"id": id_, "type": kind, "attributes": said, "relationships": _json(related)})

    def add_event(
        self, id_: str, kind: str, at: datetime, attributes: Sequence[Said], related: Sequence[Related]
    ) -> None:
        """An event with the objects that took part."""
        said = [{"name": one.name, "value": one.value.json} for one in self._event_types.declared(kind, attributes)]
        line = {"id": id_, "type": kind, "time": stamp(at), "attributes": said, "relationships": _json(related)}
        _add(self._events, line)

    def finish(self, mark: Mark, target: IO[bytes]) -> None:
        """Write all of it; the mark stands beside the four parts of the standard."""
        target.write(b'{"mark":' + msgspec.json.encode(mark.sentence))
        for name, types in (("objectTypes", self._object_types), ("eventTypes", self._event_types)):
            lines = [
                {"name": kind, "attributes": [{"name": one, "type": type_} for one, type_ in attributes]}
                for kind, attributes in types.items()
            ]
            target.write(b',\n"' + name.encode() + b'":' + msgspec.json.encode(lines))
        for name, part in (("objects", self._objects), ("events", self._events)):
            target.write(b',\n"' + name.encode() + b'":[')
            _pour(part, target)
            target.write(b"]")
        target.write(b"}\n")


def _json(related: Sequence[Related]) -> list[dict[str, str]]:
    return [{"objectId": one.object_id, "qualifier": one.qualifier} for one in related]


def _add(part: IO[bytes], line: Mapping[str, object]) -> None:
    part.write(b"," * bool(part.tell()) + b"\n" + msgspec.json.encode(line))


def _pour(part: IO[bytes], target: IO[bytes]) -> None:
    part.seek(0)
    shutil.copyfileobj(part, target)


class XmlLog:
    """OCEL 2.0 as XML; the two files to lay things aside are the caller's."""

    def __init__(self, objects: IO[bytes], events: IO[bytes]) -> None:
        self._object_types, self._event_types = Types(), Types()
        self._objects, self._events = objects, events
        self._to_objects, self._to_events = XmlFile(objects), XmlFile(events)

    def add_object(self, id_: str, kind: str, attributes: Sequence[Said], related: Sequence[Related]) -> None:
        """An object with its attributes and those beside it."""
        file = self._to_objects
        with file.element("object", {"id": id_, "type": kind}):
            with file.element("attributes"):
                for one in self._object_types.declared(kind, attributes):
                    file.leaf("attribute", {"name": one.name, "time": one.time}, one.value.text)
            _relate(file, related)

    def add_event(
        self, id_: str, kind: str, at: datetime, attributes: Sequence[Said], related: Sequence[Related]
    ) -> None:
        """An event with the objects that took part."""
        file = self._to_events
        with file.element("event", {"id": id_, "type": kind, "time": stamp(at)}):
            with file.element("attributes"):
                for one in self._event_types.declared(kind, attributes):
                    file.leaf("attribute", {"name": one.name}, one.value.text)
            _relate(file, related)

    def finish(self, mark: Mark, target: IO[bytes]) -> None:
        """Write all of it; the mark is an instruction to whoever processes the file."""
        self._to_objects.end()
        self._to_events.end()
        file = XmlFile(target)
        file.begin()
        file.note("mark", mark.sentence)
        with file.element("log"):
            for name, types in (("object", self._object_types), ("event", self._event_types)):
                with file.element(f"{name}-types"):
                    for kind, attributes in types.items():
                        _declare(file, f"{name}-type", kind, attributes)
            for name, part in (("objects", self._objects), ("events", self._events)):
                with file.element(name):
                    _pour(part, target)
        file.end()


def _declare(file: XmlFile, element: str, kind: str, attributes: Iterable[tuple[str, str]]) -> None:
    with file.element(element, {"name": kind}), file.element("attributes"):
        for name, type_ in attributes:
            file.leaf("attribute", {"name": name, "type": type_})


def _relate(file: XmlFile, related: Sequence[Related]) -> None:
    with file.element("objects"):
        for one in related:
            file.leaf("relationship", {"object-id": one.object_id, "qualifier": one.qualifier})
