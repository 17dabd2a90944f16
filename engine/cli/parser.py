"""What `kefuflow --help` says: all commands with their options, in one parser."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from engine.cli import (
    backtest,
    calendar,
    deploy,
    history,
    repair,
    retention,
    scenarios,
    schema,
    scripts,
    search,
    serve,
    settings,
    shop,
    upkeep,
    users,
)

_DESCRIPTION = """\
Kefuflow (客服流) runs the customer-service processes of an online shop: diagrams in BPMN, decision tables in DMN,
forms for the agents, and a history that can be proved."""
_EPILOG = """\
Exit status: 0 done; 1 done and the answer is no (findings, failed scenarios, a history that differs); 2 not done.

Start with:  kefuflow serve --demo        then open http://127.0.0.1:8000
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; ``options.run(options)`` gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="kefuflow",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kefuflow {version('kefuflow')}")
    _add_database(parser, default=None)
    # Every command takes --database too, so that it may stand behind; there it must not undo what stands in front.
    shared = argparse.ArgumentParser(add_help=False)
    _add_database(shared, default=argparse.SUPPRESS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for subject in (
        serve,
        deploy,
        scripts,
        scenarios,
        backtest,
        shop,
        settings,
        calendar,
        users,
        history,
        repair,
        retention,
        search,
        schema,
        upkeep,
    ):
        subject.add_commands(commands, shared)
    return parser


def _add_database(parser: argparse.ArgumentParser, *, default: object) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=default,
        help="database, e.g. sqlite:///var/kefuflow.db (default: $KEFUFLOW_DATABASE_URL, else that file)",
    )
