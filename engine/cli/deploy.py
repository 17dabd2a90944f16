"""`kefuflow deploy` and `kefuflow lint`: files of processes, checked and put in force."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.cli.parts import SUFFIXES, Commands, open_parts, read_files, throw_away_parts
from engine.clock import SystemClock
from engine.errors import DefinitionRefused
from engine.model import SYSTEM, Finding, Severity
from engine.studio import check_files


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add both commands."""
    deploy = commands.add_parser(
        "deploy",
        parents=[shared],
        help="check files and put them in force",
        description="Checks diagrams (.bpmn), decision tables (.dmn), forms (.form), message texts (.txt) and "
        "scenarios (.yaml) and puts them in force. Every process that one of them changes gets a new version; running "
        "cases stay on theirs.",
    )
    lint = commands.add_parser(
        "lint",
        parents=[shared],
        help="say what is wrong with files, without deploying them",
        description="Checks files as a deployment would, and changes nothing. What they refer to (forms, decisions, "
        "called processes) must be among them or in the two folders. Exit status 1 when there are errors; warnings "
        "leave it 0.",
    )
    for folder in ("processes", "forms"):
        lint.add_argument(
            f"--{folder}", metavar="DIR", type=Path, help=f"default: {folder} beside what is checked, or here"
        )
    lint.add_argument(
        "--deployed", action="store_true", help="what is deployed in the database may be referred to as well"
    )
    lint.add_argument("--json", action="store_true", help="one JSON object a line")
    deploy.add_argument("--reason", metavar="TEXT", default="", help="why, for the list of deployments")
    for parser in (deploy, lint):
        parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="file, or folder with files")
    deploy.set_defaults(run=run_deploy)
    lint.set_defaults(run=run_lint)


def run_deploy(options: argparse.Namespace) -> int:
    """Deploy; 1 when the lint refuses."""
    files = read_files(options.paths)
    with open_parts(options) as parts:
        try:
            if wrong := check_files(files):
                raise DefinitionRefused("the scenarios cannot be read", findings=tuple(wrong))
            deployment = parts.definitions.deploy(files, SYSTEM, reason=options.reason)
        except DefinitionRefused as refused:
            print_findings(refused.findings)
            print("Nothing was deployed: the errors above come first. 未发布,请先修正以上错误。", file=sys.stderr)
            return 1
    print_findings(deployment.findings)
    for version in deployment.versions:
        print(f"{version.process_id} version {version.version} is in force (已生效)")
    if not deployment.versions:
        print("No process changed (没有变化)")
    return 0


def run_lint(options: argparse.Namespace) -> int:
    """Lint; 1 when there are errors."""
    findings = _findings(options, read_files(options.paths))
    print_findings(findings, as_json=options.json)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if not options.json:
        print(f"{errors} errors, {len(findings) - errors} warnings (错误 {errors} 个,警告 {len(findings) - errors} 个)")
    return 1 if errors else 0


def _findings(options: argparse.Namespace, files: dict[str, bytes]) -> list[Finding]:
    if options.deployed:
        with open_parts(options) as parts:
            return [*parts.definitions.check(files), *check_files(files)]
    with TemporaryDirectory() as folder, throw_away_parts(Path(folder), SystemClock()) as parts:
        found = [*parts.definitions.check({**_around(options, files), **files}), *check_files(files)]
    return [finding for finding in found if finding.file is None or finding.file in files]


def _around(options: argparse.Namespace, files: dict[str, bytes]) -> dict[str, bytes]:
    """What stands in the two folders beside the files to be checked, of which it is no copy."""
    house = _house(options.paths)
    wanted = (options.processes or house / "processes", options.forms or house / "forms")
    folders = [folder for folder in wanted if folder.is_dir()]
    known = {_place(name) for name in files}
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file()]
    return {str(path): path.read_bytes() for path in paths if _place(str(path)) not in known}


def _house(paths: Iterable[Path]) -> Path:
    """The nearest folder around the files that has both folders; where we stand if there is none."""
    around = (folder for path in paths for folder in (path.resolve(), *path.resolve().parents))
    return next((f for f in around if (f / "processes").is_dir() and (f / "forms").is_dir()), Path())


def _place(name: str) -> str:
    """What a file defines, by the names of the house: its own name; a form's is its folder's, too."""
    path = Path(name)
    return f"{path.parent.name}/{path.name}" if path.suffix == ".form" else path.name


def print_findings(findings: Iterable[Finding], *, as_json: bool = False) -> None:
    """Print findings: a line in English and one in Chinese each, or a JSON object a line."""
    for finding in findings:
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False))
            continue
        where = ":".join(part for part in (finding.file, finding.element) if part)
        print(f"{where}: {finding.severity} [{finding.rule}] {finding.en}\n    {finding.zh}")
