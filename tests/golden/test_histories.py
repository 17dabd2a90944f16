"""Histories of earlier releases re-execute for ever, byte for byte; their states load and step on."""

from __future__ import annotations

import json
import re
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine import bpmn, canonical, dmn
from engine.definitions.schedules import sla_rows
from engine.history import Difference, RecordedEvent, RecordedStep, reexecute
from engine.worktime import Schedule, calendar_from

DIGIT = re.compile(r"\d(?=[,}\]])")
FILES = sorted((Path(__file__).parent / "histories").glob("*.json"))
#: Those of since commands are bound to their steps.
BOUND = [file for file in FILES if file.stem >= "0003"]


def recorded(step: dict[str, Any]) -> RecordedStep:
    events = tuple(
        RecordedEvent(*event[:9], *(None if part is None else bytes.fromhex(part) for part in event[9:]))
        for event in step["events"]
    )
    return RecordedStep(
        revision=step["revision"],
        seed=bytes.fromhex(step["seed"]),
        command=step["command"].encode(),
        values=step["values"].encode(),
        core_events=step["core_events"],
        events=events,
    )


def compiled(kept: dict[str, Any], key: str) -> bpmn.Definition:
    parts = kept["definitions"][key]
    decisions = {
        name: dmn.load(kept["resources"][digest].encode()).decisions[name]
        for name, digest in parts["decisions"].items()
    }
    return bpmn.compile_definition(kept["resources"][parts["bpmn"]].encode(), decisions=decisions)


def schedule_of(kept: dict[str, Any], calendar: str, table: str) -> Schedule:
    """What a kept step counted by; the bytes are those that were hashed."""
    content, rows = kept["calendars"][calendar].encode(), kept["resources"][table].encode()
    assert (sha256(content).hexdigest(), sha256(rows).hexdigest()) == (calendar, table)
    return Schedule(
        calendar=calendar_from(canonical.decode(content)),
        calendar_hash=calendar,
        sla_hash=table,
        rows=sla_rows(rows),
    )


def run(kept: dict[str, Any], stream: dict[str, Any]) -> Difference | None:
    step = partial(bpmn.step, compiled(kept, stream["definition"]))
    final = (stream["state"].encode(), stream["variables"].encode())
    schedules = partial(schedule_of, kept)
    return reexecute(stream["key"], stream["key"], map(recorded, stream["steps"]), step, final, schedules)


def test_there_are_histories_to_hold() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_an_old_history_re_executes_to_the_same_bytes(file: Path) -> None:
    kept = json.loads(file.read_text("utf-8"))
    assert [run(kept, stream) for stream in kept["streams"]] == [None] * len(kept["streams"])


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_changed_value_in_an_old_history_is_seen(file: Path) -> None:
    kept = json.loads(file.read_text("utf-8"))
    stream = kept["streams"][0]
    step = next(step for step in stream["steps"] if DIGIT.search(step["values"]))
    step["values"] = DIGIT.sub(lambda found: str((int(found[0]) + 1) % 10), step["values"], count=1)
    assert run(kept, stream) is not None


@pytest.mark.parametrize("file", BOUND, ids=[file.stem for file in BOUND])
def test_a_changed_command_in_an_old_history_is_seen_where_it_was_committed_to(file: Path) -> None:
    kept = json.loads(file.read_text("utf-8"))
    stream = kept["streams"][0]
    step = stream["steps"][0]
    assert step["events"][0][11]
    step["command"] = step["command"].replace('"do":"start"', '"do":"start" ')
    assert run(kept, stream) is not None
