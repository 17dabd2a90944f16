"""`kefuflow audit export`: histories of cases as a file for auditors and process mining."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

from engine import eventlogs
from engine.cli.parts import Commands, open_parts
from engine.errors import ConfigurationError
from engine.model import SYSTEM, InstanceStatus


def add_export(actions: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to those of `kefuflow audit`."""
    export = actions.add_parser(
        "export",
        parents=[shared],
        help="write histories of cases into a file for process mining",
        description="Writes the whole histories of the chosen cases, with all that they called, into a file: CSV and "
        "Excel for people, JSON lines with exact values, XES (IEEE 1849-2016) and OCEL 2.0 for process mining. "
        "Personal data are masked unless --unmasked says why not. The system's history tells of every file before it "
        "is there, with its SHA-256. Days are those of Asia/Shanghai, both included.",
    )
    export.add_argument("--format", required=True, choices=sorted(eventlogs.FORMATS), help="format of the file")
    export.add_argument("--process", default="", metavar="ID", help="only cases of this process, e.g. p01_compensation")
    export.add_argument("--from", default="", dest="since", metavar="DAY", help="opened on or after, e.g. 2026-01-01")
    export.add_argument("--to", default="", dest="until", metavar="DAY", help="opened on or before, e.g. 2026-01-31")
    export.add_argument("--status", default="", choices=["", *InstanceStatus], help="only cases of this status")
    export.add_argument("--case", action="append", default=[], metavar="CASE", help="only this case; may be repeated")
    export.add_argument("--output", required=True, type=Path, metavar="FILE", help="where to write; must not exist yet")
    export.add_argument("--unmasked", action="store_true", help="personal data as they are; needs --reason")
    export.add_argument("--reason", default="", help="why; stands in the system's history")
    export.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> int:
    """Write the file; it appears whole or not at all."""
    target: Path = options.output
    if target.exists():
        raise ConfigurationError(f"{target} exists already", message_zh=f"{target} 已存在,请换一个文件名。")
    if not target.parent.is_dir():
        raise ConfigurationError(f"there is no folder {target.parent}", message_zh=f"没有文件夹 {target.parent}。")
    selection = eventlogs.read_selection(
        process=options.process,
        since=options.since,
        until=options.until,
        status=options.status,
        case_ids=options.case,
    )
    with open_parts(options) as parts:
        file = eventlogs.export(
            parts.db,
            parts.definitions,
            parts.clock,
            SYSTEM,
            selection,
            form=options.format,
            unmasked=options.unmasked,
            reason=options.reason,
        )
    with file.content:
        _put(file, target)
    masked = "unmasked (未打码)" if options.unmasked else "masked (已打码)"
    print(f"{target}: {file.cases} cases, {file.events} events, {masked}\nsha256 {file.digest}", file=sys.stdout)
    return 0


def _put(file: eventlogs.LogFile, target: Path) -> None:
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as beside:
        try:
            shutil.copyfileobj(file.content, beside)
            beside.flush()
            os.fsync(beside.fileno())
            Path(beside.name).replace(target)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise
