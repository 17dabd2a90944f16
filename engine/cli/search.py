"""`kefuflow search`: makes the index by which cases are found anew, and says how far it is."""

from __future__ import annotations

import argparse

from engine import search
from engine.cli.parts import Commands, open_parts


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `search rebuild` and `search update`."""
    parser = commands.add_parser("search", help="the index of search", description="By what cases are found.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    anew = actions.add_parser(
        "rebuild",
        parents=[shared],
        help="make the index anew from cases and orders",
        description="Empties the index and reads every case and order again. People may go on working meanwhile; "
        "until it is done they find cases by their numbers, and those that have been read again. Never needed in "
        "ordinary operation: `serve` keeps the index up to date.",
    )
    anew.set_defaults(run=run_rebuild)
    update = actions.add_parser(
        "update",
        parents=[shared],
        help="read what has changed, until nothing is left",
        description="Reads what has changed since the index was last brought up to date, as `serve` does every few "
        "seconds: after an import into a database that nobody serves.",
    )
    update.set_defaults(run=run_update)


def run_rebuild(options: argparse.Namespace) -> int:
    """Empty the index and fill it again."""
    with open_parts(options) as parts:
        search.rebuild(parts.db)
    return run_update(options)


def run_update(options: argparse.Namespace) -> int:
    """Index all that has changed, and say what there is."""
    with open_parts(options) as parts:
        while search.due(parts.db, parts.definitions):
            pass
        with parts.db.read() as connection:
            cases, orders = search.count(connection)
    print(f"{cases} cases and {orders} orders can be found")
    return 0
