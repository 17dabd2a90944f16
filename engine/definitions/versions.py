"""New versions of processes: one for each whose diagram, forms or decisions in force are not those of its last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import func, insert, select

from engine import canonical
from engine.definitions.bundle import BPMN, DECISION, FORM
from engine.definitions.deployed import DeployedVersion
from engine.definitions.loading import compile_version
from engine.store.database import Transaction
from engine.store.tables import current_resource, definition, resource


def current(kind: str) -> Any:
    """Selects id, hash and content of the resources of a kind that are in force."""
    return (
        select(current_resource.c.id, current_resource.c.hash, resource.c.content)
        .join(resource, resource.c.hash == current_resource.c.hash)
        .where(current_resource.c.kind == kind)
    )


def new_versions(tx: Transaction, stamp: Mapping[str, Any]) -> Iterator[DeployedVersion]:
    """Write a version for each process whose manifest is not the one in force.

    A process of which nothing has changed is not compiled: everybody who writes waits for this transaction.

    Args:
        tx: the transaction of the deployment, with its resources in force.
        stamp: what a version keeps of when it was deployed, and by whom.
    """
    hashes = {(row.kind, row.id): row.hash for row in tx.connection.execute(select(current_resource))}
    decisions = {row.id: row.content for row in tx.connection.execute(current(DECISION))}
    lasts = _lasts(tx)
    for row in tx.connection.execute(current(BPMN).order_by(current_resource.c.id)).all():
        last = lasts.get(row.id)
        if last is not None and _holds(canonical.decode(last.manifest), row.hash, hashes):
            continue
        compiled = compile_version(row.content, decisions)
        manifest = {
            "bpmn": row.hash,
            "forms": {form: hashes[FORM, form] for form in sorted(compiled.forms)},
            "decisions": {name: hashes[DECISION, name] for name in sorted(compiled.decisions)},
        }
        data = canonical.encode(manifest)
        digest = sha256(data).hexdigest()
        if last is not None and last.hash == digest:
            continue
        version = 1 if last is None else last.version + 1
        values = {"process_id": row.id, "version": version, "hash": digest, "manifest": data, "name": compiled.name}
        made = insert(definition).values(**values, **stamp).returning(definition.c.key)
        yield DeployedVersion(process_id=row.id, version=version, key=tx.connection.execute(made).scalar_one())


def _lasts(tx: Transaction) -> dict[str, Any]:
    """The last version of each process."""
    newest = select(func.max(definition.c.key)).group_by(definition.c.process_id)
    columns = definition.c.process_id, definition.c.version, definition.c.hash, definition.c.manifest
    return {row.process_id: row for row in tx.connection.execute(select(*columns).where(definition.c.key.in_(newest)))}


def _holds(manifest: Mapping[str, Any], xml_hash: str, hashes: Mapping[tuple[str, str], str]) -> bool:
    """Whether a manifest is what the diagram's would be: the diagram alone says which forms and decisions it names."""
    parts = [(FORM, *part) for part in manifest["forms"].items()]
    parts += [(DECISION, *part) for part in manifest["decisions"].items()]
    return manifest["bpmn"] == xml_hash and all(hashes.get((kind, name)) == digest for kind, name, digest in parts)
