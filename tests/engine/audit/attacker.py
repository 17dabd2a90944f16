"""Somebody who can write to the database's file, knows how hashes are made, and does not have the key."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import canonical
from engine.audit.keys import introduction
from engine.history import GENESIS, RecordedEvent, StreamHead, merkle, record_step
from engine.history.checkpoint import Checkpoint, SignedCheckpoint, key_hash, sign_text
from engine.model import Event
from engine.store.database import Database
from engine.store.tables import GUARDS, guard_names


class Attacker:
    """Works with the guards off, and puts them back."""

    def __init__(self, db: Database) -> None:
        self.connection = sqlite3.connect(db.file, isolation_level=None)

    def __enter__(self) -> Attacker:
        self.connection.execute("BEGIN IMMEDIATE")
        for name in guard_names():
            self.connection.execute(f"DROP TRIGGER {name}")
        return self

    def __exit__(self, *_: object) -> None:
        for made in (made for triggers in GUARDS.values() for made in triggers):
            self.connection.execute(made)
        self.connection.execute("COMMIT")
        self.connection.close()

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> None:
        self.connection.execute(sql, values)

    def rewrite_stream(self, stream: int, change: Callable[[RecordedEvent, object], tuple[str, object]]) -> None:
        """Say of each event who did it and what it says, and compute every commitment and hash of the stream anew."""
        head, revision = StreamHead(0, GENESIS), 0
        made: list[RecordedEvent] = []
        for revision, seed, command, values, core in self.rows(
            'SELECT revision, seed, command, "values", core_events FROM history_value WHERE stream = ? ORDER BY 1',
            stream,
        ):
            rows = [
                RecordedEvent(*row)  # type: ignore[arg-type]  # rows of the driver are untyped
                for row in self.rows(
                    "SELECT * FROM history_event WHERE stream = ? AND revision = ? ORDER BY seq", stream, revision
                )
            ]
            told = [change(row, value) for row, value in zip(rows, canonical.decode(values), strict=True)]  # type: ignore[arg-type]  # rows of the driver are untyped
            events = [
                Event(kind=row.kind, element=row.element, token=row.token, value=value)  # type: ignore[arg-type]  # rows of the driver are untyped
                for row, (_, value) in zip(rows, told, strict=True)
            ]
            record = record_step(
                stream, head, events, revision=revision, at=rows[0].at, actor=told[0][0],
                seed=seed, command=command, core_events=core,
            )  # type: ignore[arg-type]  # fmt: skip  # rows of the driver are untyped
            head, made = record.head, [*made, *record.events]
            self.run(
                'UPDATE history_value SET "values" = ? WHERE stream = ? AND revision = ?',
                record.values,
                stream,
                revision,
            )
        self.run("DELETE FROM history_event WHERE stream = ?", stream)
        self.connection.executemany(f"INSERT INTO history_event VALUES ({','.join('?' * 12)})", made)
        self.run(
            "UPDATE process_instance SET history_seq = ?, history_hash = ? WHERE key = ?", head.seq, head.hash, stream
        )

    def rewrite_log(self) -> None:
        """Make the log's entries and tree fit the events, and the roots of the heads fit the tree."""
        self.run(
            "UPDATE log_leaf SET hash = (SELECT e.hash FROM history_event e WHERE e.stream = log_leaf.stream"
            " AND e.seq = log_leaf.seq)"
        )
        self.rebuild_tree()

    def rebuild_tree(self) -> None:
        """Nodes and roots from the entries as they are; heads beyond the last entry go."""
        self.run("DELETE FROM log_node")
        tree, roots = merkle.Frontier(), {}
        for n, stream, seq, hash_ in self.rows("SELECT n, stream, seq, hash FROM log_leaf ORDER BY n"):
            made = tree.append(merkle.leaf_hash(merkle.leaf_data(stream, seq, hash_)))  # type: ignore[arg-type]  # rows of the driver are untyped
            self.connection.executemany("INSERT INTO log_node VALUES (?, ?, ?)", made)
            roots[n + 1] = tree.root  # type: ignore[operator]  # rows of the driver are untyped
        self.run("DELETE FROM tree_head WHERE size > ?", tree.size)
        for (size,) in self.rows("SELECT size FROM tree_head"):
            self.run("UPDATE tree_head SET root = ? WHERE size = ?", roots[size], size)

    def sign_with_own_key(self) -> None:
        """Put an own key in the place of all keys, and sign every head with it."""
        secret = Ed25519PrivateKey.generate()
        public = secret.public_key().public_bytes_raw()
        ((origin,),) = self.rows("SELECT value FROM installation WHERE name = 'log_origin'")
        since = datetime(2026, 1, 1, tzinfo=UTC)
        text = introduction(str(origin), 1, public, since)
        note = sign_text(text, str(origin), key_hash(str(origin), public), secret.sign(text.encode()))
        self.run("DELETE FROM signing_key")
        self.run("INSERT INTO signing_key VALUES (1, ?, ?, ?)", public, int(since.timestamp()) * 10**6, note)
        for size, root, at in self.rows("SELECT size, root, at FROM tree_head"):
            when = datetime.fromtimestamp(int(str(at)) // 10**6, UTC)
            said = Checkpoint(origin=str(origin), size=int(str(size)), root=root, at=when)  # type: ignore[arg-type]  # rows of the driver are untyped
            signature = secret.sign(said.text.encode())
            signed = SignedCheckpoint(checkpoint=said, key_hash=key_hash(str(origin), public), signature=signature)
            self.run("UPDATE tree_head SET key = 1, note = ? WHERE size = ?", signed.note, size)

    def change_anything(self, chance: random.Random) -> str:
        """One value of one row of the record, at random; says which."""
        tables = ("history_event", "history_value", "log_leaf", "log_node", "tree_head", "signing_key")
        table = chance.choice(tables)
        columns = [row[1] for row in self.rows(f"PRAGMA table_info({table})")]
        keys = [str(row[1]) for row in self.rows(f"PRAGMA table_info({table})") if row[5]]
        rows = self.rows(f"SELECT * FROM {table}")
        row, place = chance.choice(rows), chance.randrange(len(columns))
        value = row[place]
        if isinstance(value, bytes) and value:
            at = chance.randrange(len(value))
            new: object = value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
        elif isinstance(value, int):
            new = value + 10_000_019
        else:
            new = f"{value or ''}x"
        where = " AND ".join(f"{key} = ?" for key in keys)
        found = [row[columns.index(key)] for key in keys]
        self.run(f'UPDATE {table} SET "{columns[place]}" = ? WHERE {where}', new, *found)
        return f"{table}.{columns[place]} of {found}: {value!r} → {new!r}"
