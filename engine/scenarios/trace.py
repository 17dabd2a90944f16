"""What a case did, read from its history: the path of the process under test, and everything that was taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.definitions import Definitions, Deployed
from engine.rerun.comparing import ENTERED
from engine.store.database import Database
from engine.store.tables import history_event, process_instance
from engine.store.values import read_values

#: Implied by the catalogue's rules, so no path names them; others carry the property ``implied``.
_IMPLIED: Final = re.compile(r"act_tm_\w+|end_tm_\w+|join_\w+|init_defaults")


def is_implied(deployed: Deployed, element: str) -> bool:
    """Whether paths leave the element out."""
    found = deployed.definition.elements.get(element)
    return bool(_IMPLIED.fullmatch(element)) or (found is not None and found.properties.get("implied") == "true")


def read_path(db: Database, deployed: Deployed, instance_key: int) -> tuple[str, ...]:
    """Elements of an instance in the order in which they were entered, the implied ones left out."""
    entered = (element for kind, element in _events(db, instance_key) if kind in ENTERED)
    return tuple(element for element in entered if element and not is_implied(deployed, element))


def read_taken(db: Database, definitions: Definitions, case_id: str) -> frozenset[tuple[str, str]]:
    """(process id, id) of every flow taken and every element entered in a case; (decision id, number) of every rule."""
    with db.read() as connection:
        rows = connection.execute(process_instance.select().where(process_instance.c.case_id == case_id)).all()
    rules = frozenset(rule for row in rows for rule in _rules(db, row.key))
    return rules | frozenset(
        (definitions.get(row.definition).process_id, element)
        for row in rows
        for kind, element in _events(db, row.key)
        if element and (kind in ENTERED or kind == "flow.taken")
    )


def _rules(db: Database, instance_key: int) -> Iterator[tuple[str, str]]:
    """The rules that hit, of each decision's own table."""
    events = history_event.c
    with db.read() as connection:
        asked = connection.execute(
            history_event.select().where(events.stream == instance_key, events.kind == "decision.evaluated")
        ).all()
        told = read_values(connection, instance_key) if asked else {}
    for event in asked:
        answer = told[event.revision][event.n]
        yield from ((answer["decision"], str(rule)) for rule in answer["rules"])


def _events(db: Database, instance_key: int) -> Iterator[tuple[str, str | None]]:
    with db.read() as connection:
        rows = connection.execute(
            history_event.select().where(history_event.c.stream == instance_key).order_by(history_event.c.seq)
        ).all()
    return ((row.kind, row.element) for row in rows)
