"""Files of a change, alone and among what is in force: the same names in both."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from engine.definitions import bytes_of
from engine.definitions.bundle import ids_of
from engine.store.tables import current_resource, resource, studio_draft
from engine.studio.kinds import file_name, resource_of


def draft_files(connection: Connection, change: int) -> dict[str, bytes]:
    """Names of files (``<id>.bpmn``, ``.dmn``, ``.form``, ``.txt``, ``.yaml``) → contents of a change's drafts."""
    rows = connection.execute(
        select(studio_draft.c.kind, studio_draft.c.id, studio_draft.c.content)
        .where(studio_draft.c.change == change)
        .order_by(studio_draft.c.kind, studio_draft.c.id)
    )
    return {file_name(row.kind, row.id): bytes_of(row.content) for row in rows}


def files_around(connection: Connection, change: int) -> dict[str, bytes]:
    """All that would be in force once the change is deployed, by the same names."""
    return laid_over(connection, draft_files(connection, change))


def files_in_force(connection: Connection) -> dict[str, bytes]:
    """All that is in force, by the same names."""
    return laid_over(connection, {})


def laid_over(connection: Connection, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """All that would be in force once files are deployed; a file that defines several decisions is there once."""
    taken = set()
    for name, content in files.items():
        found = resource_of(name)
        if found is not None:
            taken |= {(found[0], one) for one in (found[1], *ids_of(found[0], name, content))}
    rows = connection.execute(
        select(current_resource.c.kind, current_resource.c.id, resource.c.hash, resource.c.content)
        .join(resource, resource.c.hash == current_resource.c.hash)
        .order_by(current_resource.c.kind, current_resource.c.id)
    )
    around, seen = dict(files), set()
    for row in rows:
        if (row.kind, row.id) not in taken and (row.kind, row.hash) not in seen:
            name = file_name(row.kind, row.id)
            content = bytes_of(row.content)
            around[name] = content
            if len(ids_of(row.kind, name, content)) > 1:
                seen.add((row.kind, row.hash))
    return around
