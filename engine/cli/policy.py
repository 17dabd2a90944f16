"""`kefuflow audit policy`: what the rules in force find in payments and steps that were observed before."""

from __future__ import annotations

import argparse
from datetime import date

from engine.cli.parts import Commands, open_parts
from engine.clock import SHANGHAI
from engine.errors import ConfigurationError
from engine.inspection import policy
from engine.inspection.policy.evidence import Found


def add_command(actions: Commands, shared: argparse.ArgumentParser) -> None:
    """Add the command to those of `kefuflow audit`."""
    command = actions.add_parser(
        "policy",
        parents=[shared],
        help="ask the policy monitor's rules about the past",
        description="Asks the rules in force (decisions audit_payment, audit_agent_month, audit_step) about everything "
        "that was observed from a day on, and prints what they find. Findings of the past stay as they are; what is "
        "not noted yet is noted, unless --dry-run says not to. Days are those of Asia/Shanghai.",
    )
    command.add_argument("--since", required=True, metavar="DATE", help="first day, e.g. 2026-01-01")
    command.add_argument("--dry-run", action="store_true", help="only print; note nothing")
    command.set_defaults(run=run_policy)


def run_policy(options: argparse.Namespace) -> int:
    """Print what is found, one line each, and what became of it."""
    try:
        since = date.fromisoformat(options.since)
    except ValueError as problem:
        raise ConfigurationError(
            f"--since {options.since!r} is no day such as 2026-01-01",
            message_zh=f"--since {options.since} 不是日期,请写成 2026-01-01。",
        ) from problem
    with open_parts(options) as parts:
        now = parts.clock.now()
        with parts.db.read() as connection:
            trial = policy.try_rules(connection, since, now)
        for one in trial.new:
            print(_line("new  ", one))
        for one in trial.known:
            print(_line("known", one))
        noted = 0 if options.dry_run else policy.note_past(parts.db, since, now)
    asked = ", ".join(f"{table} {count}" for table, count in sorted(trial.observed.items())) or "nothing"
    print(f"observed: {asked}; {len(trial.new)} new, {len(trial.known)} known, {noted} noted")
    return 0


def _line(mark: str, one: Found) -> str:
    at = one.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    place = f"  case {one.case_id}" if one.case_id is not None else ""
    who = f"  {one.about}" if one.about else ""
    return f"{mark}  {at}  {one.severity:6}  {one.rule}  {one.title}{place}{who}"
