"""Puts a backup in the place of a database, in one rename, while nobody uses it.

Before that rename the old database is as it was, with more contents beside it at the most; behind it the new one is
whole. Contents are only ever added: each is what its name says, in whichever database a row names it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from engine.clock import SHANGHAI
from engine.upkeep.backup import key_files
from engine.upkeep.checking import check
from engine.upkeep.files import BackupRefused, RestoreRefused, copy, digest_of, is_plain, make_folder, sync, told
from engine.upkeep.findings import Finding
from engine.upkeep.manifest import CONTENTS, DATABASE, KEYS, Entry, Manifest
from engine.upkeep.snapshots import known_schemas

#: The bytes that SQLite locks in a file (PENDING_BYTE and what follows, sqlite3's os.h); each connection that has read
#: a database in WAL mode holds some of them until it is closed.
_LOCKED_FROM: Final = 0x40000000
_LOCKED_BYTES: Final = 512
#: Files beside a database that hold commits of it, and the one that only helps to find them.
_WITH_COMMITS: Final = ("-wal", "-journal")
_SHARED_MEMORY: Final = "-shm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A database that was restored."""

    manifest: Manifest
    #: Where the old database was put; None: there was none.
    kept_aside: Path | None
    #: Names of the key files that were put in place.
    keys: tuple[str, ...]
    #: Its schema is older than this program: the next start upgrades it.
    older: bool
    #: What the check found, and what does not keep it from being used.
    findings: tuple[Finding, ...]


def restore(backup: Path, database: Path, *, replace: bool, now: datetime, signing_key: Path | None = None) -> Restored:
    """Restore a backup.

    Args:
        backup: the folder.
        database: file of the database to make, or to put another in the place of.
        replace: there may be a database; it is kept under a name with the date, with its contents and keys.
        now: aware; that date.
        signing_key: where the key lies that signs heads; None: beside the database.

    Raises:
        BackupRefused: the backup is not whole, or newer than this program.
        RestoreRefused: a program uses the database, or there is one and ``replace`` is false.
        StorageUnavailable: the disk is full.
    """
    checked = check(backup)
    _usable(backup, checked.findings)
    newest, *older = known_schemas()
    if checked.manifest.schema not in (newest, *older):
        raise BackupRefused(
            f"the backup has schema {checked.manifest.schema!r}, which this program does not know: it was taken by "
            f"{checked.manifest.program}, a newer one; restore it with that",
            message_zh=f"备份来自更新的程序({checked.manifest.program}),请用该版本恢复。",
        )
    database = database.resolve()
    database.parent.mkdir(parents=True, exist_ok=True)
    with told(), _alone(database.parent):
        work = _Restoring(backup, database, checked.manifest, f"{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}")
        aside = work.run(replace=replace)
        keys = work.put_keys(key_files(database, signing_key))
    return Restored(
        manifest=checked.manifest,
        kept_aside=aside,
        keys=keys,
        older=checked.manifest.schema != newest,
        findings=checked.findings,
    )


def _usable(backup: Path, findings: tuple[Finding, ...]) -> None:
    if fatal := [one for one in findings if one.fatal]:
        raise BackupRefused(
            f"{backup} is not whole: " + "; ".join(f"{one.en} ({', '.join(one.examples)})" for one in fatal),
            message_zh=f"{backup} 不完整:" + ";".join(one.zh for one in fatal) + "。",
        )


class _Restoring:
    """One restoration into one folder."""

    def __init__(self, backup: Path, database: Path, manifest: Manifest, stamp: str) -> None:
        self._backup, self._database, self._manifest = backup, database, manifest
        self._stamp = stamp
        self._staged = database.with_name(f".{database.name}.{secrets.token_hex(4)}.restoring")
        self._contents = database.with_suffix(".files")
        self._aside = _free_name(database, stamp)

    def run(self, *, replace: bool) -> Path | None:
        """Put contents and database in place; gives where the old database is."""
        for left in self._database.parent.glob(f".{_quoted(self._database.name)}.*.restoring"):
            left.unlink()
        there = self._database.exists()
        if there and not replace:
            raise RestoreRefused(
                f"{self._database} is there; --replace keeps it under another name and puts the backup in its place",
                message_zh=f"{self._database} 已存在;加 --replace 会把它改名保留后再恢复。",
            )
        if there:
            _settle(self._database)
        try:
            self._stage()
            if there:
                self._keep_contents()
            self._add_contents()
            self._switch() if there else self._put()
        except BaseException:
            self._staged.unlink(missing_ok=True)
            if not self._aside.exists():
                shutil.rmtree(self._aside.with_suffix(".files"), ignore_errors=True)
            raise
        return self._aside if there else None

    def put_keys(self, places: dict[str, Path]) -> tuple[str, ...]:
        """Put the backup's keys where the program looks for them; others that lie there are kept beside."""
        for name in self._manifest.keys:
            source, place = self._backup / KEYS / name, places[name]
            if is_plain(place) and digest_of(place) == digest_of(source):
                continue
            aside = place.with_name(f".{place.name}.restoring")
            aside.unlink(missing_ok=True)
            copy(source, aside)
            _give(aside, place.parent)
            if place.exists():
                place.rename(place.with_name(f"{place.name}.before-{self._stamp}"))
            aside.rename(place)
            sync(place.parent)
        return self._manifest.keys

    def _stage(self) -> None:
        entry = next(one for one in self._manifest.files if one.name == DATABASE)
        self._copy(entry, self._staged)
        if self._database.exists():
            shutil.copymode(self._database, self._staged)
        _give(self._staged, self._database.parent)

    def _copy(self, entry: Entry, target: Path) -> None:
        if copy(self._backup / entry.name, target) != (entry.sha256, entry.size):
            target.unlink()
            raise BackupRefused(f"{entry.name} has changed just now", message_zh=f"{entry.name} 刚刚被改动。")

    def _keep_contents(self) -> None:
        """The old database keeps its contents under its new name, by links that take no room."""
        kept = self._aside.with_suffix(".files")
        for path in self._contents.glob("??/*"):
            if is_plain(path):
                target = kept / path.parent.name / path.name
                make_folder(target.parent, within=self._database.parent)
                os.link(path, target)

    def _add_contents(self) -> None:
        folders = set()
        for entry in self._manifest.files:
            if not entry.name.startswith(f"{CONTENTS}/"):
                continue
            target = self._contents / entry.name.removeprefix(f"{CONTENTS}/")
            if is_plain(target) and digest_of(target) == (entry.sha256, entry.size):
                os.utime(target)  # as young as a new one: nobody sweeps it before the database is there
                continue
            make_folder(target.parent, within=self._database.parent)
            aside = target.with_name(f"{target.name}.{secrets.token_hex(8)}.part")
            try:
                self._copy(entry, aside)
                aside.replace(target)
            finally:
                aside.unlink(missing_ok=True)
            folders.add(target.parent)
            for path in (target, target.parent, self._contents):
                _give(path, self._database.parent)
        for folder in sorted(folders | ({self._contents} if folders else set())):
            sync(folder)

    def _switch(self) -> None:
        """Nobody has it open: the old one gets a second name, the new one takes its first."""
        with _held(self._database):
            for suffix in _WITH_COMMITS:
                path = _beside(self._database, suffix)
                if path.exists():  # of a database too damaged to take its commits in
                    os.link(path, _beside(self._aside, suffix))
            os.link(self._database, self._aside)
            self._clear()
            self._staged.replace(self._database)
        sync(self._database.parent)

    def _put(self) -> None:
        """There is none: whoever makes one meanwhile is not run over."""
        for suffix in _WITH_COMMITS:
            path = _beside(self._database, suffix)
            if path.exists():  # commits of a database that is gone: they would be taken for the new one's
                path.rename(_beside(self._aside, suffix))
        self._clear()
        try:
            os.link(self._staged, self._database)
        except FileExistsError as problem:
            raise _in_use(self._database) from problem
        self._staged.unlink()
        sync(self._database.parent)

    def _clear(self) -> None:
        for suffix in (*_WITH_COMMITS, _SHARED_MEMORY, "-jobs"):
            _beside(self._database, suffix).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One restoration in a folder at a time."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        raise RestoreRefused(
            f"another restoration into {folder} is under way", message_zh=f"{folder} 正在进行另一次恢复。"
        ) from problem
    finally:
        os.close(descriptor)


def _settle(database: Path) -> None:
    """Let a database take in the commits of its log; one that is damaged stays as it is.

    Raises:
        RestoreRefused: a program uses it.
    """
    with _held(database):
        pass
    # Only now: what this process has locked in a file is free as soon as it closes any of its connections to it.
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(database, timeout=0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


@contextmanager
def _held(database: Path) -> Iterator[None]:
    """Nobody has the database open, and nobody reads it, within the block.

    The lock is the one that SQLite takes before it writes, so it does not matter whether the file can be read.

    Raises:
        RestoreRefused: a program uses it.
    """
    descriptor = os.open(database, os.O_RDWR)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except OSError as problem:
            raise _in_use(database) from problem
        yield
    finally:
        os.close(descriptor)


def _in_use(database: Path) -> RestoreRefused:
    return RestoreRefused(
        f"a program uses {database}; stop the server first", message_zh=f"{database} 正在使用中,请先停止服务。"
    )


def _free_name(database: Path, stamp: str) -> Path:
    """Where the old one goes: its name with the date, its contents beside it as beside every database."""
    number = 1
    while True:
        more = "" if number == 1 else f"-{number}"
        name = database.with_name(f"{database.stem}.before-{stamp}{more}{database.suffix}")
        if not name.exists() and not name.with_suffix(".files").exists():
            return name
        number += 1


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def _quoted(name: str) -> str:
    """A name as a pattern that matches nothing else."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _give(path: Path, folder: Path) -> None:
    """What root restores belongs to whom the folder belongs to: the server's user."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
