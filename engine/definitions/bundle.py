"""The files of a deployment, sorted by kind and checked; nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from engine import access, bpmn, dmn, formcheck, outbox, shop
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
SCENARIO: Final = "scenario"
#: Kind of a resource → suffix of its file.
SUFFIXES: Final[Mapping[str, str]] = {
    BPMN: ".bpmn",
    DECISION: ".dmn",
    FORM: ".form",
    TEMPLATE: ".txt",
    SCENARIO: ".yaml",
}
_KINDS: Final = {suffix: kind for kind, suffix in SUFFIXES.items()}
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
    passed: frozenset[str] = frozenset(),
) -> Bundle:
    """Sort and check files.

    Args:
        files: name → content; the suffix tells the kind (``SUFFIXES``). Scenarios are taken as they are: who runs them
            reads them.
        known: (kind, id) of what is deployed already and may be referred to.
        minimum_timer: shortest timer that the lint lets pass.
        variables: names in what is deployed already, for the placeholders of texts and what diagrams read.
        passed: names of files that are in force somewhere as they are: they are sorted, and not checked once more.
    """
    bundle = Bundle()
    for name, content in sorted(files.items()):
        _read_file(bundle, name, content, checked=name not in passed)
    unchecked = [(name, content) for name, content in sorted(files.items()) if name not in passed]
    if not unchecked:
        return bundle
    world = _World(make_world(bundle, known, minimum_timer, variables))
    names = _variables(bundle, variables) if bundle.ids(TEMPLATE) else None
    for name, content in unchecked:
        kind = kind_of(name)
        if kind == BPMN and len(content) <= MAX_BYTES:
            bundle.findings += _check_diagram(content, name, world)
        elif kind == TEMPLATE and len(content) <= MAX_BYTES:
            bundle.findings += outbox.check_template(content, name, names)
    return bundle


def _variables(bundle: Bundle, deployed: frozenset[str]) -> frozenset[str] | None:
    """What placeholders may name; None where no process is known that could say."""
    names = frozenset().union(
        deployed,
        *(names_in_diagram(part.content) for part in bundle.parts.values() if part.kind == BPMN),
        *(names_in_form_file(part.content) for part in bundle.parts.values() if part.kind == FORM),
    )
    return names | PLATFORM | frozenset(DERIVED) if names else None


def kind_of(name: str) -> str | None:
    """The kind of resource that a file of this name holds; None: none of ours."""
    return _KINDS.get(PurePath(name).suffix)


def _read_file(bundle: Bundle, name: str, content: bytes, *, checked: bool) -> None:
    kind = kind_of(name)
    if kind is None:
        accepted = SUFFIXES.values()
        zh, en = f"只接受 {'、'.join(accepted)} 文件。", f"Only {', '.join(accepted)} files."
        bundle.findings.append(_error("file.kind", name, zh, en))
        return
    if len(content) > MAX_BYTES:
        bundle.findings.append(_error("file.size", name, "文件超过 2 MB。", "The file is larger than 2 MB."))
        return
    if checked:
        bundle.findings += _check_alone(kind, content, name)
    for part_id in ids_of(kind, name, content):
        key = (kind, part_id)
        if key in bundle.parts:
            bundle.findings.append(
                _error("file.twice", name, f"“{part_id}”在多个文件中出现。", f"{part_id} stands in more than one file.")
            )
        bundle.parts[key] = Part(kind=kind, id=part_id, hash=sha256(content).hexdigest(), content=content)


def _check_alone(kind: str, content: bytes, name: str) -> tuple[Finding, ...]:
    """What is wrong with a file, whatever stands around it."""
    if kind == DECISION:
        return _check_decision(content, name)
    if kind == FORM:
        return _check_form(content, name)
    if kind == SCENARIO and not _is_text(content):
        return (_error("scenario.text", name, "场景文件不是 UTF-8 文本。", "The scenarios are not UTF-8."),)
    return ()


@lru_cache(maxsize=1024)
def _check_diagram(content: bytes, name: str, world: _World) -> tuple[Finding, ...]:
    """Kept, since the editors check all files whenever somebody stops typing, and one of them has changed."""
    return tuple(bpmn.check(content, file=name, world=world.seen))


@lru_cache(maxsize=1024)
def _check_decision(content: bytes, name: str) -> tuple[Finding, ...]:
    return (*dmn.check(content, name), *_check_sla(content, name))


@lru_cache(maxsize=8192)
def _check_form(content: bytes, name: str) -> tuple[Finding, ...]:
    return tuple(formcheck.check_schema(content, name) or _check_people(content, name))


class _World:
    """A world as a part of a key: two with the same names are the same."""

    def __init__(self, seen: bpmn.World) -> None:
        self.seen = seen
        values = (getattr(seen, one.name) for one in fields(seen))
        self._key = tuple(frozenset(value.items()) if isinstance(value, Mapping) else value for value in values)
        self._hash = hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _World) and other._key == self._key


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_sla(content: bytes, name: str) -> list[Finding]:
    if TASK_SLA not in ids_of(DECISION, name, content):
        return []
    return [_error("sla.row", name, zh, en) for zh, en in check_task_sla(content)]


def _check_people(content: bytes, name: str) -> list[Finding]:
    """Groups whose people a form, in order otherwise, offers and that nobody knows."""
    unknown = sorted(formcheck.people_groups(formcheck.load(content)) - access.GROUPS.keys())
    said = "、".join(f"「{group}」" for group in unknown)
    zh, en = f"表单里 people. 后面的岗位{said}不存在。", f"There are no groups {', '.join(unknown)} behind people."
    return [_error("form.people", name, zh, en)] if unknown else []


def ids_of(kind: str, name: str, content: bytes) -> list[str]:
    """Ids that a file defines; none when it cannot be read (the checks say why).

    Texts and scenarios do not say their id: their file's name does.
    """
    return list(_ids_within(kind, content)) if kind in (BPMN, DECISION, FORM) else [PurePath(name).stem]


@lru_cache(maxsize=8192)
def _ids_within(kind: str, content: bytes) -> tuple[str, ...]:
    """Kept, since the editors ask for those of all files whenever somebody stops typing."""
    try:
        if kind == BPMN:
            return tuple(process_names(content))
        if kind == DECISION:
            return tuple(dmn.load(content).decisions)
        return (str(json.loads(content)["id"]),)
    except (EngineError, ValueError, KeyError, TypeError, RecursionError):
        return ()


@lru_cache(maxsize=1024)
def process_names(xml: bytes) -> Mapping[str, str]:
    """Ids of the executable processes of a diagram → their names; none when it cannot be read.

    Kept, since the editors ask for those of all diagrams with every page.
    """
    try:
        found = bpmn.read_xml(xml).iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}process")
        names = {node.get("id") or "": node.get("name") or "" for node in found if node.get("isExecutable") == "true"}
    except EngineError:
        names = {}
    return MappingProxyType(names)


def make_world(
    bundle: Bundle,
    known: Iterable[tuple[str, str]],
    minimum_timer: timedelta,
    variables: frozenset[str] = frozenset(),
) -> bpmn.World:
    """What the diagrams of a bundle may refer to; the arguments are those of ``read_bundle``."""
    said = around(bundle.contents(BPMN), bundle.contents(FORM), variables)
    names: dict[str, set[str]] = {kind: set() for kind in SUFFIXES}
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
        settings=frozenset(shop.ALL_SETTINGS),
        minimum_timer=minimum_timer,
    )


def _error(rule: str, name: str, zh: str, en: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, element=None, zh=zh, en=en, file=name)
