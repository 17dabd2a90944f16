"""Turns a step's events into rows: each value behind a salted commitment, each row chained to the one before.

The commitments let retention delete values without breaking the chain, and let one value be opened without the rest.
A step's command stands behind a commitment of its own, in the step's first row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from engine import canonical
from engine.model import Event, Value

#: What the first event of every stream is chained to.
GENESIS: Final = bytes(32)
_encode: Final = msgspec.json.Encoder().encode
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
_NULL: Final = b"null"
#: Number under which a step's command is hidden: no event has it.
COMMAND: Final = 2**32 - 1
_COMMAND: Final = COMMAND.to_bytes(4, "big")


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
    #: Commitment of the step's command; in its first row only, None in rows that were written before there was one.
    command: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What a step adds to its stream."""

    events: tuple[RecordedEvent, ...]
    #: Canonical bytes of the list of values, by n.
    values: bytes
    head: StreamHead


def salt(seed: bytes, n: int) -> bytes:
    """The 32 bytes that hide value n of a step: HMAC-SHA-256(seed, n as 4 bytes), RFC 2104."""
    inner, outer = _pads(seed)
    return sha256(outer + sha256(inner + n.to_bytes(4, "big")).digest()).digest()


def _pads(seed: bytes) -> tuple[bytes, bytes]:
    """The two key blocks of HMAC, the same for all values of a step."""
    block = seed.ljust(64, b"\0")
    return block.translate(_INNER_PAD), block.translate(_OUTER_PAD)


def commit(hidden: bytes, data: bytes) -> bytes:
    """The commitment of a value's canonical bytes under its salt."""
    return sha256(hidden + data).digest()


def command_data(command: bytes, core_events: int) -> bytes:
    """What the commitment of a command covers: how many of the step's events the core gave, and the command."""
    return core_events.to_bytes(4, "big") + command


def chain(before: bytes, event: RecordedEvent) -> bytes:
    """The hash that an event must have behind the one with the hash ``before``."""
    return sha256(before + _encode(event[:9]) + event.commitment + (event.command or b"")).digest()


def record_step(
    stream: int,
    head: StreamHead,
    events: Sequence[Event],
    *,
    revision: int,
    at: int,
    actor: str,
    seed: bytes,
    command: bytes | None = None,
    core_events: int = 0,
) -> StepRecord:
    """Rows of a step's events, in their order, behind a stream's head.

    commitment n = SHA-256(salt n ‖ canonical bytes of value n);
    hash = SHA-256(hash before ‖ JSON [stream, seq, revision, n, at, actor, kind, element, token] ‖ commitment), and
    in a step's first row ‖ commitment of its command. ``command`` is None for steps of before there was one.
    """
    seq, before = head.seq, head.hash
    inner, outer = _pads(seed)
    bound = b""
    if command is not None:
        hidden = sha256(outer + sha256(inner + _COMMAND).digest()).digest()
        bound = sha256(hidden + core_events.to_bytes(4, "big") + command).digest()
    rows: list[RecordedEvent] = []
    values: list[bytes] = []
    for n, event in enumerate(events):  # several a step: written out, without a call a value
        seq += 1
        kind, element, token, value = event.kind, event.element, event.token, event.value
        data = _NULL if value is None else canonical.encode(value)
        hidden = sha256(outer + sha256(inner + n.to_bytes(4, "big")).digest()).digest()
        committed = sha256(hidden + data).digest()
        place = _encode((stream, seq, revision, n, at, actor, kind, element, token))
        before = sha256(before + place + committed + bound).digest()
        values.append(data)
        rows.append(
            RecordedEvent(stream, seq, revision, n, at, actor, kind, element, token, committed, before, bound or None)
        )
        bound = b""
    return StepRecord(events=tuple(rows), values=b"[" + b",".join(values) + b"]", head=StreamHead(seq, before))


def values_of(data: bytes) -> list[Value]:
    """The values of a step by n, from the bytes that ``record_step`` made of them."""
    values = canonical.decode(data)
    return values if isinstance(values, list) else []
