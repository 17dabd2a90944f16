"""Which variables are personal to somebody who may see no case: what any form has ever called so."""

from __future__ import annotations

from engine.flow_analysis.choosing import version_keys
from engine.labels import labels_for
from web.wiring import parts


def personal_names(process_id: str) -> frozenset[str]:
    """Names that a form of any version of a process, or of any process in force, declares to be personal.

    A case has variables of the versions that it ran on, and of the processes that called it. What the catalogue calls
    personal is not among them.
    """
    definitions = parts().definitions
    with parts().db.read() as connection:
        keys = version_keys(connection, process_id).values()
    versions = [*definitions.all_latest(), *(definitions.get(key) for key in keys)]
    return frozenset().union(*(labels_for(version).personal for version in versions))
