"""Commands are recorded in canonical bytes and come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import canonical
from engine.errors import HistoryBroken
from engine.history import decode_command, encode_command
from engine.history.commands import NOTE
from engine.model import (
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    Facts,
    FailCall,
    FailJob,
    FireTimer,
    ResolveIncident,
    Start,
    ThrowError,
)

MONDAY_9AM = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FACTS = Facts(now=MONDAY_9AM, case={"case_id": "7", "opened_at": MONDAY_9AM - timedelta(days=1), "promised_at": None})
COMMANDS: list[Command] = [
    Start(variables={"order_id": "SO-1", "amount": Decimal("99.50")}, element="start"),
    CompleteUserTask(id=700000002, variables={"说明": "积压", "items": ["a", {"b": Decimal(1)}]}),
    CompleteJob(id=1),
    FailJob(id=1, problem="down", retries_left=2, retry_at=MONDAY_9AM),
    ThrowError(id=1, error_code="E1", variables={"why": "x"}),
    FireTimer(id=1),
    CorrelateMessage(id=1, name="msg_x", payload={"stage": "moving"}),
    CompleteCall(id=1, variables={}, end_state=None),
    FailCall(id=1, error_code="E1"),
    ResolveIncident(id=1),
    Cancel(reason="客户撤回"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_comes_back_as_it_was(command: Command) -> None:
    data = encode_command(command, FACTS)
    assert decode_command(data) == (command, FACTS)
    assert canonical.encode(canonical.decode(data)) == data


def test_a_note_is_no_command() -> None:
    assert decode_command(NOTE) is None


def test_an_unknown_command_is_a_broken_history() -> None:
    with pytest.raises(HistoryBroken, match="fly"):
        decode_command(canonical.encode({"do": "fly", "with": {}, "now": MONDAY_9AM, "case": {}}))
