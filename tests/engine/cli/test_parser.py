"""Only the command that is asked for is read, and the whole help tells of all of them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from engine.cli.parser import SUBJECTS, build_parser

ROOT = Path(__file__).parents[3]
EVERY = [command for commands in SUBJECTS.values() for command in commands]


def commands_of(parser: argparse.ArgumentParser) -> list[str]:
    (found,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return list(found.choices)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_module_adds_the_commands_that_the_table_says(subject: str) -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    import_module(f"engine.cli.{subject}").add_commands(commands, argparse.ArgumentParser(add_help=False))
    assert tuple(commands.choices) == SUBJECTS[subject]


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["doctor", "--database", "sqlite:///serve"],
        ["--database", "serve", "doctor", "--help"],
        ["--database=sqlite:///a", "doctor"],
    ],
)
def test_only_the_module_of_the_command_is_read(arguments: list[str]) -> None:
    assert commands_of(build_parser(arguments)) == list(SUBJECTS["upkeep"])


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["--help", "doctor"], ["--version"], ["no-such", "doctor"], ["--data", "x", "doctor"]]
)
def test_otherwise_all_of_them_are(arguments: list[str]) -> None:
    assert commands_of(build_parser(arguments)) == EVERY


def test_a_wrong_command_is_told_which_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine", "no-such"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert all(command in done.stderr for command in EVERY)


def test_a_command_does_not_read_what_others_need() -> None:
    """Reading everything takes more than a second."""
    program = "import sys; from engine.cli.parser import build_parser; build_parser(['user']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"engine.cli.users", "engine.cli.parts"} <= set(done.stdout.split())
    assert {"engine.backtest", "waitress", "openpyxl"}.isdisjoint(done.stdout.split())
