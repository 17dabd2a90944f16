"""What `kefuflow --help` says: all commands with their options, in one parser."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from typing import Final

#: Module of this package → the commands that it adds, in the order in which help tells them.
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "serve": ("serve",),
    "deploy": ("deploy", "lint"),
    "scripts": ("scripts",),
    "scenarios": ("scenarios",),
    "backtest": ("backtest",),
    "shop": ("shop",),
    "settings": ("settings",),
    "calendar": ("calendar",),
    "users": ("user",),
    "history": ("history", "audit"),
    "repair": ("repair",),
    "retention": ("retention",),
    "search": ("search",),
    "schema": ("db",),
    "upkeep": ("backup", "restore", "doctor"),
}
_DESCRIPTION = """\
Kefuflow (客服流) runs the customer-service processes of an online shop: diagrams in BPMN, decision tables in DMN,
forms for the agents, and a history that can be proved."""
_EPILOG = """\
Exit status: 0 done; 1 done and the answer is no (findings, failed scenarios, a history that differs); 2 not done.

Start with:  kefuflow serve --demo        then open http://127.0.0.1:8000
"""


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the command line; ``options.run(options)`` gives the exit status.

    Args:
        arguments: what is to be parsed; only the command that they name is read then. Reading what all commands need
            takes longer than most of them do.
    """
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
    named = _command_in(arguments)
    for subject, its_commands in SUBJECTS.items():
        if named is None or named in its_commands:
            import_module(f"engine.cli.{subject}").add_commands(commands, shared)
    return parser


def _command_in(arguments: Sequence[str]) -> str | None:
    """The command that the arguments name; None: none, or help is asked for before it."""
    words = iter(arguments)
    for word in words:
        if word == "--database":
            next(words, None)
        elif not word.startswith("--database="):
            return word if word in chain.from_iterable(SUBJECTS.values()) else None
    return None


def _add_database(parser: argparse.ArgumentParser, *, default: object) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=default,
        help="database, e.g. sqlite:///var/kefuflow.db (default: $KEFUFLOW_DATABASE_URL, else that file)",
    )
