"""`kefuflow calendar show|import|export`: the working calendars by which user tasks are due."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from engine import calendars
from engine.calendars import ANY_SHOP, CalendarVersion
from engine.cli.parts import Commands, open_parts
from engine.clock import SHANGHAI
from engine.errors import InvalidValue, NotFound
from engine.model import SYSTEM
from engine.worktime import calendar_from, plain_of

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `calendar show`, `calendar import` and `calendar export`."""
    parser = commands.add_parser(
        "calendar",
        help="opening hours and holidays",
        description="The working calendars: user tasks are due in the hours in which the shop is open.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", parents=[shared], help="say what counts, and which versions there are")
    show.set_defaults(run=run_show)
    export = actions.add_parser("export", parents=[shared], help="write the calendar in force as JSON")
    export.add_argument("file", metavar="FILE", type=Path, nargs="?", help="where to; printed where left out")
    export.set_defaults(run=run_export)
    read = actions.add_parser(
        "import",
        parents=[shared],
        help="make a new version from JSON",
        description="Makes a new version from a file as `calendar export` writes it. A file that says what counts "
        "already changes nothing. Due times that stand stay as they are.",
    )
    read.add_argument("file", metavar="FILE", type=Path)
    read.add_argument("--note", default="", help="why")
    read.add_argument(
        "--from", dest="valid_from", metavar="TIME", type=_time, help="from when on it counts (default: now)"
    )
    read.set_defaults(run=run_import)
    for action in (show, export, read):
        action.add_argument("--shop", default=ANY_SHOP, help="whose (default: every shop without one of its own)")


def run_show(options: argparse.Namespace) -> int:
    """Print the version in force, then all of them, the newest first."""
    with open_parts(options) as parts, parts.db.read() as connection:
        found = _in_force(calendars.in_force(connection, parts.clock.now(), options.shop), options.shop)
        versions = calendars.list_versions(connection, options.shop)
    calendar = found.calendar
    print(f"version {found.version} counts since {_local(found.valid_from)} ({calendar.zone.key})")
    for name, spans in zip(_WEEKDAYS, calendar.week, strict=True):
        print(f"  {name:<10} {', '.join(map(str, spans)) or 'closed'}")
    print(f"  {'holidays':<10} {', '.join(map(str, calendar.holiday_hours)) or 'closed'}")
    print(f"  {'make-up':<10} {', '.join(map(str, calendar.make_up_hours)) or 'closed'}")
    for shift in calendar.shifts:
        print(f"  shift {shift.name} {shift.span}")
    for year, days in sorted(Counter(day.year for day in calendar.days).items()):
        print(f"  {year}: {days} days{' (provisional)' if calendar.is_provisional(year) else ''}")
    for one in versions:
        print(f"{one.version}\tfrom {_local(one.valid_from)}\tby {one.made_by}\t{one.hash[:12]}\t{one.note}")
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write the version in force."""
    with open_parts(options) as parts, parts.db.read() as connection:
        found = _in_force(calendars.in_force(connection, parts.clock.now(), options.shop), options.shop)
    text = json.dumps(plain_of(found.calendar), ensure_ascii=False, indent=2) + "\n"
    if options.file is None:
        sys.stdout.write(text)
    else:
        options.file.write_text(text, "utf-8")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Make a version."""
    try:
        content = json.loads(options.file.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InvalidValue(f"{options.file} is no JSON: {problem}", message_zh="文件不是有效的 JSON。") from problem
    calendar = calendar_from(content)
    with open_parts(options) as parts, parts.db.begin() as tx:
        made = calendars.save(
            tx,
            calendar,
            SYSTEM,
            now=parts.clock.now(),
            shop=options.shop,
            valid_from=options.valid_from,
            note=options.note,
        )
    print("nothing new" if made is None else f"version {made.version} counts from {_local(made.valid_from)} on")
    return 0


def _in_force(found: CalendarVersion | None, shop: str) -> CalendarVersion:
    if found is None:
        raise NotFound(
            f"there is no calendar of {shop!r}" if shop else "there is no calendar yet; deploy task_sla.dmn first"
        )
    return found


def _time(text: str) -> datetime:
    """An instant; without a zone it is the shop's."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
