"""Reads all that belongs into a case file, in one snapshot: streams with their values, versions, files, proofs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine import attachments, audit, canonical
from engine.audit.reexecution import read_rows
from engine.definitions import bytes_of
from engine.history import RecordedEvent
from engine.queries.moves import Moves
from engine.store.tables import definition, history_kept, history_value, process_instance, resource

#: So many earlier heads go along, with the proof that the newest holds them.
EARLIER_HEADS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One revision of a stream."""

    revision: int
    events: tuple[RecordedEvent, ...]
    #: Seed, command and canonical values; None where retention has taken them.
    values: Row[Any] | None
    #: What retention has left, by the event's place in the step.
    kept: Mapping[int, Row[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An instance of the case and its history."""

    key: int
    process_id: str
    version: int
    definition_hash: str
    called_by: int | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a process as it was deployed: its manifest and the files that it names, by hash."""

    process_id: str
    version: int
    manifest: bytes
    parts: Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything."""

    case_id: str
    origin: str
    streams: tuple[Stream, ...]
    versions: tuple[Version, ...]
    files: tuple[attachments.Attachment, ...]
    keys: tuple[audit.PublicKey, ...]
    #: Earlier ones first; the last is the newest.
    heads: tuple[audit.TreeHead, ...]
    inclusion: tuple[audit.Inclusion, ...]
    consistency: tuple[audit.Consistency, ...]

    @property
    def is_sealed(self) -> bool:
        """Whether the newest head covers every event of every stream."""
        covered = {(proof.stream, proof.seq) for proof in self.inclusion}
        return all((one.key, one.steps[-1].events[-1].seq) in covered for one in self.streams if one.steps)


def gather(connection: Connection, case_id: str) -> Gathered:
    """Read a case; its history should have been sealed just before.

    Raises:
        NotFound: there is no such case.
    """
    keys = audit.case_keys(connection, case_id)
    nodes = audit.nodes_of(connection)
    heads = audit.list_heads(connection, limit=EARLIER_HEADS + 1)[::-1]
    found: Any = connection.execute(_INSTANCES.where(process_instance.c.key.in_(keys)))
    rows = {row.key: row for row in found}
    included = [audit.prove_inclusion(connection, key, heads[-1], nodes=nodes) for key in keys]
    wanted = sorted({row.definition for row in rows.values()} | _left_behind(connection, rows))
    return Gathered(
        case_id=case_id,
        origin=audit.origin_of(connection) or "",
        streams=tuple(_read_stream(connection, rows[key]) for key in keys),
        versions=tuple(_read_version(connection, key) for key in wanted),
        files=tuple(attachments.list_of_case(connection, case_id)),
        keys=audit.list_keys(connection),
        heads=heads,
        inclusion=tuple(proof for proof in included if proof is not None),
        consistency=tuple(
            audit.prove_consistency(connection, head.size, heads[-1].size, nodes=nodes) for head in heads[:-1]
        ),
    )


def _left_behind(connection: Connection, rows: Mapping[int, Row[Any]]) -> set[int]:
    """Keys of the versions that instances ran on before they went over to another one."""
    moves = Moves(connection, list(rows))
    return {key for stream in moves.streams for key in moves.left_by(stream)}


_INSTANCES: Final = select(
    process_instance.c.key,
    process_instance.c.parent,
    process_instance.c.definition,
    definition.c.process_id,
    definition.c.version,
    definition.c.hash,
).join(definition, definition.c.key == process_instance.c.definition)


def _read_stream(connection: Connection, row: Row[Any]) -> Stream:
    values = {
        step.revision: step
        for step in connection.execute(select(history_value).where(history_value.c.stream == row.key))
    }
    kept: dict[int, dict[int, Row[Any]]] = {}
    for left in connection.execute(select(history_kept).where(history_kept.c.stream == row.key)):
        kept.setdefault(left.revision, {})[left.n] = left
    steps = [
        Step(revision=revision, events=events, values=values.get(revision), kept=kept.get(revision, {}))
        for revision, events in read_rows(connection, row.key)
    ]
    return Stream(
        key=row.key,
        process_id=row.process_id,
        version=row.version,
        definition_hash=row.hash,
        called_by=row.parent,
        steps=tuple(steps),
    )


def _read_version(connection: Connection, key: int) -> Version:
    row = connection.execute(select(definition).where(definition.c.key == key)).one()
    manifest = canonical.decode(row.manifest)
    named = {manifest["bpmn"]: f"{row.process_id}.bpmn"}
    named |= {digest: f"{name}.form" for name, digest in manifest["forms"].items()}
    named |= {digest: f"{name}.dmn" for name, digest in manifest["decisions"].items()}
    contents = connection.execute(select(resource.c.hash, resource.c.content).where(resource.c.hash.in_(named)))
    parts = {digest: (named[digest], bytes_of(content)) for digest, content in contents}
    return Version(process_id=row.process_id, version=row.version, manifest=row.manifest, parts=parts)
