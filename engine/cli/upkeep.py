"""`kefuflow backup`, `restore` and `doctor`: what whoever keeps it running needs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from engine import upkeep
from engine.cli.parts import Commands, settings_of
from engine.cli.proofs import Bar
from engine.clock import SHANGHAI, SystemClock
from engine.errors import ConfigurationError


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the commands."""
    _add_backup(commands, shared)
    _add_restore(commands, shared)
    _add_doctor(commands, shared)


def _add_backup(commands: Commands, shared: argparse.ArgumentParser) -> None:
    backup = commands.add_parser(
        "backup",
        parents=[shared],
        help="take a backup while the server runs, or check one",
        description="Copies database and uploaded files into a new folder while the server goes on, with a manifest "
        "that has the hash of each. The folder is there as a whole or not at all. The outbox folder is not copied; "
        "keys are with --with-keys only. Exit status 1: it was taken, but uploaded files are missing already.",
    )
    backup.add_argument("target", metavar="TARGET", type=Path, help="folder of the backup")
    backup.add_argument(
        "--with-keys",
        action="store_true",
        help="copy the keys, too: who has the backup can then sign heads and log-in sessions",
    )
    backup.add_argument("--check", action="store_true", help="check the backup that lies there, and take none")
    backup.add_argument(
        "--verify", action="store_true", help="with --check: verify the whole record in it as `audit verify` does"
    )
    backup.set_defaults(run=run_backup)


def _add_restore(commands: Commands, shared: argparse.ArgumentParser) -> None:
    restore = commands.add_parser(
        "restore",
        parents=[shared],
        help="put a backup in the place of the database",
        description="Checks a backup and puts it in the place of the database that --database names, while no server "
        "uses that. What is there is kept under a name with the date.",
    )
    restore.add_argument("backup", metavar="BACKUP", type=Path, help="folder of the backup")
    restore.add_argument(
        "--replace", action="store_true", help="there may be a database: it is kept under another name"
    )
    restore.set_defaults(run=run_restore)


def _add_doctor(commands: Commands, shared: argparse.ArgumentParser) -> None:
    doctor = commands.add_parser(
        "doctor",
        parents=[shared],
        help="look whether all is well; changes nothing",
        description="Looks at the database, at what is stuck or late in it, and at disks, keys and files around it. "
        "Changes nothing, and may be run while the server runs. Exit status 1 when there is something to do.",
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.add_argument(
        "--late-minutes",
        type=int,
        default=upkeep.LATE // timedelta(minutes=1),
        metavar="N",
        help="due work is late after so many minutes (default: %(default)s)",
    )
    doctor.set_defaults(run=run_doctor)


def run_backup(options: argparse.Namespace) -> int:
    """Take a backup or check one; 1 when something is missing."""
    if options.verify and not options.check:
        raise ConfigurationError("--verify goes with --check", message_zh="--verify 须与 --check 同用。")
    if options.check:
        return _check(options)
    settings = settings_of(options)
    database = upkeep.file_of(settings.database_url)
    keys = upkeep.key_files(database, settings.signing_key) if options.with_keys else {}
    made = upkeep.take(database, options.target, keys=keys, now=SystemClock().now(), progress=Bar("backup"))
    print(f"ok  {options.target}: {len(made.manifest.files):,} files, {made.size:,} bytes (备份完成)")
    _say_contents(made.manifest)
    if not options.with_keys:
        names = "session.key, policy.key, factor.key and signing.key"
        print(f"    without keys: keep {names} elsewhere (未含密钥,请另行保管)")
    if made.manifest.missing:
        print(f"    {len(made.manifest.missing):,} uploaded files are missing or damaged (有附件缺失或损坏):")
        _say_examples(made.manifest.missing[:5])
        return 1
    return 0


def _check(options: argparse.Namespace) -> int:
    checked = upkeep.check(options.target, verify=options.verify, progress=Bar("verify"))
    _say_contents(checked.manifest)
    _say_findings(checked.findings)
    if checked.findings:
        said = "usable all the same (仍可恢复)" if checked.usable else "not usable (不可用)"
        print(f"{len(checked.findings)} findings, {said}")
        return 1
    print("whole: every file is as it was copied (完整)" + (", the record verifies" if options.verify else ""))
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore a backup."""
    settings = settings_of(options)
    done = upkeep.restore(
        options.backup,
        upkeep.file_of(settings.database_url),
        replace=options.replace,
        now=SystemClock().now(),
        signing_key=settings.signing_key,
    )
    print(f"ok  {settings.database_url} is restored (已恢复)")
    _say_contents(done.manifest)
    _say_findings(done.findings)
    if done.kept_aside is not None:
        print(f"    the old database is kept as {done.kept_aside} (原数据库已保留)")
    if done.keys:
        print(f"    keys put in place (已恢复密钥): {', '.join(done.keys)}")
    if done.older:
        print(f"    schema {done.manifest.schema} is older: the next start upgrades it (下次启动时升级)")
    return 0


def run_doctor(options: argparse.Namespace) -> int:
    """Look at everything; 1 when something is wrong."""
    if options.late_minutes < 1:
        raise ConfigurationError("--late-minutes must be 1 or more", message_zh="--late-minutes 至少为 1。")
    settings = settings_of(options)
    report = upkeep.examine(
        upkeep.file_of(settings.database_url),
        now=SystemClock().now(),
        outbox=settings.outbox_dir,
        signing_key=settings.signing_key,
        late=timedelta(minutes=options.late_minutes),
    )
    if options.json:
        said = {"database": str(report.database), "at": report.at.isoformat(), "schema": report.schema}
        findings = [asdict(one) for one in report.findings]
        print(json.dumps({**said, "whole": report.whole, "findings": findings}, ensure_ascii=False, indent=1))
        return int(not report.healthy)
    _say_findings(report.findings)
    if not report.whole:
        print("what is inside was not looked at (未检查库内数据)")
    if report.healthy:
        print(f"ok  {report.database}, schema {report.schema}: nothing found (未发现问题)")
        return 0
    print(f"{len(report.findings)} findings (发现 {len(report.findings)} 项)")
    return 1


def _say_contents(manifest: upkeep.Manifest) -> None:
    taken = manifest.taken_at.astimezone(SHANGHAI)
    print(
        f"    taken {taken:%Y-%m-%d %H:%M:%S} (Shanghai) by {manifest.program}, schema {manifest.schema}, "
        f"{manifest.events:,} events, {manifest.heads:,} signed heads"
    )


def _say_findings(findings: Iterable[upkeep.Finding]) -> None:
    for one in findings:
        print(f"{one.code}: {one.en} ({one.zh}): {one.count:,}")
        _say_examples(one.examples)
        if one.count > len(one.examples) > 0:
            print(f"    … {one.count - len(one.examples):,} more (还有更多)")


def _say_examples(examples: Iterable[str]) -> None:
    for example in examples:
        print(f"    {example}")
