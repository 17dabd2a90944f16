"""`kefuflow scenarios run`: the owners' tests of their processes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.parts import SUFFIXES, Commands, read_files
from engine.errors import DefinitionRefused
from engine.scenarios import Coverage, Result, prepare, read_scenarios


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `scenarios run`."""
    scenarios = commands.add_parser("scenarios", help="tests of processes", description="Tests of processes.")
    actions = scenarios.add_subparsers(title="actions", metavar="ACTION", required=True)
    run = actions.add_parser(
        "run",
        parents=[shared],
        help="run scenario files against the processes",
        description="Runs scenario files (.yaml, .json) against the processes and forms of two folders, with the real "
        "engine on a throw-away database and a clock of its own; your database is not touched. Exit status 1 when a "
        "scenario fails, or when --coverage finds something that no scenario takes.",
    )
    run.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="scenario file, or folder with some")
    run.add_argument("--processes", metavar="DIR", type=Path, default=Path("processes"), help="default: %(default)s")
    run.add_argument("--forms", metavar="DIR", type=Path, default=Path("forms"), help="default: %(default)s")
    run.add_argument(
        "--coverage", action="store_true", help="say which flows, boundary events and rules no scenario takes"
    )
    run.add_argument("--json", action="store_true", help="one JSON object a line")
    run.set_defaults(run=run_scenarios)


def run_scenarios(options: argparse.Namespace) -> int:
    """Run them; 1 when one fails."""
    scenarios = read_scenarios(read_files(options.paths, (".yaml", ".yml", ".json")))
    try:
        stage = prepare(read_files([options.processes, options.forms], SUFFIXES))
    except DefinitionRefused as refused:
        for finding in refused.findings:
            print(f"{finding.file}:{finding.element or ''}: {finding.en}\n    {finding.zh}", file=sys.stderr)
        raise
    with stage:
        coverage = Coverage()
        failed = 0
        for scenario in scenarios:
            result = stage.run(scenario)
            coverage.add(result)
            failed += not result.ok
            _print(result, as_json=options.json)
        missing = stage.missing(scenarios, coverage) if options.coverage else []
    if options.coverage:
        _print_coverage(missing, as_json=options.json)
    if not options.json:
        print(f"{len(scenarios) - failed} passed, {failed} failed")
    return 1 if failed or missing else 0


def _print(result: Result, *, as_json: bool) -> None:
    if as_json:
        print(result.as_json(), flush=True)
    elif not result.ok:
        print(f"FAILED {result.no} {result.title}\n    {result.problem}", flush=True)


def _print_coverage(missing: list[str], *, as_json: bool) -> None:
    for line in missing:
        print(line, file=sys.stderr if as_json else sys.stdout)
    if not missing and not as_json:
        print("every flow, boundary event and rule is taken by a scenario (覆盖率 100%)")
