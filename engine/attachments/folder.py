"""The folder of contents beside the database: each under its SHA-256, written whole or not at all, never changed.

Not in the database: a few pictures of a phone would hold up every writer behind them, and copying the database would
mean copying all pictures ever taken, each time. A content never changes, so a backup copies only what is new.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.errors import StorageUnavailable
from engine.store.database import Database

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_THUMB: Final = ".thumb"
_ASIDE: Final = ".part"


class Folder:
    """Contents by their hash; safe for threads and programs."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def beside(cls, db: Database) -> Folder:
        """The folder of a database: ``kefuflow.files`` beside ``kefuflow.db``."""
        return cls(db.file.with_suffix(".files"))

    def put(self, sha256: str, content: bytes, thumb: bytes | None) -> None:
        """Keep a content, if it is not there; afterwards it survives a power cut.

        Raises:
            StorageUnavailable: the disk is full, or cannot be written.
        """
        try:
            self._write(self.path(sha256), content)
            if thumb is not None:
                self._write(self._thumb_path(sha256), thumb)
        except OSError as problem:
            raise StorageUnavailable(f"a file cannot be kept: {problem.strerror}") from problem

    def path(self, sha256: str) -> Path:
        """Where a content lies."""
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is no hash")
        return self.root / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes | None:
        """A content; None: it is gone."""
        return _read(self.path(sha256))

    def thumb(self, sha256: str) -> bytes | None:
        """The small picture of a content; None: it has none, or it is gone."""
        return _read(self._thumb_path(sha256))

    def has(self, sha256: str) -> bool:
        """Whether a content is there."""
        return self.path(sha256).is_file()

    def drop(self, sha256: str) -> None:
        """Forget a content."""
        for path in (self._thumb_path(sha256), self.path(sha256)):
            path.unlink(missing_ok=True)

    def hashes(self, *, before: float) -> Iterator[str]:
        """Contents that were last given at an earlier second of the machine's clock; leftovers of crashes go.

        Args:
            before: seconds since 1970.
        """
        for path in self.root.glob("??/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= before:
                    continue
                if path.name.endswith(_ASIDE):
                    path.unlink()
                elif _HASH.fullmatch(path.name):
                    yield path.name

    def _thumb_path(self, sha256: str) -> Path:
        return self.path(sha256).with_suffix(_THUMB)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        with suppress(FileNotFoundError):
            if path.stat().st_size == len(content):
                os.utime(path)  # somebody gives it again: it is as young as a new one
                return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_ASIDE}")
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """The name of a new file survives a power cut only with its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise StorageUnavailable(f"a file cannot be read: {problem.strerror}") from problem
