"""Writes a case's history, and the definitions it ran on, as a file that every later release must re-execute.

Run by hand when a release is made: ``python -m tests.golden.keep DATABASE_URL CASE FILE``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from engine import canonical
from engine.audit import case_keys
from engine.audit.reexecution import read_steps
from engine.store.database import Database
from engine.store.tables import calendar_version, definition, process_instance, resource


def keep(db: Database, case_id: str) -> dict[str, Any]:
    """The case as JSON: streams with their recorded steps and final state, definitions with their resources."""
    with db.read() as connection:
        streams, definitions, contents = [], {}, {}
        calendars: dict[str, str] = {}
        for key in case_keys(connection, case_id):
            row = connection.execute(select(process_instance).where(process_instance.c.key == key)).one()
            version = connection.execute(select(definition).where(definition.c.key == row.definition)).one()
            manifest = canonical.decode(version.manifest)
            definitions[str(version.key)] = {"bpmn": manifest["bpmn"], "decisions": manifest["decisions"]}
            for digest in (manifest["bpmn"], *manifest["decisions"].values()):
                content = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one()
                contents[digest] = content.decode()
            for step in read_steps(connection, key):
                _keep_schedule(connection, canonical.decode(step.command), contents, calendars)
            streams.append(
                {
                    "key": key,
                    "definition": str(version.key),
                    "state": row.state.decode(),
                    "variables": row.variables.decode(),
                    "steps": [_step(step) for step in read_steps(connection, key)],
                }
            )
    return {"definitions": definitions, "resources": contents, "calendars": calendars, "streams": streams}


def _keep_schedule(
    connection: Connection, recorded: dict[str, Any], contents: dict[str, str], calendars: dict[str, str]
) -> None:
    """The calendar and the task SLA by which a step counted."""
    if "calendar" not in recorded:
        return
    digest, table = recorded["calendar"], recorded["sla"]
    kept = select(calendar_version.c.content).where(calendar_version.c.hash == digest).limit(1)
    calendars[digest] = connection.execute(kept).scalar_one().decode()
    contents[table] = (
        connection.execute(select(resource.c.content).where(resource.c.hash == table)).scalar_one().decode()
    )


def _step(step: Any) -> dict[str, Any]:
    events = [
        [*event[:9], *(None if part is None else part.hex() for part in (event.commitment, event.hash, event.command))]
        for event in step.events
    ]
    return {
        "revision": step.revision,
        "seed": step.seed.hex(),
        "command": step.command.decode(),
        "values": step.values.decode(),
        "core_events": step.core_events,
        "events": events,
    }


if __name__ == "__main__":
    url, case, file = sys.argv[1:]
    Path(file).write_text(json.dumps(keep(Database.open(url), case), ensure_ascii=False, indent=1) + "\n", "utf-8")
