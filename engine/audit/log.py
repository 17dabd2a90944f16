"""The log over all streams: takes what steps have written into its tree, and signs the tree's head.

A leaf is the hash of a stream's last event, which covers all events before it. Steps know nothing of the log and pay
nothing for it: who keeps it reads on behind the last step it has seen, by the row numbers of ``history_value``, and
compares every stream once where these numbers have moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.audit.keys import FILE_NAME, Signer, make_origin
from engine.clock import from_microseconds, to_microseconds
from engine.history import merkle
from engine.history.checkpoint import Checkpoint, SignedCheckpoint, key_hash, read_checkpoint
from engine.store import behind
from engine.store.database import Database, Transaction
from engine.store.streams import SYSTEM_STREAM
from engine.store.tables import (
    log_leaf,
    log_node,
    log_position,
    process_instance,
    stream_head,
    tree_head,
)

if TYPE_CHECKING:
    from engine.runtime import Runtime

#: Steps, and streams, of one transaction.
_STEPS: Final = 5000
_SWEPT: Final = 2000
_ONLY: Final = 1
_EVERY_SECONDS: Final = 60.0
#: Of a worker's turn: it has timers to fire.
_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """A signed head of the log."""

    size: int
    root: bytes
    at: datetime
    #: Number of the key that signed it.
    key: int
    note: str

    @property
    def signed(self) -> SignedCheckpoint:
        """Its text, taken apart.

        Raises:
            ValueError: somebody changed it.
        """
        return read_checkpoint(self.note)


def list_heads(connection: Connection, *, limit: int | None = None) -> tuple[TreeHead, ...]:
    """Signed heads, the newest first."""
    rows = connection.execute(select(tree_head).order_by(tree_head.c.size.desc()).limit(limit))
    return tuple(_head(row) for row in rows)


def nodes_of(connection: Connection) -> merkle.Nodes:
    """The stored tree; proofs of one snapshot share what they have read of it, which never changes."""

    @cache
    def node(level: int, n: int) -> bytes:
        wanted = select(log_node.c.hash).where(log_node.c.level == level, log_node.c.n == n)
        found: bytes = connection.execute(wanted).scalar_one()
        return found

    return node


def size_of(connection: Connection) -> int:
    """How many leaves the log has."""
    last: int | None = connection.execute(select(func.max(log_leaf.c.n))).scalar_one()
    return 0 if last is None else last + 1


def seal(db: Database, signer: Signer, now: datetime) -> TreeHead | None:
    """Take all that has been written into the log, and sign its head; None when there was nothing new.

    Any number of processes may do so: who comes second finds nothing new.

    Raises:
        ConfigurationError: the file of the key holds none.
    """
    head = None
    while True:
        with db.begin() as tx:
            more, head = _take(tx, signer, now, head)
        if not more:
            return head


def make_ready(db: Database, signer: Signer, now: datetime) -> None:
    """Let a signer have the newest key, so that it can sign something else than a head.

    Raises:
        ConfigurationError: the file of the key holds none.
    """
    with db.begin() as tx:
        signer.key(tx, make_origin(tx), now)


class Sealing:
    """The worker's turn: signs a head once a minute where something has happened; makes no jobs."""

    def __init__(self, file: Path | None = None, *, every: float = _EVERY_SECONDS) -> None:
        """``file``: of the key, beside the database where None; ``every``: seconds between two heads."""
        self._signer: Signer | None = None
        self._file = file
        self._every = every
        self._sealed_at: float | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Sign what is new, if it is time."""
        started = monotonic()
        if self._sealed_at is not None and started - self._sealed_at < self._every:
            return False
        if self._signer is None:
            self._signer = Signer(self._file or key_file(runtime.db))
        head: TreeHead | None = None
        more = has_news(runtime.db)
        while more and monotonic() - started < _SECONDS:
            with runtime.db.begin() as tx:
                more, head = _take(tx, self._signer, runtime.clock.now(), head)
        self._sealed_at = None if more else started
        return False


def key_file(db: Database) -> Path:
    """Where the key lies when no setting says otherwise."""
    return db.file.parent / FILE_NAME


def has_news(db: Database) -> bool:
    """Whether any step has not been taken into the log."""
    with db.read() as connection:
        state = _state(connection)
        if state is None or state.swept is not None:
            return True
        return any(getattr(state, name) != value for name, value in behind.newest_place(connection).items())


def _take(tx: Transaction, signer: Signer, now: datetime, before: TreeHead | None) -> tuple[bool, TreeHead | None]:
    """One transaction's worth: whether there is more, and the head that was signed last."""
    streams, more = _next_streams(tx)
    leaves = _leaves(tx.connection, streams)
    if not leaves:
        return more, before
    return more, _sign(tx, signer, now, _append(tx, leaves))


def _next_streams(tx: Transaction) -> tuple[set[int], bool]:
    """Streams that may have gone on, and whether there are more; the place in the order of steps moves on."""
    state = _state(tx.connection)
    if state is None:
        tx.connection.execute(insert(log_position).values(id=_ONLY, swept=0, **behind.newest_place(tx.connection)))
        return {SYSTEM_STREAM}, True
    if state.swept is not None:
        return _sweep(tx, state.swept)
    if not behind.is_in_place(tx.connection, state):
        _move(tx, swept=0, **behind.newest_place(tx.connection))
        return {SYSTEM_STREAM}, True
    steps = behind.steps_behind(tx.connection, state.position, _STEPS)
    if steps:
        _move(tx, **steps[-1]._mapping)
    return {step.stream for step in steps}, len(steps) == _STEPS


def _sweep(tx: Transaction, swept: int) -> tuple[set[int], bool]:
    wanted = select(process_instance.c.key).where(process_instance.c.key > swept).order_by(process_instance.c.key)
    keys = list(tx.connection.execute(wanted.limit(_SWEPT)).scalars())
    _move(tx, swept=keys[-1] if keys else None)
    return set(keys), True


def _leaves(connection: Connection, streams: Iterable[int]) -> list[tuple[int, int, bytes]]:
    """(stream, seq, hash) of the heads that the log does not have yet, by stream."""
    wanted = sorted(streams)
    heads: dict[int, tuple[int, bytes]] = {}
    logged: dict[int, int] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        instances = select(process_instance.c.key, process_instance.c.history_seq, process_instance.c.history_hash)
        heads |= {key: (seq, hash_) for key, seq, hash_ in connection.execute(
            instances.where(process_instance.c.key.in_(some)))}  # fmt: skip
        others = select(stream_head.c.stream, stream_head.c.seq, stream_head.c.hash)
        heads |= {
            key: (seq, hash_) for key, seq, hash_ in connection.execute(others.where(stream_head.c.stream.in_(some)))
        }
        last = select(log_leaf.c.stream, func.max(log_leaf.c.seq)).where(log_leaf.c.stream.in_(some))
        logged.update((key, seq) for key, seq in connection.execute(last.group_by(log_leaf.c.stream)))
    return [(key, seq, hash_) for key, (seq, hash_) in sorted(heads.items()) if seq > logged.get(key, 0)]


def _append(tx: Transaction, leaves: Sequence[tuple[int, int, bytes]]) -> merkle.Frontier:
    size = size_of(tx.connection)
    frontier = merkle.Frontier.of(size, nodes_of(tx.connection))
    nodes: list[dict[str, Any]] = []
    for stream, seq, hash_ in leaves:
        made = frontier.append(merkle.leaf_hash(merkle.leaf_data(stream, seq, hash_)))
        nodes += ({"level": level, "n": n, "hash": value} for level, n, value in made)
    rows = [
        {"n": n, "stream": stream, "seq": seq, "hash": hash_} for n, (stream, seq, hash_) in enumerate(leaves, size)
    ]
    tx.connection.execute(insert(log_leaf), rows)
    tx.connection.execute(insert(log_node), nodes)
    return frontier


def _sign(tx: Transaction, signer: Signer, now: datetime, frontier: merkle.Frontier) -> TreeHead:
    origin = make_origin(tx)
    key = signer.key(tx, origin, now)
    said = Checkpoint(origin=origin, size=frontier.size, root=frontier.root, at=now.replace(microsecond=0))
    signature = signer.sign(said.text)
    note = SignedCheckpoint(checkpoint=said, key_hash=key_hash(origin, key.public), signature=signature).note
    head = TreeHead(size=said.size, root=said.root, at=said.at, key=key.number, note=note)
    tx.connection.execute(
        insert(tree_head).values(size=head.size, root=head.root, at=to_microseconds(head.at), key=head.key, note=note)
    )
    return head


def _head(row: Row[Any]) -> TreeHead:
    return TreeHead(size=row.size, root=row.root, at=from_microseconds(row.at), key=row.key, note=row.note)


def _state(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(log_position).where(log_position.c.id == _ONLY)).one_or_none()


def _move(tx: Transaction, **values: Any) -> None:
    tx.connection.execute(update(log_position).where(log_position.c.id == _ONLY).values(values))
