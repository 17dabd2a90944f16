"""What many tests begin with is done once: a database that was the same before gets what the first one came to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar, cast

from engine.store.database import Database

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a database came to, the files that were made beside it, such as keys, and what the deed gave."""

    pages: sqlite3.Connection
    files: Mapping[str, bytes]
    result: Any


#: By what a database was and what was done.
_KNOWN: Final[dict[tuple[str, Hashable], _Outcome]] = {}


def once(db: Database, what: Hashable, act: Callable[[], _Result]) -> _Result:
    """Do something to a database, or copy what it came to in another one that was the same to the byte.

    Args:
        db: the database; nobody is writing.
        what: the deed, with all that it depends on beside the database, such as the time.
        act: does it, and changes nothing else that later steps need; gives what they need to know.
    """
    raw = db.engine.raw_connection()
    try:
        file = cast("sqlite3.Connection", raw.driver_connection)
        key = (sha256(file.serialize()).hexdigest(), what)
        if key in _KNOWN:
            _KNOWN[key].pages.backup(file)
            for name, content in _KNOWN[key].files.items():
                (db.file.parent / name).write_bytes(content)
                (db.file.parent / name).chmod(0o600)
            return cast("_Result", _KNOWN[key].result)
        before = _beside(db)
        result = act()
        pages = sqlite3.connect(":memory:", check_same_thread=False)
        file.backup(pages)
        files = {name: (db.file.parent / name).read_bytes() for name in _beside(db) - before}
        _KNOWN[key] = _Outcome(pages, files, result)
        return result
    finally:
        raw.close()


def _beside(db: Database) -> set[str]:
    """Names of files in the database's folder that are no part of it."""
    names = {path.name for path in db.file.parent.iterdir() if path.is_file()}
    return {name for name in names if not name.startswith(db.file.name)}
