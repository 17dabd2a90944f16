"""What somebody else's file meets first: the lint, in a world where the names it uses exist."""

from __future__ import annotations

import re

from engine.bpmn.lint import World, check
from engine.model import Finding, Severity


def findings(xml: bytes, *processes: str) -> list[Finding]:
    """What the lint says of a file whose forms, groups and job types exist."""
    forms = frozenset(re.findall(r'formId="([^"]+)"', xml.decode()))
    groups, job_types = frozenset({"aftersales"}), frozenset({"work"})
    world = World(forms=forms, groups=groups, job_types=job_types, processes=frozenset(processes))
    return check(xml, file="p.bpmn", world=world)


def errors(xml: bytes, *processes: str) -> list[str]:
    """Rules and elements for which the file would be refused."""
    found = findings(xml, *processes)
    return [f"{finding.rule} at {finding.element}" for finding in found if finding.severity is Severity.ERROR]
