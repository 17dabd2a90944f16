"""Computes the chain of every stream anew, event by event, and compares it with what stands in the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, select, union_all

from engine import canonical
from engine.audit.flaws import Flaw, FlawKind
from engine.errors import InvalidValue
from engine.history.record import COMMAND, GENESIS, RecordedEvent, chain, command_data, commit, salt
from engine.store.streams import SYSTEM_STREAM
from engine.store.tables import (
    history_event,
    history_kept,
    history_redaction,
    history_value,
    log_leaf,
    process_instance,
    stream_head,
)

_BATCH: Final = 5000
_values: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
#: What a value of another type than ours makes of the arithmetic.
_MISTAKEN: Final = (TypeError, AttributeError, OverflowError, ValueError)
#: Told of how many events have been looked at, and of how many there are.
Progress = Callable[[int, int], None]
Report = Callable[[Flaw], None]


class Ahead:
    """Rows in the order of their first column, taken group by group as another cursor goes on."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._groups = groupby(rows, key=lambda row: row[0])
        self._next = next(self._groups, None)

    def skipped(self, key: int) -> Iterator[tuple[int, list[Any]]]:
        """Groups before a key, which nobody asked for."""
        while self._next is not None and self._next[0] < key:
            group = (self._next[0], list(self._next[1]))
            self._next = next(self._groups, None)
            yield group

    def take(self, key: int) -> Iterator[Any]:
        """The rows of a key; read them before the next key is asked for."""
        if self._next is None or self._next[0] != key:
            return iter(())
        rows = self._next[1]
        return self._drained(rows)

    def _drained(self, rows: Iterator[Any]) -> Iterator[Any]:
        yield from rows
        self._next = next(self._groups, None)


class StreamCheck:
    """Checks every stream of a snapshot; reports what is wrong in the order of streams and events."""

    def __init__(self, connection: Connection, report: Report, progress: Progress) -> None:
        self._report = report
        self._progress = progress
        self._connection = connection
        self.events = 0
        self.streams = 0
        #: Events that no entry of the log covers yet.
        self.unsealed = 0
        self._total = connection.execute(select(func.count()).select_from(history_event)).scalar_one()
        redacted = set(connection.execute(select(history_redaction.c.stream)).scalars())
        #: Whoever deletes values and says that retention did it has to say so in the system's record.
        self.redacted = redacted & _told_redacted(connection)
        self._heads = Ahead(self._read(_HEADS))
        self._values_ahead = Ahead(self._read(_VALUES))
        self._leaves = Ahead(self._read(_LEAVES))
        self._kept = Ahead(self._read(_KEPT))

    def _read(self, wanted: Select[Any]) -> Iterable[Row[Any]]:
        return self._connection.execute(wanted.execution_options(yield_per=_BATCH))

    def run(self) -> None:
        """Go through all of them."""
        for stream, rows in groupby(self._read(_EVENTS), key=lambda row: row[0]):
            self._without_events(stream)
            self._check_stream(stream, rows)
        self._without_events(2**63 - 1)
        self._progress(self.events, self._total)

    def _without_events(self, before: int) -> None:
        """Streams that have values, entries of the log or a head, and no event."""
        for stream, heads in self._heads.skipped(before):
            if heads[0].seq:
                self.tell(FlawKind.ROW_MISSING, stream, 1)
        for stream, values in self._values_ahead.skipped(before):
            self.tell(FlawKind.VALUES_LEFT, stream, None, revision=values[0].revision)
        for stream, leaves in self._leaves.skipped(before):
            self.tell(FlawKind.LEAF_WITHOUT_ROW, stream, leaves[0].seq, leaf=leaves[0].n)
        for _ in self._kept.skipped(before):
            pass

    def _check_stream(self, stream: int, rows: Iterator[Row[Any]]) -> None:
        self.streams += 1
        values, leaves = self._values_ahead.take(stream), self._leaves.take(stream)
        kept = {(row.revision, row.n): row for row in self._kept.take(stream)} if stream in self.redacted else {}
        step = _Step(stream, values, kept, self)
        leaf, covered, seq, before = next(leaves, None), 0, 0, GENESIS
        for row in rows:
            event = RecordedEvent._make(row)
            self.events += 1
            if self.events % _BATCH == 0:
                self._progress(self.events, self._total)
            seq += 1
            if event.seq != seq:
                self.tell(FlawKind.ROW_MISSING, stream, seq)
                seq = event.seq
            elif not _is_chained(before, event):
                self.tell(FlawKind.ROW_CHANGED, stream, seq)
            step.check(event)
            while leaf is not None and leaf.seq <= seq:
                covered = self._compare(stream, event, leaf) or covered
                leaf = next(leaves, None)
            before = event.hash
        step.finish()
        while leaf is not None:
            self.tell(FlawKind.LEAF_WITHOUT_ROW, stream, leaf.seq, leaf=leaf.n)
            leaf = next(leaves, None)
        self.unsealed += max(0, seq - covered)
        self._check_head(stream, seq, before)

    def _compare(self, stream: int, event: RecordedEvent, leaf: Row[Any]) -> int:
        if leaf.seq < event.seq:
            self.tell(FlawKind.LEAF_WITHOUT_ROW, stream, leaf.seq, leaf=leaf.n)
        elif leaf.hash != event.hash:
            self.tell(FlawKind.LEAF_DIFFERS, stream, event.seq, leaf=leaf.n)
        return int(leaf.seq)

    def _check_head(self, stream: int, seq: int, hash_: bytes) -> None:
        head = next(self._heads.take(stream), None)
        for _ in self._heads.skipped(stream + 1):
            pass
        if head is None:
            self.tell(FlawKind.STREAM_UNKNOWN, stream, None)
        elif (head.seq, head.hash) != (seq, hash_):
            self.tell(FlawKind.END_MISSING, stream, seq, expected=head.seq)

    def tell(self, kind: FlawKind, stream: int, seq: int | None, *, leaf: int | None = None, **facts: object) -> None:
        """Report something that is wrong with a stream."""
        self._report(Flaw(kind=kind, stream=stream, seq=seq, leaf=leaf, facts=facts))


class _Step:
    """The values of the step at hand, and whether they are what was committed to."""

    def __init__(
        self, stream: int, values: Iterator[Row[Any]], kept: dict[tuple[int, int], Row[Any]], check: StreamCheck
    ) -> None:
        self._stream, self._values, self._kept, self._check = stream, values, kept, check
        self._row: Row[Any] | None = next(values, None)
        self._revision = self._n = 0
        self._found: list[msgspec.Raw] | None = None
        self._first = 0

    def check(self, event: RecordedEvent) -> None:
        """The event's place in its step, its value's commitment, and in the first row that of the command."""
        if event.revision != self._revision or event.n == 0:
            self._begin(event)
        elif event.n != self._n + 1:
            self._check.tell(FlawKind.STEP_BROKEN, self._stream, event.seq)
        self._n = event.n
        if self._found is None:
            self._check_kept(event)
        elif not self._is_committed(event, self._found):
            self._check.tell(FlawKind.VALUE_CHANGED, self._stream, event.seq)

    def _is_committed(self, event: RecordedEvent, found: list[msgspec.Raw]) -> bool:
        if self._row is None or event.n >= len(found):
            return False
        try:
            return commit(salt(self._row.seed, event.n), bytes(found[event.n])) == event.commitment
        except _MISTAKEN:
            return False

    def finish(self) -> None:
        """At the stream's end."""
        self._check_length()
        if self._row is not None and self._found is not None:
            self._row = next(self._values, None)
        while self._row is not None:
            self._check.tell(FlawKind.VALUES_LEFT, self._stream, None, revision=self._row.revision)
            self._row = next(self._values, None)

    def _begin(self, event: RecordedEvent) -> None:
        if event.n != 0 or event.revision != self._revision + 1:
            self._check.tell(FlawKind.STEP_BROKEN, self._stream, event.seq)
        self._check_length()
        if self._found is not None:
            self._row = next(self._values, None)
        while self._row is not None and self._row.revision < event.revision:
            self._check.tell(FlawKind.VALUES_LEFT, self._stream, None, revision=self._row.revision)
            self._row = next(self._values, None)
        self._revision, self._n, self._first, self._found = event.revision, event.n, event.seq, None
        if self._row is None or self._row.revision != event.revision:
            if self._stream not in self._check.redacted:
                self._check.tell(FlawKind.VALUES_MISSING, self._stream, event.seq)
            return
        try:
            self._found = _values(self._row.values_)
        except (msgspec.DecodeError, TypeError):
            self._found = []
        if event.command is not None and not _is_commanded(event, self._row):
            self._check.tell(FlawKind.COMMAND_CHANGED, self._stream, event.seq)

    def _check_length(self) -> None:
        if self._found is not None and len(self._found) > self._n + 1:
            self._check.tell(FlawKind.ROW_MISSING, self._stream, self._first + self._n + 1)

    def _check_kept(self, event: RecordedEvent) -> None:
        row = self._kept.get((event.revision, event.n))
        if row is not None and row.salt is not None and not _is_opened(event, row):
            self._check.tell(FlawKind.VALUE_CHANGED, self._stream, event.seq)


def _told_redacted(connection: Connection) -> set[int]:
    """Streams that retention has redacted, as the system's record says."""
    found: set[int] = set()
    for n, data in connection.execute(_REDACTED):
        try:
            value = canonical.decode(bytes(_values(data)[n]))
            found.update(int(stream) for stream in value["streams"])
        except (msgspec.DecodeError, InvalidValue, LookupError, *_MISTAKEN):
            continue  # of its own row something is wrong, which the check of that row says
    return found


def _is_chained(before: bytes, event: RecordedEvent) -> bool:
    # A blob would be hashed as the text that it is in base64.
    if not isinstance(event.actor, str) or not isinstance(event.kind, str) or isinstance(event.element, bytes):
        return False
    try:
        return chain(before, event) == event.hash
    except _MISTAKEN:
        return False


def _is_commanded(event: RecordedEvent, row: Row[Any]) -> bool:
    try:
        return commit(salt(row.seed, COMMAND), command_data(row.command, row.core_events)) == event.command
    except _MISTAKEN:
        return False


def _is_opened(event: RecordedEvent, row: Row[Any]) -> bool:
    try:
        return commit(row.salt, row.value) == event.commitment
    except _MISTAKEN:
        return False


_REDACTED: Final = (
    select(history_event.c.n, history_value.c["values"])
    .join(
        history_value,
        and_(history_value.c.stream == history_event.c.stream, history_value.c.revision == history_event.c.revision),
    )
    .where(history_event.c.stream == SYSTEM_STREAM, history_event.c.kind == "retention.redacted")
)
_EVENTS: Final = select(history_event).order_by(history_event.c.stream, history_event.c.seq)
_VALUES: Final = select(
    history_value.c.stream,
    history_value.c.revision,
    history_value.c.seed,
    history_value.c.command,
    history_value.c["values"].label("values_"),
    history_value.c.core_events,
).order_by(history_value.c.stream, history_value.c.revision)
_LEAVES: Final = select(log_leaf.c.stream, log_leaf.c.seq, log_leaf.c.hash, log_leaf.c.n).order_by(
    log_leaf.c.stream, log_leaf.c.seq
)
_KEPT: Final = select(history_kept).order_by(history_kept.c.stream, history_kept.c.revision, history_kept.c.n)
_ALL_HEADS: Final = union_all(
    select(stream_head.c.stream.label("stream"), stream_head.c.seq.label("seq"), stream_head.c.hash.label("hash")),
    select(process_instance.c.key, process_instance.c.history_seq, process_instance.c.history_hash),
).subquery()
_HEADS: Final = select(_ALL_HEADS).order_by(_ALL_HEADS.c.stream)
