"""Makes a version of a process from what the database stores of it, trusting none of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine import bpmn, canonical, dmn
from engine.clock import from_microseconds
from engine.definitions.deployed import Deployed
from engine.errors import DefinitionRefused
from engine.store.tables import resource

#: Compiled decisions and processes kept for whoever asks for the same files again; the shipped ones are 54 and 71.
_DECISIONS: Final = 1024
_VERSIONS: Final = 1024


def load_deployed(connection: Connection, row: Row[Any]) -> Deployed:
    """Compile a version from its stored resources, as they stand in the database now.

    Raises:
        EngineError: a resource is missing or is not what was deployed.
    """
    manifest = canonical.decode(row.manifest)
    hashes = [manifest["bpmn"], *manifest["forms"].values(), *manifest["decisions"].values()]
    found = connection.execute(select(resource.c.hash, resource.c.content).where(resource.c.hash.in_(hashes)))
    contents = {part.hash: bytes_of(part.content) for part in found}
    if missing := sorted(set(hashes) - set(contents)):
        raise DefinitionRefused(f"the stored resource {missing[0]} is missing")
    xml = contents[manifest["bpmn"]]
    return Deployed(
        key=row.key,
        process_id=row.process_id,
        version=row.version,
        name=row.name,
        hash=row.hash,
        manifest=manifest,
        deployed_at=from_microseconds(row.deployed_at),
        deployed_by=row.deployed_by,
        xml=xml,
        definition=compile_version(xml, {name: contents[h] for name, h in manifest["decisions"].items()}),
        forms={name: form_of(name, contents[h]) for name, h in manifest["forms"].items()},
    )


def bytes_of(content: bytes | str) -> bytes:
    """Stored content; a hand that edits it in SQL leaves a text behind, which is read as what it is."""
    return content.encode() if isinstance(content, str) else content


def compile_version(xml: bytes, decisions: Mapping[str, bytes]) -> bpmn.Definition:
    """The compiled process of a diagram and the files of its decisions.

    Raises:
        EngineError: one of them cannot be compiled.
    """
    return _compiled(xml, tuple((name, decisions[name]) for name in _named(xml, tuple(sorted(decisions)))))


@lru_cache(maxsize=_VERSIONS)
def _named(xml: bytes, decisions: tuple[str, ...]) -> tuple[str, ...]:
    """Which decisions a diagram may ask: those whose names stand in it."""
    return tuple(name for name in decisions if name.encode() in xml)


@lru_cache(maxsize=_VERSIONS)
def _compiled(xml: bytes, decisions: tuple[tuple[str, bytes], ...]) -> bpmn.Definition:
    """What is compiled never changes, so that who deploys, tries and runs the same files shares it."""
    return bpmn.compile_definition(xml, decisions={name: _decision(name, content) for name, content in decisions})


def form_of(name: str, content: bytes) -> Mapping[str, Any]:
    """The schema of a stored form.

    Raises:
        DefinitionRefused: it cannot be read.
    """
    try:
        schema: Mapping[str, Any] = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise DefinitionRefused(f"the stored form {name!r} cannot be read") from problem
    return schema


@lru_cache(maxsize=_DECISIONS)
def _decision(name: str, content: bytes) -> dmn.Decision:
    """A compiled decision, shared by all processes and versions that use the same table."""
    found = dmn.load(content).decisions.get(name)
    if found is None:
        raise DefinitionRefused(f"the stored file of decision {name!r} does not hold it")
    return found
