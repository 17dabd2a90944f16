"""Looks at a living installation and says what is wrong with it; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from engine.attachments.folder import Folder
from engine.store.database import Database
from engine.upkeep import moment, surroundings
from engine.upkeep.backup import key_files
from engine.upkeep.findings import Finding, finding
from engine.upkeep.invariants import INVARIANTS
from engine.upkeep.snapshots import connect, damage_of, facts_of, known_schemas, watching

LATE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found."""

    database: Path
    #: Aware UTC.
    at: datetime
    #: Revision of the schema; empty: there is none, or it cannot be read.
    schema: str
    findings: tuple[Finding, ...]
    #: False: the database is damaged or of another release, so that only a part could be looked at.
    whole: bool

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def examine(
    database: Path,
    *,
    now: datetime,
    outbox: Path,
    signing_key: Path | None = None,
    late: timedelta = LATE,
    least_free: int = surroundings.LEAST_FREE,
) -> Report:
    """Look at everything.

    Args:
        database: its file; a server may be writing to it.
        now: aware, by the machine's clock.
        outbox: folder into which messages are delivered.
        signing_key: where the key lies that signs heads; None: beside the database.
        late: due work that was not done for so long is late.
        least_free: bytes that must be free on each disk.

    Raises:
        ConfigurationError: there is no database.
        StorageUnavailable: it is locked for too long, or its disk gives errors.
    """
    schema, findings = _file(database)
    whole = not findings
    with watching(database) as db:
        folder = Folder.beside(db).root
        findings += surroundings.room(database, folder, outbox, least=least_free)
        if whole:
            findings += _inside(db, now, late)
            with db.read() as connection:
                findings += surroundings.keys(connection, key_files(database, signing_key))
            with db.read() as connection:  # young: what was uploaded before it is there
                findings += surroundings.contents(connection, folder, now)
    return Report(database=database, at=now, schema=schema, findings=tuple(findings), whole=whole)


def _file(database: Path) -> tuple[str, list[Finding]]:
    """The schema, and whether the file is one that can be asked more."""
    connection = connect(database, frozen=False)
    try:
        damage = damage_of(connection, quick=True)
        if damage:
            return "", finding(
                "integrity", "the database is damaged; restore a backup", "数据库文件损坏,请恢复备份", damage
            )
        schema = facts_of(connection).schema
    finally:
        connection.close()
    newest, *older = known_schemas()
    if schema == newest:
        return schema, []
    if schema in older:
        en, zh = "the schema is older; the next start upgrades it", "数据库版本较旧,下次启动时升级"
        return schema, finding("schema_older", en, zh, [schema])
    if schema:
        en, zh = "the schema is of a newer program", "数据库来自更新的程序"
        return schema, finding("schema_newer", en, zh, [schema])
    return schema, finding("schema_none", "there is no schema of ours in it", "不是本系统的数据库,或尚未初始化")


def _inside(db: Database, now: datetime, late: timedelta) -> Iterator[Finding]:
    """All in one snapshot: between two transactions everything must fit."""
    with db.read() as connection:
        yield from _invariants(connection)
        yield from moment.look(connection, moment.moment_of(connection, now, late))


def _invariants(connection: Connection) -> Iterator[Finding]:
    for one in INVARIANTS:
        yield from finding(one.code, one.en, one.zh, one.look(connection))
