"""Files that survive a power cut: copied with their hash, on the disk when the call returns."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from engine.errors import EngineError, StorageUnavailable

_PIECE: Final = 1 << 20
#: What a disk, a quota or a limit on files says when there is no more room.
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class BackupRefused(EngineError):
    """The backup cannot be made or used as it was asked for; nothing was left behind."""

    code = "backup_refused"
    message_zh = "备份未完成。"
    message_en = "The backup was not made."


class RestoreRefused(EngineError):
    """The database was not restored, and is as it was."""

    code = "restore_refused"
    message_zh = "数据库未恢复,原数据未改动。"
    message_en = "The database was not restored, and is as it was."


def make_folder(path: Path, *, within: Path) -> None:
    """Make a folder and those above it, down from one that is there; only we may read them (mode 0700)."""
    for one in (*reversed(path.relative_to(within).parents), path.relative_to(within)):
        (within / one).mkdir(mode=0o700, exist_ok=True)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file to a new one (mode 0600); gives SHA-256 (hexadecimal) and bytes of what was copied.

    Raises:
        FileExistsError: the target is there.
        OSError: one of them cannot be read or written; the target may be there in part.
    """
    digest, size = sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        out.flush()
        os.fsync(descriptor)
    return digest.hexdigest(), size


def write(target: Path, content: bytes) -> None:
    """Write a new file (mode 0600)."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(descriptor)


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and bytes of a file."""
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def is_plain(path: Path) -> bool:
    """Whether a file lies there itself, and no link to one."""
    return path.is_file() and not path.is_symlink()


def free_bytes(folder: Path) -> int:
    """How many bytes may still be written where a folder lies."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@contextmanager
def told() -> Iterator[None]:
    """Turns a full disk, as the kernel or SQLite tells it, into one error that says so.

    Raises:
        StorageUnavailable: there is no more room; what was begun has to be cleared away by the caller.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno not in _NO_ROOM:
            raise
        raise _no_room(problem) from problem
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise _no_room(problem) from problem


def _no_room(problem: Exception) -> StorageUnavailable:
    return StorageUnavailable(
        f"the disk is full or gives errors: {problem}; nothing was left behind",
        message_zh="磁盘已满或读写出错,没有留下半份文件。",
    )
