"""Turns a step's events into rows: each value behind a salted commitment, each row chained to the one before.

The commitments let retention delete values without breaking the chain, and let one value be opened without the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

import msgspec

from engine import canonical
from engine.model import Event, Value

#: What the first event of every stream is chained to.
GENESIS: Final = bytes(32)
_ENCODER: Final = msgspec.json.Encoder()
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
_NULL: Final = b"null"
#: at (microseconds), actor, kind, element, token.
What: TypeAlias = tuple[int, str, str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Number and hash of a stream's last event."""

    seq: int
    hash: bytes


class RecordedEvent(NamedTuple):
    """A row of history_event, in the order of its columns; ``at`` in microseconds since 1970."""

    stream: int
    seq: int
    revision: int
    n: int
    at: int
    actor: str
    kind: str
    element: str | None
    token: int | None
    commitment: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What a step adds to its stream."""

    events: tuple[RecordedEvent, ...]
    #: Canonical bytes of the list of values, by n.
    values: bytes
    head: StreamHead


class Salts:
    """The salts of one step: salt n = HMAC-SHA-256(seed, n as 4 bytes), RFC 2104, its key pads made once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, seed: bytes) -> None:
        padded = seed.ljust(64, b"\0")
        self._inner = padded.translate(_INNER_PAD)
        self._outer = padded.translate(_OUTER_PAD)

    def commit(self, n: int, value: bytes) -> bytes:
        """SHA-256(salt n ‖ canonical bytes of the value)."""
        return sha256(self.salt(n) + value).digest()

    def salt(self, n: int) -> bytes:
        """The 32 bytes that hide value n."""
        return sha256(self._outer + sha256(self._inner + n.to_bytes(4, "big")).digest()).digest()


def chain(before: bytes, place: tuple[int, int, int, int], what: What, committed: bytes) -> bytes:
    """SHA-256 over the hash before, the row and the value's commitment.

    Args:
        before: hash of the event before; GENESIS for the first.
        place: stream, seq, revision, n.
        what: at (microseconds), actor, kind, element, token.
        committed: the value's commitment.
    """
    return sha256(before + _ENCODER.encode((place, what)) + committed).digest()


def record_step(
    stream: int, head: StreamHead, events: Sequence[Event], *, revision: int, at: int, actor: str, seed: bytes
) -> StepRecord:
    """Rows of a step's events, in their order, behind a stream's head."""
    seq, before = head.seq, head.hash
    salts, rows, values = Salts(seed), [], []
    for n, event in enumerate(events):
        seq += 1
        kind, element, token = event.kind, event.element, event.token
        value = _NULL if event.value is None else canonical.encode(event.value)
        committed = salts.commit(n, value)
        before = chain(before, (stream, seq, revision, n), (at, actor, kind, element, token), committed)
        values.append(value)
        rows.append(RecordedEvent(stream, seq, revision, n, at, actor, kind, element, token, committed, before))
    return StepRecord(events=tuple(rows), values=b"[" + b",".join(values) + b"]", head=StreamHead(seq, before))


def values_of(data: bytes) -> list[Value]:
    """The values of a step by n, from the bytes that ``record_step`` made of them."""
    values = canonical.decode(data)
    return values if isinstance(values, list) else []
