"""Commands and facts as they are recorded: canonical bytes from which a step can be executed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from msgspec import structs

from engine import canonical
from engine.errors import HistoryBroken
from engine.model import COMMAND_NAMES, COMMANDS, Command, Facts, Value
from engine.worktime import Schedule

#: What is recorded for a revision that no command of the core made: claims, comments, deliveries.
NOTE: Final = canonical.encode({"do": "note"})
#: Finds calendar and task SLA by the hashes under which a command recorded them.
Schedules: TypeAlias = Callable[[str, str], Schedule]


def encode_command(command: Command, facts: Facts) -> bytes:
    """Canonical bytes {"do": name, "with": fields, "now": …, "case": …}, and the schedule's hashes if it has one."""
    given = {name: getattr(command, name) for name in command.__struct_fields__}
    # Keys in canonical order; a case's facts rarely change from one step to the next.
    schedule = facts.schedule
    return b'{%b"case":%b,"do":"%b","now":%b,%b"with":%b}' % (
        b"" if schedule is None else b'"calendar":"%b",' % schedule.calendar_hash.encode(),
        _encode_case(tuple(facts.case.items())),
        COMMAND_NAMES[type(command)].encode(),
        canonical.encode(facts.now),
        b"" if schedule is None else b'"sla":"%b",' % schedule.sla_hash.encode(),
        canonical.encode(_plain(given)),
    )


@lru_cache(maxsize=4096)
def _encode_case(facts: tuple[tuple[str, Value], ...]) -> bytes:
    return canonical.encode(dict(facts))


def decode_command(data: bytes, schedules: Schedules | None = None) -> tuple[Command, Facts] | None:
    """The command with its facts, or None for a note.

    Args:
        data: as ``encode_command`` gave them.
        schedules: where calendars are found; needed for commands that recorded one.

    Raises:
        HistoryBroken: the bytes name no command of ours, or a calendar that cannot be found.
    """
    recorded = canonical.decode(data)
    name = recorded["do"]
    if name == "note":
        return None
    if name not in COMMANDS:
        raise HistoryBroken(f"a recorded step has the unknown command {name!r}")
    kind = COMMANDS[name]
    given = {name: _typed(name, recorded["with"][name]) for name in _fields_of(kind)}
    command: Command = kind(**given)
    now: datetime = recorded["now"]
    return command, Facts(now=now, case=recorded["case"], schedule=_schedule(recorded, schedules))


def _schedule(recorded: Mapping[str, Any], schedules: Schedules | None) -> Schedule | None:
    if "calendar" not in recorded:
        return None
    if schedules is None:
        raise HistoryBroken("a recorded step counted by a calendar, and there is none at hand")
    return schedules(recorded["calendar"], recorded["sla"])


@lru_cache(maxsize=64)
def _fields_of(kind: type) -> tuple[str, ...]:
    """Names of a command's fields."""
    return tuple(field.name for field in structs.fields(kind))


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Contexts may come as any mapping; the codec knows dicts (and writes tuples as lists)."""
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in given.items()}


def _typed(name: str, value: Any) -> Any:
    """A field as its command has it: canonical bytes know neither integers nor tuples."""
    if name in {"id", "retries_left"}:
        return int(value)
    if name == "cancel":
        return tuple(int(token) for token in value)
    return tuple(value) if name == "activate" else value
