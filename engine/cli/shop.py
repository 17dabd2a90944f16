"""`kefuflow shop import`: orders, parcels, payments, rulings, returns from the exports of shop and platform."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine import shop
from engine.cli.parts import Commands, open_parts


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `shop import`."""
    parser = commands.add_parser("shop", help="orders, parcels, payments, rulings", description="What the shop tells.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    read = actions.add_parser(
        "import",
        parents=[shared],
        help="read orders, parcels, payments, rulings and returns from CSV or JSON",
        description="Reads orders, parcels, payments, platforms' rulings and goods sent back; the columns tell which. "
        "Reading a file again changes nothing. A parcel with news wakes the cases that wait for it, an order newly "
        "paid starts its dispatch; payments, rulings and returns go to the case that waits for them, which they name "
        "by its number (case_id) or its order.",
    )
    read.add_argument("files", metavar="FILE", nargs="+", type=Path, help=".csv or .json")
    read.set_defaults(run=run_import)


def run_import(options: argparse.Namespace) -> int:
    """Import; 1 when rows were refused."""
    refused = 0
    with open_parts(options) as parts:
        for path in options.files:
            report = shop.import_file(parts.runtime, path)
            rows = f"{report.orders} orders, {report.parcels} parcels, {report.events} events"
            print(f"{path}: {rows}, {report.changed} changed, {report.messages} messages")
            for problem in report.problems:
                print(f"{path}: {problem}", file=sys.stderr)
            refused += len(report.problems)
    return 1 if refused else 0
