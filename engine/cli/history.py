"""`kefuflow history show` and `kefuflow audit re-execute`: what happened in a case, and whether it holds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from engine import canonical
from engine.audit import CaseReport, StreamReport, re_execute
from engine.cli.parts import Commands, open_parts
from engine.clock import SHANGHAI
from engine.history import Difference
from engine.model import SYSTEM, Event
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
    audit = commands.add_parser("audit", help="proof that a history holds", description="Proof that a history holds.")
    actions = audit.add_subparsers(title="actions", metavar="ACTION", required=True)
    again = actions.add_parser(
        "re-execute",
        parents=[shared],
        help="run a case again from its recorded commands and compare",
        description="Runs a case again from its recorded commands, with the definitions as they are stored, and "
        "compares event by event. Says that it is the same, or names the first event that differs (exit status 1).",
    )
    again.set_defaults(run=run_re_execute)
    for parser in (show, again):
        parser.add_argument("case", metavar="CASE", help="case id, as the case page shows it")


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


def run_re_execute(options: argparse.Namespace) -> int:
    """Run the case again; 1 when it differs."""
    with open_parts(options) as parts:
        report = re_execute(parts.db, options.case)
    for stream in report.streams:
        print(_stream_line(stream))
    for damage in report.damage:
        print(
            f"{damage.process_id} version {damage.version}: the stored {damage.kind} {damage.id} was changed after it "
            f"was deployed (发布后的内容被改动过)"
        )
    print(_verdict(report))
    return 0 if report.same else 1


def _stream_line(stream: StreamReport) -> str:
    head = f"{stream.process_id} version {stream.version}, instance {stream.stream}"
    if stream.difference is None:
        return f"{head}: {stream.steps} steps, {stream.events} events, same"
    return f"{head}: differs at {_difference(stream.difference)}"


def _difference(found: Difference) -> str:
    text = f"event {found.seq} (revision {found.revision}"
    text += f", element {found.element})" if found.element else ")"
    text += f": {found.reason}"
    if found.recorded is not None or found.executed is not None:
        text += f"\n    recorded (记录): {_event(found.recorded)}\n    executed (重新执行): {_event(found.executed)}"
    return text


def _event(event: Event | None) -> str:
    if event is None:
        return "nothing"
    return f"{event.kind} {event.element or ''} {canonical.encode(event.value).decode()}"


def _verdict(report: CaseReport) -> str:
    if report.same:
        return f"same: case {report.case_id} follows from its commands, event for event (一致)"
    return f"different: case {report.case_id} does not follow from its commands (不一致)"
