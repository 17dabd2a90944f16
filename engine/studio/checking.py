"""What is wrong with a change: the lint on its drafts among what is in force, and the form of its scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from engine.definitions import Definitions
from engine.definitions.bundle import BPMN, DECISION, FORM, SCENARIO, ids_of
from engine.model import Finding, Severity
from engine.scenarios import ScenarioRefused, read_scenarios
from engine.studio.around import draft_files, files_around
from engine.studio.kinds import resource_of
from engine.studio.tables import failing_tests


def check_draft(
    connection: Connection, definitions: Definitions, change: int, name: str, content: bytes
) -> list[Finding]:
    """Findings about one draft as it is being written, inside its change and what is in force.

    Args:
        connection: a snapshot.
        definitions: of the same database.
        change: key of the change.
        name: of the draft's file.
        content: not saved yet.
    """
    files = {**draft_files(connection, change), name: content}
    found = [*definitions.check(files), *check_own({name: content}), *check_files({name: content})]
    return in_order(finding for finding in found if finding.file in (name, None))


def check_change(connection: Connection, definitions: Definitions, change: int) -> list[Finding]:
    """Findings about all drafts of a change, and errors that they make in what is in force besides.

    Args:
        connection: a snapshot.
        definitions: of the same database.
        change: key of the change.
    """
    files = draft_files(connection, change)
    around = files_around(connection, change)
    found = [*definitions.check(around), *check_own(files), *check_files(files)]
    return in_order(
        finding
        for finding in found
        if finding.file is None or finding.file in files or finding.severity is Severity.ERROR
    )


def check_own(files: Mapping[str, bytes]) -> list[Finding]:
    """Findings about drafts whose content defines something else than their name says."""
    found = []
    for name, content in files.items():
        resource = resource_of(name)
        if resource is None or resource[0] not in (BPMN, DECISION, FORM):
            continue
        defined = ids_of(resource[0], name, content)
        if defined and resource[1] not in defined:
            said = "、".join(defined)
            zh = f"内容里的编号是“{said}”,与文件“{resource[1]}”不符;请改回,或另建一个文件。"
            en = f"The content defines {said}, not {resource[1]}; change it back, or add another file."
            found.append(Finding(rule="draft.id", severity=Severity.ERROR, element=None, zh=zh, en=en, file=name))
    return found


def check_files(files: Mapping[str, bytes]) -> list[Finding]:
    """Findings about files that a deployment's lint does not look into: scenarios, and the tests that tables carry.

    Args:
        files: name → content; those of other kinds are passed over.
    """
    return [*check_scenarios(files), *check_tables(files)]


def check_tables(files: Mapping[str, bytes]) -> list[Finding]:
    """Findings about tests of decision tables that fail."""
    found = []
    for name, content in files.items():
        resource = resource_of(name)
        for failure in failing_tests(content) if resource is not None and resource[0] == DECISION else ():
            zh, en = failure.sentence
            named = failure.name or failure.test
            found.append(
                Finding(
                    rule="table.test",
                    severity=Severity.ERROR,
                    element=failure.decision,
                    zh=f"决策表的测试“{named}”没有通过:{zh}",
                    en=f"The table's test “{named}” fails: {en}",
                    file=name,
                )
            )
    return found


def check_scenarios(files: Mapping[str, bytes]) -> list[Finding]:
    """Findings about scenario files that cannot be read, or test another process than their name says.

    Args:
        files: name → content; those of other kinds are passed over.
    """
    found = []
    for name, content in files.items():
        resource = resource_of(name)
        if resource is None or resource[0] != SCENARIO:
            continue
        try:
            others = sorted({one.process for one in read_scenarios({name: content})} - {resource[1]})
        except ScenarioRefused as problem:
            line = problem.line
            zh = f"第 {line} 行:{problem.message_zh}" if line else problem.message_zh
            en = f"The scenarios cannot be read: {problem}"
            place = f"L{line}" if line else None
            found.append(_wrong_scenarios(name, zh, en, place))
        else:
            if not others:
                continue
            zh = f"文件测试的流程是“{'、'.join(others)}”,与文件名不符。"
            en = f"The file tests {', '.join(others)}, which is not what its name says."
            found.append(_wrong_scenarios(name, zh, en))
    return found


def _wrong_scenarios(name: str, zh: str, en: str, line: str | None = None) -> Finding:
    return Finding(rule="scenario.file", severity=Severity.ERROR, element=line, zh=zh, en=en, file=name)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by file and element."""
    return sorted(findings, key=lambda f: (f.severity is not Severity.ERROR, f.file or "", f.element or ""))
