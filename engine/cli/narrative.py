"""`kefuflow history tell`: a case in plain sentences."""

from __future__ import annotations

import argparse
import sys

from engine.cli.parts import Commands, open_parts
from engine.model import SYSTEM
from engine.narrative import MOST_EVENTS, events_of, tell_case
from engine.queries import Queries


def add_command(actions: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to those of `kefuflow history`."""
    tell = actions.add_parser(
        "tell",
        parents=[shared],
        help="tell a case in plain sentences",
        description="Tells a case in Chinese sentences, day by day, with a summary above: who did what, what the "
        "rules said, what was paid, what it waits for. Every sentence comes from events. Personal data are masked.",
    )
    tell.add_argument("case", metavar="CASE", help="case id, as the case page shows it")
    tell.add_argument("--en", action="store_true", help="in English")
    tell.set_defaults(run=run_tell)


def run_tell(options: argparse.Namespace) -> int:
    """Print the telling."""
    with open_parts(options) as parts:
        queries = Queries(parts.db, parts.definitions, parts.clock)
        case = queries.case(options.case, SYSTEM)
        events = events_of(queries, options.case, SYSTEM)
        now = parts.clock.now()
        told = tell_case(parts.db, parts.definitions, case, events, now=now, english=options.en)
    print(told.as_text(), end="")
    if len(events) > MOST_EVENTS:
        print(f"only the first {MOST_EVENTS} events are told (只讲述了前 {MOST_EVENTS} 条)", file=sys.stderr)
    return 0
