"""Commands and facts as they are recorded: canonical bytes from which a step can be executed again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from msgspec import structs

from engine import canonical
from engine.errors import HistoryBroken
from engine.model import COMMAND_NAMES, COMMANDS, Command, Facts, Value

#: What is recorded for a revision that no command of the core made: claims, comments, deliveries.
NOTE: Final = canonical.encode({"do": "note"})


def encode_command(command: Command, facts: Facts) -> bytes:
    """Canonical bytes {"do": name, "with": fields, "now": …, "case": …}."""
    given = {name: getattr(command, name) for name in command.__struct_fields__}
    # Keys in canonical order; a case's facts rarely change from one step to the next.
    return b'{"case":%b,"do":"%b","now":%b,"with":%b}' % (
        _encode_case(tuple(facts.case.items())),
        COMMAND_NAMES[type(command)].encode(),
        canonical.encode(facts.now),
        canonical.encode(_plain(given)),
    )


@lru_cache(maxsize=4096)
def _encode_case(facts: tuple[tuple[str, Value], ...]) -> bytes:
    return canonical.encode(dict(facts))


def decode_command(data: bytes) -> tuple[Command, Facts] | None:
    """The command with its facts, or None for a note.

    Raises:
        HistoryBroken: the bytes name no command of ours.
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
    return command, Facts(now=now, case=recorded["case"])


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
