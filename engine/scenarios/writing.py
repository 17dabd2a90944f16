"""A scenario as text, written as the shipped files are: one line a thing, lists of visits one line a visit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from engine import canonical
from engine.clock import SHANGHAI
from engine.feel.values import narrow
from engine.model import Value, Variables, is_file
from engine.scenarios.scenario import Occurrence, Scenario, Turn, Visits

_T = TypeVar("_T")
_WIDTH: Final = 120
#: Letters, digits and what stands between them, Chinese punctuation too: nothing that YAML reads as more than a text.
_INSIDE: Final = (
    r"A-Za-z0-9_.+×;!?()\u3001\u3002\uff0c\uff1b\uff01\uff1f\uff08\uff09\u300a\u300b\u201c\u201d/\u3400-\u9fff-"
)
_PLAIN: Final = re.compile(rf"[A-Za-z0-9_\u3400-\u9fff][{_INSIDE}]*")
#: What a title may hold besides, as it stands alone on its line.
_TITLE: Final = re.compile(rf"[A-Za-z0-9_\u3400-\u9fff][{_INSIDE},%]*")
#: Read as something else, if not by us then by other readers of YAML.
_WORDS: Final = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n)|0[xob][0-9a-f_]+|[-+0-9.eE_:/TZ]*")


def write(scenario: Scenario) -> list[str]:
    """The lines of a scenario as an item of the list ``scenarios``, from ``- no:`` on.

    Raises:
        InvalidValue: a value can stand in no file, e.g. a lone surrogate.
    """
    lines = [f"- no: {_scalar(scenario.no)}", f"  title: {_title(scenario.title)}"]
    if scenario.start_message is not None:
        lines.append(f"  start_message: {_scalar(scenario.start_message)}")
    lines += _wrapped("  start: ", _flow(scenario.start))
    lines += _block("do", scenario.do)
    lines += _block("calls", scenario.calls)
    lines += _block("svc", scenario.svc)
    if scenario.events:
        lines += _wrapped("  events: ", _mapping({key: _occurrences(value) for key, value in scenario.events.items()}))
    if scenario.fire:
        fire = {key: _list(map(_occurrence, occurrences)) for key, occurrences in scenario.fire.items()}
        lines += _wrapped("  fire: ", _mapping(fire))
    if scenario.order is not None:
        lines += _wrapped("  order: ", _list(map(_turn, scenario.order)))
    if scenario.expect:
        lines += _wrapped("  expect: ", _flow(scenario.expect))
    if scenario.end is not None:
        lines.append(f"  end: {_scalar(scenario.end)}")
    if scenario.path is not None:
        lines += _wrapped("  path: ", _list(map(_scalar, scenario.path)))
    return lines


def flow_text(value: Value) -> str:
    """A plain value on one line, as it stands in a file."""
    return _flow(value)


def plain(value: Value) -> Value:
    """A value of a run as a file can say it: files by name, dates and times as ISO 8601 in the shop's time."""
    value = narrow(value)
    if is_file(value):
        return value["name"]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
        text = local.isoformat(timespec="auto")
        return text.removesuffix(":00") if not local.second and not local.microsecond else text
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool | int | Decimal | str) or value is None:
        return value
    return str(value)


def sayable(value: Value) -> bool:
    """Whether a file can say a value so that it is compared as what it is: durations it cannot."""
    value = narrow(value)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and sayable(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(sayable, value))
    return not isinstance(value, timedelta) and (
        value is None or isinstance(value, bool | int | Decimal | str | date | time)
    )


def length(duration: timedelta) -> str:
    """A duration of whole seconds as ``order`` has it, e.g. PT2H."""
    days, rest = duration.days, duration.seconds
    parts = [(rest // 3600, "H"), (rest % 3600 // 60, "M"), (rest % 60, "S")]
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock or not days else ''}" + ("" if clock or days else "0S")


# --- parts ---------------------------------------------------------------------------------------


def _block(name: str, part: Mapping[str, Visits[Variables]]) -> list[str]:
    if not part:
        return []
    lines = [f"  {name}:"]
    for key, visits in part.items():
        if visits.every_time:
            lines += _wrapped(f"    {_scalar(key)}: ", _visit(visits.values[0]))
            continue
        lines.append(f"    {_scalar(key)}:")
        for given in visits.values:
            lines += _wrapped("    - ", _visit(given))
    return lines


def _visit(given: Variables | None) -> str:
    return "null" if given is None else _flow(given)


def _occurrences(visits: Visits[Occurrence]) -> str:
    told = [_occurrence(value) for value in visits.values if value is not None]
    return told[0] if visits.every_time else _list(told)


def _occurrence(occurrence: Occurrence) -> str:
    if not occurrence.payload:
        return _scalar(occurrence.element)
    return _list([_scalar(occurrence.element), _flow(occurrence.payload)])


def _turn(turn: Turn) -> str:
    if not turn.key:
        return length(turn.duration)
    return _occurrence(Occurrence(f"{turn.key}#{turn.n}" if turn.n > 1 else turn.key, turn.payload))


def _flow(value: Value) -> str:
    if isinstance(value, Mapping):
        return _mapping({key: _flow(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return _list(map(_flow, value))
    return _scalar(value)


def _mapping(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_scalar(key)}: {value}" for key, value in entries.items()) + "}"


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(items) + "]"


def _scalar(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return canonical.encode(value).decode()
    text = str(value)
    return text if _PLAIN.fullmatch(text) and not _WORDS.fullmatch(text) else _quoted(text)


def _title(text: str) -> str:
    return text if _TITLE.fullmatch(text) and not _WORDS.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """As JSON quotes it, which YAML reads alike; what would be read as a line's end is written by its number."""
    canonical.encode(text)
    said = json.dumps(text, ensure_ascii=False)
    return re.sub("[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\U00010000-\U0010ffff]", _by_number, said)


def _by_number(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"


# --- lines ---------------------------------------------------------------------------------------


def _wrapped(begin: str, text: str) -> list[str]:
    """A line, broken behind commas between entries where it is longer than a page is wide."""
    indent = " " * (len(begin) - len(begin.lstrip()) + 2)
    lines, line = [], begin
    for piece in _pieces(text):
        if len(line) + len(piece.rstrip()) > _WIDTH and line.strip() and line != begin:
            lines.append(line.rstrip())
            line = indent
        line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Sequence[str]:
    """The text cut behind every comma that stands outside of quotes."""
    pieces, start, quoted, n = [], 0, False, 0
    while n < len(text):
        char = text[n]
        if quoted and char == "\\":
            n += 1
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted and text[n + 1 : n + 2] == " ":
            pieces.append(text[start : n + 2])
            start = n + 2
        n += 1
    return [*pieces, text[start:]]
