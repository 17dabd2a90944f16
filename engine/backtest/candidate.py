"""What an owner wants to deploy, put in the place of what a case ran on; everything else stays as it was then."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, TypeAlias

from sqlalchemy import select

from engine import canonical, dmn
from engine.definitions import bytes_of
from engine.definitions.loading import compile_version, form_of
from engine.errors import DefinitionRefused, NotFound
from engine.rerun import RecordedInstance, Rules
from engine.store.database import Database
from engine.store.tables import current_resource, definition, resource

BPMN: Final = "bpmn"
FORM: Final = "form"
DECISION: Final = "decision"
#: (kind, id) → content.
Parts: TypeAlias = Mapping[tuple[str, str], bytes]


class Candidate:
    """The rules of before and after, version by version; each is compiled once."""

    def __init__(self, db: Database, parts: Parts) -> None:
        """``parts``: diagrams, forms and decisions to be tried; others change no case's path and are left out."""
        self._parts = {key: content for key, content in parts.items() if key[0] in (BPMN, FORM, DECISION)}
        self._db = db
        self._read()
        self._before: dict[int, Rules] = {}
        self._after: dict[int, Rules] = {}

    def _read(self) -> None:
        with self._db.read() as connection:
            rows = connection.execute(select(definition.c.key, definition.c.process_id, definition.c.manifest)).all()
            current = connection.execute(select(current_resource)).all()
        self._manifests = {row.key: canonical.decode(row.manifest) for row in rows}
        self._process_of = {row.key: row.process_id for row in rows}
        self._newest = {row.process_id: row.key for row in sorted(rows, key=lambda row: row.key)}
        self._in_force = {(row.kind, row.id): row.hash for row in current}
        self._contents: dict[str, bytes] = {}

    @property
    def versions(self) -> frozenset[int]:
        """Keys of the versions that would run otherwise: their cases are what a back-test is about."""
        return frozenset(key for key in self._manifests if self._touches(key))

    @property
    def processes(self) -> frozenset[str]:
        """The processes of these versions."""
        return frozenset(self._process_of[key] for key in self.versions)

    def _touches(self, key: int) -> bool:
        manifest = self._manifests[key]
        if (BPMN, self._process_of[key]) in self._parts:
            return True
        return any((FORM, name) in self._parts for name in manifest["forms"]) or any(
            (DECISION, name) in self._parts for name in manifest["decisions"]
        )

    def try_out(self) -> None:
        """Compile what would run otherwise.

        Raises:
            DefinitionRefused: it cannot be compiled.
        """
        for process_id in sorted({*self.processes, *(name for kind, name in self._parts if kind == BPMN)}):
            self.after(process_id, None)
        for (kind, name), content in self._parts.items():
            decision = dmn.load(content).decisions.get(name) if kind == DECISION else None
            if decision is not None and decision.problem is not None:  # it loads, and no case could get past it
                problem = decision.problem
                raise DefinitionRefused(f"{name}: {problem}", message_zh=f"{name}:{problem.message_zh}")

    def diagrams(self, process_id: str, version: int | None) -> tuple[str | None, str | None]:
        """Hashes of the diagrams of a process before and after; ``version``: key of the one that it ran on."""
        key = self._newest.get(process_id) if version is None else version
        before = None if key is None else self._manifests[key]["bpmn"]
        xml = self._parts.get((BPMN, process_id))
        return (None if version is None else before), (before if xml is None else sha256(xml).hexdigest())

    # -- rules ------------------------------------------------------------------------------------

    def before(self, instance: RecordedInstance) -> Rules:
        """The rules under which an instance began."""
        return self._rules_before(instance.definition)

    def after(self, process_id: str, instance: RecordedInstance | None) -> Rules:
        """The rules of now for a process that runs in the place of a recorded instance, or was never begun."""
        key = self._newest.get(process_id) if instance is None else instance.definition
        if key is None:
            return self._new_process(process_id)
        if not self._touches(key):
            return self._rules_before(key)
        if key not in self._after:
            self._after[key] = self._compile(process_id, self._manifests[key])
        return self._after[key]

    def _rules_before(self, key: int) -> Rules:
        found = self._before.get(key)
        if found is None:
            manifest = self._manifests[key]
            xml = self._content(manifest["bpmn"])
            decisions = {name: self._content(digest) for name, digest in manifest["decisions"].items()}
            forms = {name: form_of(name, self._content(digest)) for name, digest in manifest["forms"].items()}
            found = self._before[key] = Rules(definition=compile_version(xml, decisions), forms=forms)
        return found

    def _new_process(self, process_id: str) -> Rules:
        if (BPMN, process_id) not in self._parts:
            raise NotFound(
                f"there is no process {process_id!r} to be called", message_zh=f"没有可以调用的流程 {process_id}。"
            )
        return self._compile(process_id, {"bpmn": "", "forms": {}, "decisions": {}})

    def _compile(self, process_id: str, manifest: Mapping[str, Any]) -> Rules:
        """A version with the candidate's parts in the place of its own; what it never had is what is in force."""
        xml = self._parts.get((BPMN, process_id))
        if xml is None:
            xml = self._content(manifest["bpmn"])
        decisions: dict[str, bytes] = {}
        for kind, name in {*self._in_force, *self._parts, *((DECISION, name) for name in manifest["decisions"])}:
            if kind == DECISION:
                decisions[name] = self._part(DECISION, name, manifest["decisions"])
        compiled = compile_version(xml, decisions)
        forms = {name: form_of(name, self._part(FORM, name, manifest["forms"])) for name in sorted(compiled.forms)}
        was = manifest["forms"]
        changed = {n for n in forms if n in was and forms[n] != form_of(n, self._content(was[n]))}
        changed |= {name for name in forms if name not in was}
        return Rules(definition=compiled, forms=forms, changed_forms=frozenset(changed))

    def _part(self, kind: str, name: str, manifest: Mapping[str, str]) -> bytes:
        if (kind, name) in self._parts:
            return self._parts[kind, name]
        digest = manifest.get(name) or self._in_force.get((kind, name))
        if digest is None:
            raise DefinitionRefused(f"there is no {kind} {name!r}", message_zh=f"没有 {name}。")
        return self._content(digest)

    def _content(self, digest: str) -> bytes:
        found = self._contents.get(digest)
        if found is None:
            with self._db.read() as connection:
                read = select(resource.c.content).where(resource.c.hash == digest)
                found = self._contents[digest] = bytes_of(connection.execute(read).scalar_one())
        return found


def changed_parts(db: Database, parts: Parts) -> Parts:
    """Those that are not what is in force, as a deployment would take them."""
    with db.read() as connection:
        in_force = {(row.kind, row.id): row.hash for row in connection.execute(select(current_resource))}
    return {key: content for key, content in parts.items() if sha256(content).hexdigest() != in_force.get(key)}
