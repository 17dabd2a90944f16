"""Checks that the record is whole and unchanged, from the rows up to the signed heads, and names what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select, text

from engine.audit.flaws import Flaw, FlawKind
from engine.audit.keys import PublicKey, introduction, list_keys, origin_of, verifies
from engine.audit.log import TreeHead, list_heads
from engine.audit.streams import Progress, StreamCheck
from engine.history import merkle
from engine.history.checkpoint import SignedCheckpoint, key_hash, read_note
from engine.store.database import Database
from engine.store.tables import GUARDS, log_leaf, log_node

#: So many flaws are named; the others are counted.
MOST_NAMED: Final = 100
_BATCH: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked, and what was found."""

    streams: int
    events: int
    leaves: int
    heads: int
    #: Events that no signed head covers yet.
    unsealed: int
    #: The first ``MOST_NAMED``, in the order in which they were met.
    flaws: tuple[Flaw, ...]
    #: How many there are.
    found: int
    newest: TreeHead | None

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0


class _Report:
    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.found = 0

    def __call__(self, flaw: Flaw) -> None:
        self.found += 1
        if len(self.flaws) < MOST_NAMED:
            self.flaws.append(flaw)


def verify(
    db: Database,
    *,
    heads: Sequence[SignedCheckpoint] = (),
    public: bytes | None = None,
    progress: Progress = lambda done, total: None,
) -> Verification:
    """Check everything, in one snapshot; nothing is written.

    Args:
        db: the database.
        heads: signed heads that somebody kept elsewhere: they find a cut-off end, and who computed all hashes anew.
        public: 32 bytes of a key that was kept elsewhere: it, or one that it has named, signed the newest head;
            None: the keys in the database.
        progress: told of how many events have been looked at, and of how many there are.
    """
    report = _Report()
    with db.read() as connection:
        _check_guards(connection, report)
        streams = StreamCheck(connection, report, progress)
        streams.run()
        keys, origin = list_keys(connection), origin_of(connection) or ""
        _check_keys(keys, origin, report)
        stored = list_heads(connection)
        tree = _TreeCheck(connection, report)
        for head in reversed(stored):
            tree.check_stored(head, keys, origin)
        leaves = tree.finish()
        if public is not None and stored:
            _check_public(stored[0], keys, public, report)
        _check_given(connection, heads, keys, public, leaves, report)
    return Verification(
        streams=streams.streams,
        events=streams.events,
        leaves=leaves,
        heads=len(stored),
        unsealed=streams.unsealed,
        flaws=tuple(report.flaws),
        found=report.found,
        newest=stored[0] if stored else None,
    )


def _check_guards(connection: Connection, report: _Report) -> None:
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    there = {name: " ".join(str(made).split()) for name, made in found}
    for name, made in sorted((made.split()[2], made) for triggers in GUARDS.values() for made in triggers):
        if there.get(name) == " ".join(made.split()):
            continue
        report(Flaw(kind=FlawKind.GUARD_MISSING, facts={"name": name}))


def _check_keys(keys: Sequence[PublicKey], origin: str, report: _Report) -> None:
    """Each key was named by the one before it, the first by itself."""
    before: PublicKey | None = None
    for number, key in enumerate(keys, 1):
        by = key if before is None else before
        try:
            said, name, hash_, signature = read_note(key.note)
        except ValueError:
            said, name, hash_, signature = "", "", b"", b""
        expected = introduction(origin, number, key.public, key.since)
        right = (said, name, hash_) == (expected, origin, key_hash(origin, by.public))
        if key.number != number or not right or not by.verifies(said, signature):
            report(Flaw(kind=FlawKind.KEY_UNNAMED, facts={"key": key.number}))
        before = key


def _check_public(newest: TreeHead, keys: Sequence[PublicKey], public: bytes, report: _Report) -> None:
    """The key that was kept elsewhere, or one behind it, signed the newest head; that each names the next is seen."""
    number = next((key.number for key in keys if key.public == public), None)
    if number is None or newest.key < number:
        report(Flaw(kind=FlawKind.HEAD_UNSIGNED, facts={"size": newest.size}))


class _TreeCheck:
    """Builds the tree anew from the entries of the log and compares it with nodes and heads."""

    def __init__(self, connection: Connection, report: _Report) -> None:
        self._connection, self._report = connection, report
        wanted = select(log_leaf).order_by(log_leaf.c.n).execution_options(yield_per=_BATCH)
        self._leaves = iter(connection.execute(wanted))
        self._tree = merkle.Frontier()
        self._nodes: dict[int, Iterator[tuple[int, bytes]]] = {}
        #: Size of the last head that fits.
        self._right = 0

    def check_stored(self, head: TreeHead, keys: Sequence[PublicKey], origin: str) -> None:
        """A head of the table, of a size not below that of the one before it."""
        self._grow(head.size)
        if self._tree.size < head.size:
            self._report(Flaw(kind=FlawKind.HEAD_CUT_OFF, leaf=self._tree.size, facts={"size": head.size}))
            return
        if self._tree.root != head.root:
            facts = {"size": head.size, "last": head.size - 1}
            self._report(Flaw(kind=FlawKind.HEAD_DIFFERS, leaf=self._right, facts=facts))
        else:
            self._right = head.size
        if not _is_signed(head, keys, origin):
            self._report(Flaw(kind=FlawKind.HEAD_UNSIGNED, facts={"size": head.size}))

    def finish(self) -> int:
        """Read the entries behind the last head; gives how many there are."""
        self._grow(None)
        for level in self._connection.execute(select(log_node.c.level).distinct().order_by(log_node.c.level)).scalars():
            if self._stored(level) is not None:
                self._report(Flaw(kind=FlawKind.NODE_DIFFERS, leaf=self._tree.size, facts={"level": level}))
        return self._tree.size

    def _grow(self, size: int | None) -> None:
        while size is None or self._tree.size < size:
            leaf = next(self._leaves, None)
            if leaf is None:
                return
            if leaf.n != self._tree.size or not isinstance(leaf.hash, bytes):
                self._report(Flaw(kind=FlawKind.LEAF_MISSING, leaf=self._tree.size))
                self._leaves = iter(())
                return
            made = self._tree.append(merkle.leaf_hash(merkle.leaf_data(leaf.stream, leaf.seq, leaf.hash)))
            for level, n, hash_ in made:
                if self._stored(level) != (n, hash_):
                    self._report(Flaw(kind=FlawKind.NODE_DIFFERS, leaf=leaf.n, facts={"level": level}))

    def _stored(self, level: int) -> tuple[int, bytes] | None:
        if level not in self._nodes:
            wanted = select(log_node.c.n, log_node.c.hash).where(log_node.c.level == level).order_by(log_node.c.n)
            rows = self._connection.execute(wanted.execution_options(yield_per=_BATCH))
            self._nodes[level] = ((row.n, row.hash) for row in rows)
        return next(self._nodes[level], None)


def _is_signed(head: TreeHead, keys: Sequence[PublicKey], origin: str) -> bool:
    try:
        signed = head.signed
    except ValueError:
        return False
    said = signed.checkpoint
    if (said.origin, said.size, said.root, said.at) != (origin, head.size, head.root, head.at):
        return False
    key = next((key for key in keys if key.number == head.key), None)
    return (
        key is not None
        and signed.key_hash == key_hash(origin, key.public)
        and key.verifies(said.text, signed.signature)
    )


def _check_given(
    connection: Connection,
    heads: Iterable[SignedCheckpoint],
    keys: Sequence[PublicKey],
    public: bytes | None,
    leaves: int,
    report: _Report,
) -> None:
    """Heads kept elsewhere: the log still begins with each of them."""
    given = sorted(heads, key=lambda head: head.checkpoint.size)
    roots = roots_at(connection, [head.checkpoint.size for head in given])
    right, known = 0, [key.public for key in keys]
    if public is not None and public not in known:
        known = [public]
    for head in given:
        said = head.checkpoint
        if not any(verifies(key, said.text, head.signature) for key in known):
            report(Flaw(kind=FlawKind.HEAD_UNSIGNED, facts={"size": said.size}))
        elif said.size > leaves:
            report(Flaw(kind=FlawKind.HEAD_CUT_OFF, leaf=leaves, facts={"size": said.size}))
        elif roots.get(said.size) != said.root:
            report(Flaw(kind=FlawKind.HEAD_DIFFERS, leaf=right, facts={"size": said.size, "last": said.size - 1}))
        else:
            right = said.size


def roots_at(connection: Connection, sizes: Iterable[int]) -> dict[int, bytes]:
    """Roots of the log's first leaves, computed from the leaves; sizes that the log does not have are left out."""
    wanted = sorted(set(sizes))
    found: dict[int, bytes] = {}
    if not wanted:
        return found
    tree, sizes_wanted = merkle.Frontier(), frozenset(wanted)
    if wanted[0] == 0:
        found[0] = tree.root
    rows: Iterable[Any] = connection.execute(
        select(log_leaf).where(log_leaf.c.n < wanted[-1]).order_by(log_leaf.c.n).execution_options(yield_per=_BATCH)
    )
    for row in rows:
        if row.n != tree.size or not isinstance(row.hash, bytes):
            break
        tree.append(merkle.leaf_hash(merkle.leaf_data(row.stream, row.seq, row.hash)))
        if tree.size in sizes_wanted:
            found[tree.size] = tree.root
    return found
