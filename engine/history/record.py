"""Turns a step's events into rows: each value behind a salted commitment, each row chained to the one before.

The commitments let retention delete values without breaking the chain, and let one value be opened without the rest.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec

from engine import canonical
from engine.model import Event, Value

#: What the first event of every stream is chained to.
GENESIS: Final = bytes(32)
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Number and hash of a stream's last event."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """A row of history_event; ``at`` in microseconds since 1970."""

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


def salt(seed: bytes, n: int) -> bytes:
    """The 32 bytes that hide value n of a step: HMAC-SHA-256(seed, n as 4 bytes)."""
    return hmac.digest(seed, n.to_bytes(4, "big"), "sha256")


def commitment(seed: bytes, n: int, value: bytes) -> bytes:
    """SHA-256(salt n ‖ canonical bytes of the value)."""
    return sha256(salt(seed, n) + value).digest()


def chain(
    before: bytes,
    place: tuple[int, int, int, int],
    what: tuple[int, str, str, str | None, int | None],
    committed: bytes,
) -> bytes:
    """SHA-256 over the hash before and the row.

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
    rows, values = [], []
    for n, event in enumerate(events):
        seq += 1
        value = canonical.encode(event.value)
        committed = commitment(seed, n, value)
        before = chain(
            before, (stream, seq, revision, n), (at, actor, event.kind, event.element, event.token), committed
        )
        values.append(value)
        rows.append(
            RecordedEvent(
                stream=stream,
                seq=seq,
                revision=revision,
                n=n,
                at=at,
                actor=actor,
                kind=event.kind,
                element=event.element,
                token=event.token,
                commitment=committed,
                hash=before,
            )
        )
    return StepRecord(events=tuple(rows), values=b"[" + b",".join(values) + b"]", head=StreamHead(seq, before))


def values_of(data: bytes) -> list[Value]:
    """The values of a step by n, from the bytes that ``record_step`` made of them."""
    values = canonical.decode(data)
    return values if isinstance(values, list) else []
