"""`kefuflow shop import`: orders and parcels from the shop's exports."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine import shop
from engine.cli.parts import Commands, open_parts


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `shop import`."""
    parser = commands.add_parser("shop", help="orders and parcels", description="The shop's orders and parcels.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    read = actions.add_parser(
        "import",
        parents=[shared],
        help="read orders and parcels from CSV or JSON",
        description="Reads orders and parcels; the columns tell which. Reading a file again changes nothing. A parcel "
        "with news wakes the cases that wait for it, an order newly paid starts its dispatch.",
    )
    read.add_argument("files", metavar="FILE", nargs="+", type=Path, help=".csv or .json")
    read.set_defaults(run=run_import)


def run_import(options: argparse.Namespace) -> int:
    """Import; 1 when rows were refused."""
    refused = 0
    with open_parts(options) as parts:
        for path in options.files:
            report = shop.import_file(parts.runtime, path)
            print(f"{path}: {report.orders} orders, {report.parcels} parcels, {report.messages} messages")
            for problem in report.problems:
                print(f"{path}: {problem}", file=sys.stderr)
            refused += len(report.problems)
    return 1 if refused else 0
