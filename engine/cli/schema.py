"""`kefuflow db upgrade`: makes a database, or brings it to the schema of this release."""

from __future__ import annotations

import argparse

from engine.cli.parts import Commands, settings_of
from engine.store.migrate import upgrade


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `db upgrade`."""
    db = commands.add_parser("db", help="the database itself", description="The database itself.")
    actions = db.add_subparsers(title="actions", metavar="ACTION", required=True)
    command = actions.add_parser(
        "upgrade",
        parents=[shared],
        help="make the database, or bring it to this release",
        description="Makes the database if there is none, else brings its schema to the one of this release. "
        "Running cases go on afterwards. `serve` does the same when it starts.",
    )
    command.set_defaults(run=run_upgrade)


def run_upgrade(options: argparse.Namespace) -> int:
    """Upgrade and say to what."""
    url = settings_of(options).database_url
    print(f"{url} has schema {upgrade(url)}")
    return 0
