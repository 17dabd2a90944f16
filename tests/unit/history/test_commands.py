"""Commands are recorded in canonical bytes and come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical, model
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
    CorrelateSignal,
    EscalateCall,
    Facts,
    FailCall,
    FailJob,
    FireTimer,
    Migrate,
    Modify,
    ResolveIncident,
    SaveProgress,
    Skip,
    Start,
    ThrowError,
)
from tests.each import each

MONDAY_9AM = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FACTS = Facts(now=MONDAY_9AM, case={"case_id": "7", "opened_at": MONDAY_9AM - timedelta(days=1), "promised_at": None})
COMMANDS: list[Command] = [
    Start(variables={"order_id": "SO-1", "amount": Decimal("99.50")}, element="start"),
    CompleteUserTask(id=700000002, variables={"说明": "积压", "items": ["a", {"b": Decimal(1)}]}),
    SaveProgress(id=700000002, variables={"repair_progress": "waiting_parts", "说明": None}),
    CompleteJob(id=1),
    FailJob(id=1, problem="down", retries_left=2, retry_at=MONDAY_9AM),
    ThrowError(id=1, error_code="E1", variables={"why": "x"}),
    FireTimer(id=1),
    CorrelateMessage(id=1, name="msg_x", payload={"stage": "moving"}),
    CompleteCall(id=1, variables={}, end_state=None),
    FailCall(id=1, error_code="E1"),
    CorrelateSignal(name="sig_x"),
    CorrelateSignal(name="sig_x", payload={"stage": "moving", "n": Decimal("1.5")}),
    EscalateCall(id=1, escalation_code="LATE", variables={"hours": Decimal(3)}),
    Skip(id=700000002, variables={"result": "done"}),
    Modify(),
    Modify(cancel=(700000002, 700000003), activate=("ask", "pack"), variables={"a": None}),
    ResolveIncident(id=1),
    Cancel(reason="客户撤回"),
    Migrate(target="0a"),
    Migrate(target="0a", mapping={"ask": "ask_first", "f_ask__pack": "f_ask_first__pack"}),
]


@each("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_comes_back_as_it_was(command: Command) -> None:
    data = encode_command(command, FACTS)
    assert decode_command(data) == (command, FACTS)
    assert canonical.encode(canonical.decode(data)) == data


def test_every_command_of_the_vocabulary_is_among_them() -> None:
    assert {type(command) for command in COMMANDS} == set(model.COMMANDS.values())


_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NAMES | st.integers(-(10**30), 10**30).map(Decimal),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_VARIABLES = st.dictionaries(_NAMES, _VALUES, max_size=4)
_IDS = st.integers(1, 2**63 - 1)
_REPAIRS = st.one_of(
    st.builds(CorrelateSignal, name=_NAMES, payload=_VARIABLES),
    st.builds(EscalateCall, id=_IDS, escalation_code=_NAMES, variables=_VARIABLES),
    st.builds(Skip, id=_IDS, variables=_VARIABLES),
    st.builds(
        Modify,
        cancel=st.lists(_IDS, max_size=5).map(tuple),
        activate=st.lists(_NAMES, max_size=5).map(tuple),
        variables=_VARIABLES,
    ),
)


@given(_REPAIRS)
def test_any_signal_escalation_or_repair_comes_back_as_it_was(command: Command) -> None:
    data = encode_command(command, FACTS)
    again = decode_command(data)
    assert again == (command, FACTS)
    assert again is not None
    assert encode_command(*again) == data


def test_the_fields_of_a_modification_keep_their_types() -> None:
    found = decode_command(encode_command(Modify(cancel=(7,), activate=("a",)), FACTS))
    assert found is not None
    assert isinstance(found[0], Modify)
    assert [type(token) for token in found[0].cancel] == [int]
    assert (type(found[0].cancel), type(found[0].activate)) == (tuple, tuple)


def test_a_note_is_no_command() -> None:
    assert decode_command(NOTE) is None


def test_an_unknown_command_is_a_broken_history() -> None:
    with pytest.raises(HistoryBroken, match="fly"):
        decode_command(canonical.encode({"do": "fly", "with": {}, "now": MONDAY_9AM, "case": {}}))
