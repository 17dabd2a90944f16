"""`kefuflow backtest`: past cases run again on files that are not deployed; nothing is written."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from engine import canonical
from engine.backtest.candidate import Candidate, changed_parts
from engine.backtest.choosing import MAX_CASES, CaseFilter, check_filter, choose
from engine.backtest.reading import read_recorded
from engine.backtest.running import BATCH, Result, judge
from engine.cli.deploy import print_findings
from engine.cli.parts import Commands, Parts, open_parts, read_files
from engine.cli.proofs import Bar
from engine.clock import SHANGHAI
from engine.definitions.bundle import read_bundle
from engine.errors import ConfigurationError
from engine.model import Severity
from engine.rerun import Verdict

_SUFFIXES: Final = (".bpmn", ".dmn", ".form")
_WORDS: Final = {
    Verdict.SAME: "相同",
    Verdict.PATH: "路径不同",
    Verdict.END: "结局不同",
    Verdict.INPUT: "缺少输入",
    Verdict.CANNOT: "无法重走",
}


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser(
        "backtest",
        parents=[shared],
        help="run past cases again on files that are not deployed",
        description="Runs past cases again, from their recorded commands, on diagrams (.bpmn), tables (.dmn) and forms "
        "(.form) in the place of those they ran on. Says which take another way, end otherwise, pay more or less, or "
        "need an input that they never gave. Nothing is written.",
    )
    command.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="file, or folder with files")
    command.add_argument("--process", metavar="ID", default="", help="only cases of this process")
    command.add_argument("--from", metavar="DATE", dest="since", help="only cases opened on this day or later")
    command.add_argument("--to", metavar="DATE", dest="until", help="only cases opened on this day or earlier")
    command.add_argument("--limit", metavar="N", type=int, default=MAX_CASES, help="the newest so many cases")
    command.add_argument("--running", action="store_true", help="cases that are not over yet, too")
    command.add_argument("--json", action="store_true", help="one JSON object a case, the sums in the last line")
    command.set_defaults(run=run_backtest)


def run_backtest(options: argparse.Namespace) -> int:
    """Run the cases and print what differs; 1 when the lint refuses the files.

    Raises:
        ConfigurationError: a day cannot be read, or there is nothing to run.
        InvalidValue: the filter makes no sense.
    """
    wanted = check_filter(_filter(options))
    files = read_files(options.paths, _SUFFIXES)
    with open_parts(options) as parts:
        findings = [one for one in parts.definitions.check(files) if one.severity is Severity.ERROR]
        if findings:
            print_findings(findings)
            return 1
        bundle = read_bundle(files, (), timedelta(0))
        candidate = Candidate(
            parts.db, changed_parts(parts.db, {key: part.content for key, part in bundle.parts.items()})
        )
        candidate.try_out()
        with parts.db.read() as connection:
            cases = [case_id for case_id, _ in choose(connection, candidate.versions, wanted)]
        if not cases:
            raise ConfigurationError(
                "no past case ran on what these files change", message_zh="没有符合条件、且用到这些内容的历史工单。"
            )
        _print(_results(parts, candidate, cases), as_json=options.json)
    return 0


def _results(parts: Parts, candidate: Candidate, cases: Sequence[str]) -> Iterator[tuple[str, Result]]:
    bar, now = Bar("backtest"), parts.clock.now()
    done = 0
    while some := cases[done : done + BATCH]:
        bar(done, len(cases))
        with parts.db.read() as connection:
            recorded = read_recorded(connection, some)
        for one in recorded:
            yield one.case_id, judge(one, candidate, now)
        done += len(some)
    bar(done, len(cases))


def _print(results: Iterator[tuple[str, Result]], *, as_json: bool) -> None:
    verdicts: Counter[str] = Counter()
    before = after = assumed = assumed_cases = 0
    for case_id, result in results:
        verdicts[result["verdict"]] += 1
        difference = None
        if result["paid_before"] is not None and result["paid_after"] is not None:
            before, after = before + result["paid_before"], after + result["paid_after"]
            difference = result["paid_after"] - result["paid_before"]
        if result["assumed"]:
            assumed, assumed_cases = assumed + (difference or 0), assumed_cases + 1
        if as_json:
            print(json.dumps(_plain(case_id, result), ensure_ascii=False))
        elif result["verdict"] != Verdict.SAME or difference:
            print(_line(case_id, result))
    sums = {"verdicts": dict(verdicts), "fen_before": before, "fen_after": after}
    if as_json:
        print(json.dumps({**sums, "assumed": {"cases": assumed_cases, "fen": assumed}}))
        return
    counts = ", ".join(f"{verdicts[one]:,} {one} ({_WORDS[one]})" for one in Verdict if verdicts[one])
    print(f"{verdicts.total():,} cases: {counts}")
    print(f"paid (已付) {_yuan(before)}, would be (改后) {_yuan(after)}: {_yuan(after - before, sign='+')}", end="")
    print(
        f"; {_yuan(assumed, sign='+')} of it in {assumed_cases:,} cases assumed (建立在假设上)" if assumed_cases else ""
    )


def _plain(case_id: str, result: Result) -> dict[str, Any]:
    """A case for programs: what was assumed by its names only, its values may be anybody's."""
    detail = canonical.decode(result["detail"])
    given = {name: value for name, value in result.items() if name not in ("detail", "assumed")}
    names = sorted({f"{one['element']}.{one['name']}" for one in detail.get("assumed", ())})
    told = {name: detail[name] for name in ("parts", "missing", "broken") if name in detail}
    return {"case": case_id, **given, "assumed": names, **told}


def _line(case_id: str, result: Result) -> str:
    detail = canonical.decode(result["detail"])
    said = [f"case {case_id}", f"{result['verdict']:6}"]
    missing: Mapping[str, Any] | None = detail.get("missing")
    broken: Mapping[str, Any] | None = detail.get("broken")
    if missing is not None:
        place = ".".join(filter(None, (missing["process"], missing["element"], missing["field"])))
        return "  ".join([*said, f"{place}: {missing['lack']}", missing["zh"]]).rstrip()
    if broken is not None:
        place = ".".join(filter(None, (broken["process"], broken["element"])))
        return "  ".join([*said, f"{place or '-'}: {broken['en']}"])
    said.append(f"{result['end_before']} → {result['end_after']}")
    said.append(f"{_yuan(result['paid_before'])} → {_yuan(result['paid_after'])}")
    return "  ".join([*said, *(["assumed"] if result["assumed"] else [])])


def _yuan(fen: int, *, sign: str = "") -> str:
    mark = "-" if fen < 0 else sign if fen else ""
    return f"{mark}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _filter(options: argparse.Namespace) -> CaseFilter:
    until = _day("--to", options.until)
    return CaseFilter(
        process_id=options.process,
        opened_from=_day("--from", options.since),
        opened_to=None if until is None else until + timedelta(days=1),
        running=options.running,
        limit=options.limit,
    )


def _day(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        if day == date.max:
            raise ValueError("no day after it")
        return datetime.combine(day, time(), SHANGHAI)
    except ValueError as problem:
        raise ConfigurationError(
            f"{option} {text!r} is no day such as 2026-01-01",
            message_zh=f"{option} {text} 不是日期,请写成 2026-01-01。",
        ) from problem
