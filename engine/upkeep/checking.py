"""Tells whether a backup is whole: every file as the manifest says, the database sound, every content there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine import audit
from engine.upkeep.files import digest_of, is_plain
from engine.upkeep.findings import Finding, finding
from engine.upkeep.manifest import CONTENTS, DATABASE, MANIFEST, Entry, Manifest, read_manifest
from engine.upkeep.snapshots import (
    Progress,
    connect,
    contents_of,
    damage_of,
    facts_of,
    known_schemas,
    nobody,
    watching,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A backup that was looked at."""

    manifest: Manifest
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether a database can be restored from it."""
        return not any(one.fatal for one in self.findings)


def check(folder: Path, *, verify: bool = False, progress: Progress = nobody) -> Checked:
    """Look at a backup; nothing is written.

    Args:
        folder: the backup.
        verify: compute every hash and signature of the record anew, too (``engine.audit.verify``).
        progress: told of the record's events.

    Raises:
        BackupRefused: it has no manifest that can be read.
    """
    manifest = read_manifest(folder)
    findings = [*_files(folder, manifest), *_foreign(folder, manifest)]
    if not any(DATABASE in one.examples for one in findings):
        findings += _database(folder, manifest)
        if verify and not any(one.fatal for one in findings):
            findings += _record(folder, manifest, progress)
    return Checked(manifest=manifest, findings=tuple(findings))


def _files(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    gone, cut, changed = [], [], []
    for one in manifest.files:
        path = folder / one.name
        if not is_plain(path):
            gone.append(one.name)
        elif path.stat().st_size != one.size:
            cut.append(one.name)
        elif digest_of(path) != (one.sha256, one.size):
            changed.append(one.name)
    yield from finding("file_missing", "files of the backup are missing", "备份中缺少文件", gone)
    yield from finding("file_size", "files of the backup have another size", "备份文件大小不符", cut)
    yield from finding("file_changed", "files of the backup were changed", "备份文件内容被改动", changed)


def _foreign(folder: Path, manifest: Manifest) -> list[Finding]:
    names = {one.name for one in manifest.files} | {MANIFEST}
    there = (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())
    foreign = [name for path in there if (name := path.relative_to(folder).as_posix()) not in names]
    en = "files lie in the backup that do not belong to it; they are not restored"
    return finding("file_foreign", en, "备份中有不属于它的文件,恢复时会忽略", foreign, fatal=False)


def _database(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    with closing(connect(folder / DATABASE, frozen=True)) as connection:
        damage = damage_of(connection)
        yield from finding("integrity", "the database is damaged", "数据库文件损坏", damage)
        if damage:
            return
        try:
            facts, named = facts_of(connection), contents_of(connection)
        except (sqlite3.DatabaseError, ValueError) as problem:
            yield from finding("integrity", "the database is none of this program", "不是本系统的数据库", [problem])
            return
    said = (manifest.schema, manifest.events, manifest.heads, manifest.newest_head)
    if (facts.schema, facts.events, facts.heads, facts.newest_head) != said:
        yield from finding("facts_differ", "schema, events or heads are not those of the manifest", "数据与清单不符")
    yield from _contents(manifest, named)


def _contents(manifest: Manifest, named: list[str]) -> Iterator[Finding]:
    prefix = f"{CONTENTS}/"
    there = {one.name.rpartition("/")[2]: one for one in manifest.files if one.name.startswith(prefix)}
    absent = [content for content in named if not _is(there.get(content), content)]
    lost_before, given_up = set(manifest.missing), set(manifest.given_up)
    new = [content for content in absent if content not in lost_before | given_up]
    old = [content for content in absent if content in lost_before]
    yield from finding("content_missing", "uploaded files that the database names are missing", "缺少上传的文件", new)
    en = "uploaded files were missing or damaged already when the backup was taken"
    yield from finding("content_lost_before", en, "备份时已缺失或损坏的上传文件", old, fatal=False)


def _is(entry: Entry | None, content: str) -> bool:
    return entry is not None and entry.sha256 == content


def _record(folder: Path, manifest: Manifest, progress: Progress) -> Iterator[Finding]:
    if manifest.schema != known_schemas()[0]:
        en = f"the record cannot be verified: schema {manifest.schema} is not that of this program"
        yield from finding("other_schema", en, "数据库版本与程序不同,无法校验记录", fatal=False)
        return
    with watching(folder / DATABASE, frozen=True) as db:
        found = audit.verify(db, progress=progress)
    flaws = [flaw.sentence_en for flaw in found.flaws]
    yield from finding("record_damaged", "the record is not as it was written", "记录有损", flaws)
