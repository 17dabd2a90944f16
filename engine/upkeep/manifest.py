"""What a backup says of itself: every file with its size and hash, and under all that one more hash.

The layout is fixed, so that a backup can be read by hand where this program is not at hand: ``database.db``,
``files/ab/ab…`` as in the folder beside the database, ``keys/session.key`` and the like, ``manifest.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from engine.upkeep.files import BackupRefused

DATABASE: Final = "database.db"
CONTENTS: Final = "files"
KEYS: Final = "keys"
MANIFEST: Final = "manifest.json"

_FORMAT: Final = 1
_NAME: Final = re.compile(r"database\.db|files/[0-9a-f]{2}/[0-9a-f]{64}(\.thumb)?|keys/[a-z]{1,20}\.key(\.next)?")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a backup."""

    #: Path within the backup, with ``/``.
    name: str
    #: Bytes.
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a backup, and when it was taken by which program."""

    program: str
    #: Revision of the database's schema.
    schema: str
    #: Aware UTC: everything that was committed before it is in the backup.
    taken_at: datetime
    events: int
    heads: int
    #: Entries under the newest signed head.
    newest_head: int
    files: tuple[Entry, ...]
    #: SHA-256 of contents that the database names and that were not there, or damaged, when it was taken.
    missing: tuple[str, ...]
    #: The same of contents that were given up while it was taken: retention had them deleted.
    given_up: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key files in it."""
        return tuple(one.name.removeprefix(f"{KEYS}/") for one in self.files if one.name.startswith(f"{KEYS}/"))

    @property
    def text(self) -> bytes:
        """The manifest as a file."""
        body = {"format": _FORMAT, **asdict(self), "taken_at": self.taken_at.astimezone(UTC).isoformat()}
        return json.dumps({**body, "sha256": _seal(body)}, ensure_ascii=False, indent=1).encode() + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupRefused: there is none, or it is not as this program or a later one has written it.
    """
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as problem:
        raise _refused(folder, f"{MANIFEST} cannot be read: {problem}", "清单无法读取") from problem
    if not isinstance(said, dict) or said.get("format") != _FORMAT:
        raise _refused(folder, f"{MANIFEST} is of another format", "清单格式不符")
    seal = said.pop("sha256", None)
    if seal != _seal(said):
        raise _refused(folder, f"{MANIFEST} was changed: its own hash is another", "清单被改动过")
    try:
        return _manifest(said)
    except (KeyError, TypeError, ValueError) as problem:
        raise _refused(folder, f"{MANIFEST} is malformed: {problem}", "清单内容有误") from problem


def _manifest(said: Mapping[str, Any]) -> Manifest:
    files = tuple(
        Entry(name=str(one["name"]), size=int(one["size"]), sha256=str(one["sha256"])) for one in said["files"]
    )
    for one in files:
        if not _NAME.fullmatch(one.name) or not _SHA256.fullmatch(one.sha256):
            raise ValueError(f"{one.name[:80]!r} is no file of a backup")
    names = [one.name for one in files]
    if DATABASE not in names or len(set(names)) != len(names):
        raise ValueError("the database is not in it, or a file is there twice")
    return Manifest(
        program=str(said["program"]),
        schema=str(said["schema"]),
        taken_at=datetime.fromisoformat(said["taken_at"]),
        events=int(said["events"]),
        heads=int(said["heads"]),
        newest_head=int(said["newest_head"]),
        files=files,
        missing=tuple(map(str, said["missing"])),
        given_up=tuple(map(str, said["given_up"])),
    )


def _seal(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _refused(folder: Path, why: str, zh: str) -> BackupRefused:
    return BackupRefused(f"{folder} is no whole backup: {why}", message_zh=f"{folder} 不是完整的备份:{zh}。")
