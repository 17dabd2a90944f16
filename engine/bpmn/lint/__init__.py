"""The lint of diagrams: what is wrong, where, and what to do, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Final

from engine.bpmn.lint import (
    compensation,
    cycles,
    data,
    events,
    expressions,
    gateways,
    graph,
    joins,
    layout,
    loops,
    messages,
    naming,
    partners,
    process,
    references,
    schedules,
    scopes,
    signals,
    tasks,
    timers,
    unsupported,
    variables,
    words,
)
from engine.bpmn.lint.diagram import Diagram
from engine.bpmn.lint.reading import read_diagram
from engine.bpmn.lint.rule import RULES, Family, Rule, error
from engine.bpmn.lint.world import World
from engine.bpmn.xml import XmlRefused, read_xml
from engine.model import Finding, Severity

__all__ = ["FAMILIES", "RULES", "Rule", "Said", "World", "check", "check_files", "said_by"]

#: Nobody mends more than this at once; a hostile file cannot make the answer longer.
MOST_FINDINGS: Final = 1_000

TOO_MANY = error(
    "file.too_many_findings",
    "问题超过 {most} 个,只列出了前面的;请先改正这些。",
    "There are more than {most} findings; only the first are listed. Mend these first.",
)

#: Every family of rules, in the order in which their findings are shown.
FAMILIES: Final[tuple[Family, ...]] = (
    words.check_words,
    words.check_ids,
    words.check_hidden_characters,
    process.check_process,
    references.check_references,
    unsupported.check_unsupported,
    events.check_events,
    scopes.check_scopes,
    graph.check_ways,
    cycles.check_cycles,
    cycles.check_repeats,
    gateways.check_gateways,
    joins.check_joins,
    expressions.check_expressions,
    expressions.check_targets,
    data.check_data,
    variables.check_variables,
    timers.check_timers,
    timers.check_waits,
    schedules.check_schedules,
    messages.check_messages,
    partners.check_partners,
    signals.check_signals,
    signals.check_links,
    compensation.check_compensation,
    compensation.check_cancels,
    loops.check_loops,
    tasks.check_tasks,
    process.check_lanes,
    partners.check_people,
    process.check_properties,
    naming.check_names,
    naming.check_documentation,
    layout.check_layout,
)


#: Families that ask what is around the file; the others say the same of a file wherever it stands.
ASK_AROUND: Final[frozenset[Family]] = frozenset(
    {
        variables.check_variables,
        timers.check_timers,
        schedules.check_schedules,
        partners.check_partners,
        partners.check_people,
        tasks.check_tasks,
        process.check_properties,
    }
)


def check(xml: bytes, *, file: str, world: World) -> list[Finding]:
    """Say everything that is wrong with a BPMN file; never raises, whatever the bytes are.

    Errors refuse a deployment, warnings do not. ``file`` is repeated in the findings; when it ends in ``.bpmn`` it
    must be called like the process. The same file and world give the same findings in the same order: errors first.
    """
    try:
        root = read_xml(xml)
    except XmlRefused as refusal:
        found = Finding(
            rule=refusal.rule,
            severity=Severity.ERROR,
            element=None,
            zh=refusal.message_zh,
            en=str(refusal),
            file=file,
        )
        return [found]
    findings = list(islice(_findings(xml, read_diagram(root), file, world), MOST_FINDINGS + 1))
    if len(findings) > MOST_FINDINGS:
        findings[MOST_FINDINGS:] = [TOO_MANY.at(None, most=MOST_FINDINGS)]
    unique = dict.fromkeys(replace(finding, file=file) for finding in findings)
    return sorted(unique, key=lambda finding: finding.severity is not Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What others may rely on: variables that a diagram sets, names of messages that it sends and waits for, and the
    processes of which it opens linked cases: (id, name of the step).
    """

    variables: frozenset[str] = frozenset()
    sent: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    opened: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=1024)
def said_by(xml: bytes) -> Said:
    """Read what a BPMN file says to others; nothing when it cannot be read (``check`` says why)."""
    try:
        diagram = read_diagram(read_xml(xml))
    except XmlRefused:
        return Said()
    sent, awaited = partners.talk(diagram)
    opened = tuple(tasks.opened_by(diagram))
    return Said(variables=variables.written(diagram), sent=sent, awaited=awaited, opened=opened)


def check_files(files: Mapping[str, bytes], world: World) -> list[Finding]:
    """Check several BPMN files by their names; each process knows the others of the same call."""
    known = set(world.processes)
    for content in files.values():
        try:
            known.update(scope.id for scope in read_diagram(read_xml(content)).processes)
        except XmlRefused:
            continue
    together = replace(world, processes=frozenset(known))
    return [finding for file, data in sorted(files.items()) for finding in check(data, file=file, world=together)]


def _findings(xml: bytes, diagram: Diagram, file: str, world: World) -> Iterator[Finding]:
    own = _own_findings(xml)
    for family in FAMILIES:
        yield from family(diagram, world) if family in ASK_AROUND else own[family]
    yield from process.check_file_name(diagram, file)


@lru_cache(maxsize=1024)
def _own_findings(xml: bytes) -> Mapping[Family, tuple[Finding, ...]]:
    """What the families say that ask nothing but the file: most of the work."""
    diagram, nowhere = read_diagram(read_xml(xml)), World()
    return {
        family: tuple(islice(family(diagram, nowhere), MOST_FINDINGS + 1))
        for family in FAMILIES
        if family not in ASK_AROUND
    }
