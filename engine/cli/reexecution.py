"""`kefuflow audit re-execute`: cases run again from their recorded commands, one, some at random, or all."""

from __future__ import annotations

import argparse
import secrets

from engine import audit, canonical
from engine.audit import CaseReport, StreamReport
from engine.cli.parts import Commands, Parts, open_parts
from engine.cli.proofs import Bar
from engine.errors import ConfigurationError
from engine.history import Difference
from engine.model import Event


def add_command(actions: Commands, shared: argparse.ArgumentParser) -> None:
    """Add it to `kefuflow audit`."""
    again = actions.add_parser(
        "re-execute",
        parents=[shared],
        help="run cases again from their recorded commands and compare",
        description="Runs a case again from its recorded commands, with the definitions as they are stored, and "
        "compares event by event. Says that it is the same, or names the first event that differs (exit status 1).",
    )
    again.add_argument("case", metavar="CASE", nargs="?", help="case id, as the case page shows it")
    again.add_argument("--all", action="store_true", help="every case")
    again.add_argument("--sample", type=int, metavar="N", help="so many cases at random")
    again.add_argument("--seed", help="the sample's seed: the same one draws the same cases")
    again.set_defaults(run=run_re_execute)


def run_re_execute(options: argparse.Namespace) -> int:
    """Run one case or several again; 1 when any differs.

    Raises:
        ConfigurationError: not exactly one of CASE, --all and --sample was given.
    """
    asked = [options.case is not None, options.all, options.sample is not None]
    if sum(asked) != 1:
        raise ConfigurationError(
            "say which cases: CASE, --all or --sample N", message_zh="请指定工单号,或 --all,或 --sample N。"
        )
    with open_parts(options) as parts:
        if options.case is not None:
            return _run_one(parts, options.case)
        return _run_many(parts, _cases(parts, options))


def _cases(parts: Parts, options: argparse.Namespace) -> list[str]:
    with parts.db.read() as connection:
        if options.all:
            return audit.list_cases(connection)
        seed = options.seed or secrets.token_hex(8)
        print(f"seed {seed} (种子)")
        return audit.draw_cases(connection, options.sample, seed)


def _run_many(parts: Parts, cases: list[str]) -> int:
    bar, differing, redacted = Bar("re-execute"), 0, 0
    for number, case_id in enumerate(cases):
        bar(number, len(cases))
        report = audit.re_execute(parts.db, case_id)
        redacted += report.redacted
        if not report.same:
            differing += 1
            _print(report)
    bar(len(cases), len(cases))
    if redacted:
        print(f"{redacted:,} cases are redacted and have no commands any more (已按保存期限去标识)")
    verdict = "不一致" if differing else "全部一致"
    print(f"{len(cases) - redacted:,} cases executed again, {differing:,} differ ({verdict})")
    return 1 if differing else 0


def _run_one(parts: Parts, case_id: str) -> int:
    report = audit.re_execute(parts.db, case_id)
    _print(report)
    return 0 if report.same else 1


def _print(report: CaseReport) -> None:
    for stream in report.streams:
        print(_stream_line(stream))
    for damage in report.damage:
        print(
            f"{damage.process_id} version {damage.version}: the stored {damage.kind} {damage.id} was changed after it "
            f"was deployed (发布后的内容被改动过)"
        )
    print(_verdict(report))


def _stream_line(stream: StreamReport) -> str:
    head = f"{stream.process_id} version {stream.version}, instance {stream.stream}"
    if stream.redacted:
        return f"{head}: {stream.steps} steps, {stream.events} events, redacted: the commands are gone"
    if stream.difference is None:
        return f"{head}: {stream.steps} steps, {stream.events} events, same"
    return f"{head}: differs at {_difference(stream.difference)}"


def _difference(found: Difference) -> str:
    text = f"event {found.seq} (revision {found.revision}"
    text += f", element {found.element})" if found.element else ")"
    text += f": {found.reason}"
    if found.recorded is not None or found.executed is not None:
        text += f"\n    recorded (记录): {_event(found.recorded)}\n    executed (重新执行): {_event(found.executed)}"
    return text


def _event(event: Event | None) -> str:
    if event is None:
        return "nothing"
    return f"{event.kind} {event.element or ''} {canonical.encode(event.value).decode()}"


def _verdict(report: CaseReport) -> str:
    if report.redacted and report.same:
        return f"redacted: case {report.case_id} cannot be executed again; audit verify checks its hashes (已去标识)"
    if report.same:
        return f"same: case {report.case_id} follows from its commands, event for event (一致)"
    return f"different: case {report.case_id} does not follow from its commands (不一致)"
