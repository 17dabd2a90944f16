"""`kefuflow history` and `kefuflow audit`: what happened in a case, and whether the record holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from engine import canonical
from engine.cli import eventlogs, narrative, policy, proofs, reexecution
from engine.cli.parts import Commands, open_parts
from engine.clock import SHANGHAI
from engine.model import SYSTEM
from engine.queries import EventView, Queries

_PAGE: Final = 500


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add both commands."""
    history = commands.add_parser("history", help="what happened in a case", description="What happened in a case.")
    actions = history.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show",
        parents=[shared],
        help="print a case's history in order",
        description="Prints every event of a case and of what it called, in order: when, who, what, where, values. "
        "Personal data are masked.",
    )
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    show.set_defaults(run=run_show)
    narrative.add_command(actions, shared)
    audit = commands.add_parser("audit", help="proof that a history holds", description="Proof that a history holds.")
    actions = audit.add_subparsers(title="actions", metavar="ACTION", required=True)
    reexecution.add_command(actions, shared)
    proofs.add_commands(actions, shared)
    eventlogs.add_export(actions, shared)
    policy.add_command(actions, shared)
    show.add_argument("case", metavar="CASE", help="case id, as the case page shows it")


def run_show(options: argparse.Namespace) -> int:
    """Print the history."""
    with open_parts(options) as parts:
        for event in _events(Queries(parts.db, parts.definitions, parts.clock), options.case):
            print(_as_json(event) if options.json else _as_line(event))
    return 0


def _events(queries: Queries, case: str) -> Iterator[EventView]:
    after = None
    while page := queries.events(case, SYSTEM, after=after, limit=_PAGE):
        yield from page
        after = page[-1].cursor


def _as_line(event: EventView) -> str:
    at = event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    place = event.process_name if event.element is None else f"{event.process_name} · {event.element_name}"
    value = "" if event.value is None else "  " + canonical.encode(event.value).decode()
    return f"{at}  {event.actor_name}  {event.kind}  {place}{value}"


def _as_json(event: EventView) -> str:
    fields = {
        "instance": event.stream,
        "seq": event.seq,
        "revision": event.revision,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "kind": event.kind,
        "process": event.process_name,
        "element": event.element,
        "element_name": event.element_name,
        "value": event.value,
    }
    return canonical.encode(fields).decode()
