"""The files of a deployment, sorted by kind and checked; nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import Final

from engine import access, bpmn, dmn, formcheck, outbox
from engine.connectors import CONNECTORS
from engine.definitions.schedules import TASK_SLA, check_task_sla
from engine.definitions.surroundings import around, keys_of
from engine.definitions.words import PLATFORM, names_in_diagram, names_in_form_file
from engine.errors import EngineError
from engine.labels import DERIVED
from engine.model import Finding, Severity

BPMN: Final = "bpmn"
DECISION: Final = "decision"
FORM: Final = "form"
TEMPLATE: Final = "template"
_KINDS: Final = {".bpmn": BPMN, ".dmn": DECISION, ".form": FORM, ".txt": TEMPLATE}
MAX_BYTES: Final = 2_000_000
#: Executed by the step itself.
PUBLISH_MESSAGE: Final = "publish_message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One resource of a deployment."""

    kind: str
    id: str
    hash: str
    content: bytes


@dataclass(slots=True)
class Bundle:
    """Parts by (kind, id), and what the checks say."""

    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether anything found is an error."""
        return any(f.severity is Severity.ERROR for f in self.findings)

    def ids(self, kind: str) -> frozenset[str]:
        """Ids of the parts of a kind."""
        return frozenset(part_id for part_kind, part_id in self.parts if part_kind == kind)

    def contents(self, kind: str) -> list[bytes]:
        """Contents of the parts of a kind."""
        return [part.content for part in self.parts.values() if part.kind == kind]


def read_bundle(
    files: Mapping[str, bytes],
    known: Iterable[tuple[str, str]],
    minimum_timer: timedelta,
    variables: frozenset[str] = frozenset(),
) -> Bundle:
    """Sort and check files.

    Args:
        files: name → content; the suffix tells the kind (.bpmn, .dmn, .form, .txt).
        known: (kind, id) of what is deployed already and may be referred to.
        minimum_timer: shortest timer that the lint lets pass.
        variables: names in what is deployed already, for the placeholders of texts and what diagrams read.
    """
    bundle = Bundle()
    for name, content in sorted(files.items()):
        _read_file(bundle, name, content)
    world = make_world(bundle, known, minimum_timer, variables)
    for name, content in sorted(files.items()):
        kind = _KINDS.get(PurePath(name).suffix)
        if kind == BPMN and len(content) <= MAX_BYTES:
            bundle.findings += bpmn.check(content, file=name, world=world)
        elif kind == TEMPLATE and len(content) <= MAX_BYTES:
            bundle.findings += outbox.check_template(content, name, _variables(bundle, variables))
    return bundle


def _variables(bundle: Bundle, deployed: frozenset[str]) -> frozenset[str] | None:
    """What placeholders may name; None where no process is known that could say."""
    names = frozenset().union(
        deployed,
        *(names_in_diagram(part.content) for part in bundle.parts.values() if part.kind == BPMN),
        *(names_in_form_file(part.content) for part in bundle.parts.values() if part.kind == FORM),
    )
    return names | PLATFORM | frozenset(DERIVED) if names else None


def _read_file(bundle: Bundle, name: str, content: bytes) -> None:
    kind = _KINDS.get(PurePath(name).suffix)
    if kind is None:
        bundle.findings.append(
            _error("file.kind", name, "只接受 .bpmn、.dmn、.form、.txt 文件。", "Only .bpmn, .dmn, .form, .txt files.")
        )
        return
    if len(content) > MAX_BYTES:
        bundle.findings.append(_error("file.size", name, "文件超过 2 MB。", "The file is larger than 2 MB."))
        return
    if kind == DECISION:
        bundle.findings += dmn.check(content, name)
        bundle.findings += _check_sla(content, name)
    elif kind == FORM:
        bundle.findings += formcheck.check_schema(content, name)
    for part_id in _ids(kind, name, content):
        key = (kind, part_id)
        if key in bundle.parts:
            bundle.findings.append(
                _error("file.twice", name, f"“{part_id}”在多个文件中出现。", f"{part_id} stands in more than one file.")
            )
        bundle.parts[key] = Part(kind=kind, id=part_id, hash=sha256(content).hexdigest(), content=content)


def _check_sla(content: bytes, name: str) -> list[Finding]:
    if TASK_SLA not in _ids(DECISION, name, content):
        return []
    return [_error("sla.row", name, zh, en) for zh, en in check_task_sla(content)]


def _ids(kind: str, name: str, content: bytes) -> list[str]:
    """Ids that a file defines; none when it cannot be read (the checks say why)."""
    try:
        if kind == BPMN:
            return _process_ids(content)
        if kind == DECISION:
            return list(dmn.load(content).decisions)
        if kind == FORM:
            return [str(json.loads(content)["id"])]
        return [PurePath(name).stem]
    except (EngineError, ValueError, KeyError, TypeError, RecursionError):
        return []


def _process_ids(xml: bytes) -> list[str]:
    found = bpmn.read_xml(xml).iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}process")
    return [node.get("id") or "" for node in found if node.get("isExecutable") == "true"]


def make_world(
    bundle: Bundle,
    known: Iterable[tuple[str, str]],
    minimum_timer: timedelta,
    variables: frozenset[str] = frozenset(),
) -> bpmn.World:
    """What the diagrams of a bundle may refer to; the arguments are those of ``read_bundle``."""
    said = around(bundle.contents(BPMN), bundle.contents(FORM), variables)
    names: dict[str, set[str]] = {BPMN: set(), DECISION: set(), FORM: set(), TEMPLATE: set()}
    for kind, part_id in [*known, *bundle.parts]:
        names[kind].add(part_id)
    return bpmn.World(
        forms=frozenset(names[FORM]),
        decisions=frozenset(names[DECISION]),
        processes=frozenset(names[BPMN]),
        groups=frozenset(access.GROUPS),
        job_types=frozenset(CONNECTORS) | {PUBLISH_MESSAGE},
        templates=frozenset(names[TEMPLATE]),
        permissions=access.PERMISSIONS,
        group_names=access.GROUPS,
        variables=said.variables,
        sent=said.sent,
        awaited=said.awaited,
        fields={part.id: keys_of(part.content) for part in bundle.parts.values() if part.kind == FORM},
        minimum_timer=minimum_timer,
    )


def _error(rule: str, name: str, zh: str, en: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, element=None, zh=zh, en=en, file=name)
