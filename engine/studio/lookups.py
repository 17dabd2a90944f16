"""Decision tables in force that people look things up in, outside of any case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, select

from engine.definitions import bytes_of
from engine.definitions.bundle import DECISION, FORM
from engine.dmn import Decision, load
from engine.dmn.references import description_of, read_references
from engine.errors import EngineError, NotFound
from engine.labels import Labels, labels_of
from engine.store.tables import current_resource, resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A table to look things up in."""

    id: str
    name: str
    #: The heading under which it is listed; "": none.
    group: str
    description: str
    decision: Decision


def list_lookups(connection: Connection) -> list[Lookup]:
    """Those in force, by heading and name."""
    rows = connection.execute(
        select(resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == DECISION)
    )
    found = {one.id: one for row in rows for one in _lookups_of(bytes_of(row.content))}
    return sorted(found.values(), key=lambda one: (one.group, one.name, one.id))


def get_lookup(connection: Connection, decision_id: str) -> Lookup:
    """One of them.

    Raises:
        NotFound: there is none, or nobody is to look things up in it.
    """
    content = connection.execute(
        select(resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == DECISION, current_resource.c.id == decision_id)
    ).scalar_one_or_none()
    for one in () if content is None else _lookups_of(bytes_of(content)):
        if one.id == decision_id:
            return one
    raise NotFound(f"nobody looks things up in {decision_id[:60]!r}", message_zh="没有这张查询表。")


def words_of_forms(connection: Connection) -> Labels:
    """How the forms in force call fields and their options; what they do not call has the house's own words."""
    rows = connection.execute(
        select(current_resource.c.id, resource.c.content)
        .join(resource, resource.c.hash == current_resource.c.hash)
        .where(current_resource.c.kind == FORM)
        .order_by(current_resource.c.id)
    )
    return _words(tuple((row.id, bytes_of(row.content)) for row in rows))


@lru_cache(maxsize=256)
def _lookups_of(content: bytes) -> tuple[Lookup, ...]:
    try:
        marked = read_references(content)
        decisions = load(content).decisions if marked else {}
    except EngineError:
        return ()  # the lint says what is wrong with it
    return tuple(
        Lookup(
            id=name,
            name=decisions[name].name,
            group=group,
            description=description_of(content, name),
            decision=decisions[name],
        )
        for name, group in marked.items()
        if name in decisions
    )


@lru_cache(maxsize=4)
def _words(forms: tuple[tuple[str, bytes], ...]) -> Labels:
    return labels_of({name: json.loads(content) for name, content in forms})
