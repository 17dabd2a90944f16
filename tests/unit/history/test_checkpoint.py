"""Tree heads as texts: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.history.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    key_hash,
    read_checkpoint,
    read_checkpoints,
    read_note,
    read_verifier_key,
    verifier_key,
)
from tests.each import each

AT = datetime(2026, 11, 21, 7, 40, 12, tzinfo=UTC)
PUBLIC = bytes(range(32))
ORIGIN = "kefuflow/0123456789abcdef"


def head(size: int = 5, root: bytes = b"r" * 32, at: datetime = AT) -> SignedCheckpoint:
    said = Checkpoint(origin=ORIGIN, size=size, root=root, at=at)
    return SignedCheckpoint(checkpoint=said, key_hash=key_hash(ORIGIN, PUBLIC), signature=b"s" * 64)


def test_a_head_is_five_lines_that_a_person_can_read() -> None:
    lines = head().note.split("\n")
    assert lines[:4] == [ORIGIN, "5", base64.b64encode(b"r" * 32).decode(), "2026-11-21T07:40:12Z"]
    assert lines[4] == ""
    assert lines[5].startswith(f"\u2014 {ORIGIN} ")
    assert lines[6] == ""


def test_times_are_said_in_utc() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert head(at=shanghai).note == head().note


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_what_is_written_is_read_again(size: int, root: bytes, signature: bytes) -> None:
    said = Checkpoint(origin=ORIGIN, size=size, root=root, at=AT)
    made = SignedCheckpoint(checkpoint=said, key_hash=key_hash(ORIGIN, PUBLIC), signature=signature)
    assert read_checkpoint(made.note) == made
    assert read_checkpoint(made.note.replace("\n", "\r\n")) == made


def test_a_file_of_heads_is_read_whole_or_not_at_all() -> None:
    notes = [head(size).note for size in (1, 2, 3)]
    assert [found.checkpoint.size for found in read_checkpoints("\n".join(notes))] == [1, 2, 3]
    assert read_checkpoints("".join(notes))[2] == head(3)
    assert read_checkpoints("  \n") == []
    with pytest.raises(ValueError, match="something else"):
        read_checkpoints("".join(notes) + "tail")
    with pytest.raises(ValueError, match="no tree head"):
        read_checkpoints("tail\n" + "".join(notes))


@each(
    "change",
    [
        lambda note: "",
        lambda note: note.replace("\n5\n", "\n05\n"),
        lambda note: note.replace("\n5\n", "\n-5\n"),
        lambda note: note.replace("\n5\n", "\n\uff15\n"),
        lambda note: note.replace("2026-11-21T07:40:12Z", "2026-11-21 07:40:12"),
        lambda note: note.replace("2026-11-21T07:40:12Z", "2026-13-21T07:40:12Z"),
        lambda note: note.replace(ORIGIN + "\n", "somebody\n"),
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note[:-5] + "\n",
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note + note,
    ],
)
def test_what_is_no_head_is_refused(change: object) -> None:
    with pytest.raises(ValueError, match=r"note|head|base64|64 bytes|own name|time data"):
        read_checkpoint(change(head().note))  # type: ignore[operator]  # a lambda of the list above


def test_a_public_key_is_copied_whole_or_refused() -> None:
    text = verifier_key(ORIGIN, PUBLIC)
    assert read_verifier_key(f" {text}\n") == (ORIGIN, PUBLIC)
    for bad in ("", text[:-1], text.replace("+", "-"), text[:-4] + "AAA=", "a+b", f"x{text}"):
        with pytest.raises(ValueError, match=r"key"):
            read_verifier_key(bad)


def test_a_note_of_another_kind_is_read_with_its_text() -> None:
    text, name, hash_, signature = read_note(head().note)
    assert (text, name, hash_, signature) == (head().checkpoint.text, ORIGIN, key_hash(ORIGIN, PUBLIC), b"s" * 64)
