"""Writes streams as JSON that anybody can check: which values are opened, and which stay behind their commitments."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engine import audit, canonical
from engine.casefile.gathering import Gathered, Step, Stream
from engine.history.record import COMMAND, RecordedEvent, salt
from engine.narrative.hiding import Hide

_values: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def history_json(stream: Stream, hide: Hide) -> bytes:
    """A stream with its values; those that ``hide`` changes are left behind their commitments."""
    return _written(
        {
            "stream": stream.key,
            "process": stream.process_id,
            "version": stream.version,
            "definition": stream.definition_hash,
            "called_by": stream.called_by,
            "steps": [_step(step, hide) for step in stream.steps],
        }
    )


def texts_of(streams: Sequence[Stream], hide: Hide) -> dict[tuple[int, int], str]:
    """The canonical text of every value as it stands in the file, by (stream, seq)."""
    found: dict[tuple[int, int], str] = {}
    for stream in streams:
        for step in stream.steps:
            values = _step(step, hide)["values"]
            for event, value in zip(step.events, values, strict=True):
                found[stream.key, event.seq] = value.get("text", value.get("masked", "null"))
    return found


def _step(step: Step, hide: Hide) -> dict[str, Any]:
    row = step.values
    found = _values(row.values) if row is not None and isinstance(row.values, bytes) else []
    values = []
    for event in step.events:
        if row is not None and event.n < len(found):
            values.append(_opened(bytes(found[event.n]), salt(row.seed, event.n), hide))
        else:
            values.append(_left(step, event))
    return {
        "revision": step.revision,
        "core_events": 0 if row is None else row.core_events,
        "command": None if row is None else _command(row.command, row.seed, hide),
        "events": [_row(event) for event in step.events],
        "values": values,
    }


def _row(event: RecordedEvent) -> list[Any]:
    command = None if event.command is None else event.command.hex()
    hashes = [event.commitment.hex(), event.hash.hex(), command]
    return [event.seq, event.n, event.at, event.actor, event.kind, event.element, event.token, *hashes]


def _opened(data: bytes, hidden: bytes, hide: Hide) -> dict[str, str]:
    value = canonical.decode(data)
    shown = hide(value)
    if shown == value:
        return {"text": data.decode(), "salt": hidden.hex()}
    return {"masked": canonical.encode(shown).decode()}


def _left(step: Step, event: RecordedEvent) -> dict[str, str]:
    row = step.kept.get(event.n)
    if row is None:
        return {"masked": "null"}
    text = row.value.decode()
    return {"masked": text} if row.salt is None else {"text": text, "salt": row.salt.hex()}


def _command(data: bytes, seed: bytes, hide: Hide) -> dict[str, str] | None:
    recorded = canonical.decode(data)
    if hide(recorded) != recorded:
        return None
    return {"text": data.decode(), "salt": salt(seed, COMMAND).hex()}


def proof_json(gathered: Gathered) -> bytes:
    """Keys, heads and the proofs between them."""
    return _written(
        {
            "origin": gathered.origin,
            "keys": [{"number": key.number, "public": _b64(key.public), "note": key.note} for key in gathered.keys],
            "heads": [head.note for head in gathered.heads],
            "inclusion": [_inclusion(proof) for proof in gathered.inclusion],
            "consistency": [{"old": p.old, "new": p.new, "path": _path(p.path)} for p in gathered.consistency],
        }
    )


def _inclusion(proof: audit.Inclusion) -> dict[str, Any]:
    return {
        "stream": proof.stream,
        "seq": proof.seq,
        "hash": proof.hash.hex(),
        "leaf": proof.leaf,
        "size": proof.size,
        "path": _path(proof.path),
    }


def _path(path: Sequence[bytes]) -> list[str]:
    return [_b64(hash_) for hash_ in path]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
