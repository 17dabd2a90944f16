"""`kefuflow scripts import`: scripts (话术) from a file into the library."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from engine import scripts, shop
from engine.cli.parts import Commands, open_parts
from engine.clock import SystemClock
from engine.model import SYSTEM
from engine.store.database import Database

#: The library that the product comes with.
SHIPPED: Final = Path(__file__).parents[2] / "processes" / "scripts" / "library.json"


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `scripts import`."""
    parser = commands.add_parser("scripts", help="the library of scripts", description="What people say to customers.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    read = actions.add_parser(
        "import",
        parents=[shared],
        help="take scripts over from a JSON file",
        description="Takes over the scripts of a file whose codes nobody has here yet; scripts that are here stay as "
        "people made them. Without a file: the library that the product comes with.",
    )
    read.add_argument("files", metavar="FILE", nargs="*", type=Path, default=[SHIPPED], help=".json")
    read.set_defaults(run=run_import)


def run_import(options: argparse.Namespace) -> int:
    """Import; a file that is not in order changes nothing."""
    with open_parts(options) as parts:
        for path in options.files:
            with parts.runtime.db.begin() as tx:
                at = parts.runtime.clock.now()
                taken = scripts.import_library(tx, path.read_bytes(), SYSTEM, at=at, channels=shop.CHANNELS)
            print(f"{path}: {taken} scripts are new (新增话术 {taken} 条)")
    return 0


def fill_library(database_url: str) -> None:
    """Put the shipped library into a database that has no scripts at all."""
    if not SHIPPED.is_file():
        return
    db = Database.open(database_url)
    try:
        with db.begin() as tx:
            if not scripts.has_scripts(tx.connection):
                now = SystemClock().now()
                scripts.import_library(tx, SHIPPED.read_bytes(), SYSTEM, at=now, channels=shop.CHANNELS)
    finally:
        db.close()
