"""Opens what a command works with: settings, database, definitions, runtime."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from engine import failpoints
from engine.clock import Clock, SystemClock
from engine.config import Settings
from engine.connectors import CONNECTORS
from engine.definitions import Definitions, bundle
from engine.errors import ConfigurationError
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.migrate import check_current, upgrade

#: What add_subparsers gives; its class is private to argparse.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

#: What can be deployed, by suffix.
SUFFIXES = tuple(bundle.SUFFIXES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What most commands need."""

    db: Database
    clock: Clock
    definitions: Definitions
    runtime: Runtime


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the environment, with the database of the command line where one is given.

    A failpoint that they name is armed.
    """
    settings = Settings.from_env()
    if settings.failpoint is not None:
        failpoints.arm(settings.failpoint)
        print(f"kefuflow: this program dies on purpose at {settings.failpoint}", file=sys.stderr, flush=True)
    return replace(settings, database_url=options.database) if options.database else settings


@contextmanager
def open_parts(options: argparse.Namespace) -> Iterator[Parts]:
    """The parts on the database of the command line; its schema must be the one of this release.

    Raises:
        ConfigurationError: there is no database, or it has another schema.
    """
    db = Database.open(settings_of(options).database_url)
    try:
        check_current(db)
        yield parts_on(db, SystemClock())
    finally:
        db.close()


@contextmanager
def throw_away_parts(folder: Path, clock: Clock) -> Iterator[Parts]:
    """The parts on a new database in a folder of the caller, who removes it."""
    url = f"sqlite:///{folder / 'kefuflow.db'}"
    upgrade(url)
    db = Database.open(url)
    try:
        yield parts_on(db, clock)
    finally:
        db.close()


def parts_on(db: Database, clock: Clock) -> Parts:
    """The parts on an open database."""
    definitions = Definitions(db, clock)
    return Parts(db=db, clock=clock, definitions=definitions, runtime=Runtime(db, clock, definitions, CONNECTORS))


def read_files(paths: list[Path], suffixes: tuple[str, ...] = SUFFIXES) -> dict[str, bytes]:
    """Contents of files, and of those in folders with one of the suffixes, by the path as people see it.

    Raises:
        ConfigurationError: there is nothing of the kind in a path.
        OSError: a file cannot be read.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        found = sorted(p for p in path.rglob("*") if p.suffix in suffixes and p.is_file()) if path.is_dir() else [path]
        if not found:
            raise ConfigurationError(
                f"{path} holds no file of these kinds: {', '.join(suffixes)}", message_zh=f"{path} 中没有可用的文件。"
            )
        files |= {str(file): file.read_bytes() for file in found}
    return files
