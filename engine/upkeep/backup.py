"""Takes a backup while everything goes on: the database as of one commit, then the contents that it names.

A content never changes and is written before the row that names it, so what the copied database names is there
when its turn comes; unless retention has given it up meanwhile, which the living database tells.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from engine import audit, second_factor
from engine.attachments.folder import Folder
from engine.inspection.policy import pseudonyms
from engine.upkeep.files import BackupRefused, copy, digest_of, free_bytes, make_folder, sync, told, write
from engine.upkeep.manifest import CONTENTS, DATABASE, KEYS, MANIFEST, Entry, Manifest
from engine.upkeep.snapshots import Progress, ask_for, connect, contents_of, copy_database, facts_of, nobody, watching

SESSION_KEY: Final = "session.key"
SIGNING_KEY: Final = audit.keys.FILE_NAME
#: What a backup may need beside the files themselves.
_ROOM_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was taken."""

    folder: Path
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(one.size for one in self.manifest.files)


def key_files(database: Path, signing_key: Path | None) -> dict[str, Path]:
    """Where the keys of a database lie, by the name that they have in a backup; some may not be made yet."""
    beside, signing = database.parent, signing_key or database.parent / SIGNING_KEY
    return {
        SESSION_KEY: beside / SESSION_KEY,
        pseudonyms.FILE: beside / pseudonyms.FILE,
        second_factor.FILE: beside / second_factor.FILE,
        SIGNING_KEY: signing,
        f"{SIGNING_KEY}.next": signing.with_name(f"{signing.name}.next"),
    }


def take(
    database: Path, target: Path, *, keys: Mapping[str, Path], now: datetime, progress: Progress = nobody
) -> Backup:
    """Take a backup into a new folder, which is there as a whole or not at all.

    Args:
        database: file of the database; a server may be writing to it.
        target: folder to make.
        keys: files of keys that go along, by their names in the backup; those that are not there do not.
        now: aware; what stands in the manifest.
        progress: told of the database's pages.

    Raises:
        BackupRefused: the target is there, another backup is being made there, or the database is damaged.
        ConfigurationError: there is no database.
        StorageUnavailable: the disk is full.
        OSError: the target's folder cannot be written.
    """
    target = target.absolute()
    ask_for(database)
    with watching(database) as db:
        folder = Folder.beside(db)
        if target.is_relative_to(folder.root.absolute()):
            raise BackupRefused("the folder of contents is no place for a backup", message_zh="请换一个文件夹。")
        with told(), _aside(target) as aside:
            try:
                return _take(database, folder, aside, target, keys, now, progress)
            except sqlite3.DatabaseError as problem:
                if isinstance(problem, sqlite3.OperationalError):
                    raise
                raise BackupRefused(
                    f"the database is damaged: {problem}", message_zh="数据库文件已损坏,无法备份。"
                ) from problem


def _take(
    database: Path, folder: Folder, aside: Path, target: Path, keys: Mapping[str, Path], now: datetime,
    progress: Progress,
) -> Backup:  # fmt: skip
    _ask_room(aside, database)
    write(aside / DATABASE, b"")
    copy_database(database, aside / DATABASE, progress)
    sync(aside / DATABASE)
    with closing(connect(aside / DATABASE, frozen=True)) as copied:
        facts, named = facts_of(copied), contents_of(copied)
    sha256, size = digest_of(aside / DATABASE)
    entries, absent = [Entry(name=DATABASE, size=size, sha256=sha256)], []
    for content in named:
        found = _copy_content(folder, content, aside)
        entries += found
        if not found or found[0].sha256 != content:
            absent.append(content)
    entries += _copy_keys(keys, aside)
    missing = _still_named(database, absent)
    manifest = Manifest(
        program=f"kefuflow {version('kefuflow')}",
        schema=facts.schema,
        taken_at=now,
        events=facts.events,
        heads=facts.heads,
        newest_head=facts.newest_head,
        files=tuple(entries),
        missing=tuple(missing),
        given_up=tuple(one for one in absent if one not in set(missing)),
    )
    write(aside / MANIFEST, manifest.text)
    for path in sorted((path for path in aside.rglob("*") if path.is_dir()), reverse=True):
        sync(path)
    sync(aside)
    _put_in_place(aside, target)
    return Backup(folder=target, manifest=manifest)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A folder beside the target, for one process at a time; what one that died has left in it goes.

    Raises:
        BackupRefused: the target is there, or somebody else is making it.
    """
    if os.path.lexists(target):
        raise _taken(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    aside.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _claim(descriptor, aside, target)
        for path in aside.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        try:
            yield aside
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _claim(descriptor: int, aside: Path, target: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(descriptor), os.stat(aside))
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if not ours:
        raise BackupRefused(f"another backup to {target} is being made", message_zh=f"正在备份到 {target},请稍候。")


def _put_in_place(aside: Path, target: Path) -> None:
    if os.path.lexists(target):  # rename would take the place of an empty folder
        raise _taken(target)
    aside.rename(target)
    sync(target.parent)


def _taken(target: Path) -> BackupRefused:
    return BackupRefused(
        f"{target} is there already; a backup needs a new folder", message_zh=f"{target} 已存在,请换一个新文件夹。"
    )


def _ask_room(aside: Path, database: Path) -> None:
    """A disk that cannot hold the database is found out before it is full."""
    wanted, free = database.stat().st_size + _ROOM_BYTES, free_bytes(aside)
    if free < wanted:
        raise OSError(28, f"{wanted:,} bytes are needed and {free:,} free", str(aside))


def _copy_content(folder: Folder, content: str, aside: Path) -> list[Entry]:
    """A content and its small picture; nothing where it is gone."""
    try:
        source = folder.path(content)
    except ValueError:  # somebody has written nonsense into the row
        return []
    found = []
    for path in (source, source.with_suffix(".thumb")):
        name = f"{CONTENTS}/{path.parent.name}/{path.name}"
        make_folder((aside / name).parent, within=aside)
        try:
            sha256, size = copy(path, aside / name)
        except FileNotFoundError:
            (aside / name).unlink(missing_ok=True)
            if path == source:
                return []
            continue
        found.append(Entry(name=name, size=size, sha256=sha256))
    return found


def _copy_keys(keys: Mapping[str, Path], aside: Path) -> list[Entry]:
    found = []
    for name, path in keys.items():
        if path.is_file():
            (aside / KEYS).mkdir(mode=0o700, exist_ok=True)
            sha256, size = copy(path, aside / KEYS / name)
            found.append(Entry(name=f"{KEYS}/{name}", size=size, sha256=sha256))
    return found


def _still_named(database: Path, contents: list[str]) -> list[str]:
    """Those of the contents that the living database names now as well."""
    if not contents:
        return []
    with closing(connect(database, frozen=False)) as live:
        now = set(contents_of(live))
    return [content for content in contents if content in now]
