"""Deployed files and the versions that they make."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from engine.store.tables.schema import KEY, metadata

definition = Table(
    "definition",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("process_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: SHA-256 of the manifest: the hashes of the diagram, its forms and its decisions.
    Column("hash", Text, nullable=False),
    #: Canonical bytes {"bpmn": hash, "forms": {id: hash}, "decisions": {id: hash}}.
    Column("manifest", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("deployed_at", BigInteger, nullable=False),
    Column("deployed_by", Text, nullable=False),
    UniqueConstraint("process_id", "version"),
)

resource = Table(
    "resource",
    metadata,
    #: SHA-256 of the content: resources are stored once and never changed.
    Column("hash", Text, primary_key=True),
    #: bpmn, form, decision, template or scenario.
    Column("kind", Text, nullable=False),
    #: Process, form or decision id; template code.
    Column("id", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

#: What is in force: the resource that a new version would use.
current_resource = Table(
    "current_resource",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("hash", Text, ForeignKey("resource.hash"), nullable=False),
    Column("deployed_at", BigInteger, nullable=False),
    Column("deployed_by", Text, nullable=False),
)
