"""What stays of a history can be proved: hashes and commitments as they were, salts of what was not masked."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from engine import canonical, retention
from engine.audit import re_execute
from engine.audit.flaws import Flaw
from engine.audit.streams import StreamCheck
from engine.history.record import commit
from engine.model import SYSTEM
from engine.queries import Queries
from engine.store.tables import history_event, history_kept
from engine.store.values import read_values
from tests.engine.retention.conftest import DUE
from tests.engine.shop_desk import ShopDesk


def flaws(desk: ShopDesk) -> list[Flaw]:
    found: list[Flaw] = []
    with desk.db.read() as connection:
        StreamCheck(connection, found.append, lambda *_: None).run()
    return found


@pytest.fixture
def redacted(desk: ShopDesk, ended: str) -> str:
    desk.clock.advance_to(DUE)
    assert retention.run(desk.db, desk.definitions, now=desk.clock.now()).counts["case"] == 1
    return ended


def test_events_stay_as_they_were_and_the_chain_holds(desk: ShopDesk, ended: str) -> None:
    def events() -> list[object]:
        with desk.db.read() as connection:
            return list(map(tuple, connection.execute(select(history_event).where(history_event.c.stream > 0))))

    before = events()
    assert flaws(desk) == []
    desk.clock.advance_to(DUE)
    retention.run(desk.db, desk.definitions, now=desk.clock.now())
    assert events() == before
    assert flaws(desk) == []


def test_what_was_not_masked_opens_its_commitment_and_what_was_masked_has_no_salt(
    desk: ShopDesk, redacted: str
) -> None:
    with desk.db.read() as connection:
        joined = select(history_kept, history_event.c.commitment, history_event.c.kind).join(
            history_event,
            (history_event.c.stream == history_kept.c.stream)
            & (history_event.c.revision == history_kept.c.revision)
            & (history_event.c.n == history_kept.c.n),
        )
        rows = connection.execute(joined).all()
    opened = [row for row in rows if row.salt is not None]
    masked = [row for row in rows if row.salt is None]
    assert len(opened) > len(masked) > 3
    assert all(commit(row.salt, row.value) == row.commitment for row in opened)
    assert {"instance.started", "outbox.written"} <= {row.kind for row in masked}
    assert all(b"***" in row.value or b"**" in row.value for row in masked)
    assert not any(b"13800000000" in row.value for row in rows)


def test_seeds_and_commands_are_gone(desk: ShopDesk, redacted: str) -> None:
    assert desk.column("SELECT count(*) FROM history_value WHERE stream > 0") == [0]


def test_the_database_lets_nobody_take_what_was_not_redacted_or_change_what_is_left(
    desk: ShopDesk, redacted: str
) -> None:
    for sql in (
        "DELETE FROM history_value WHERE stream = 0",
        "UPDATE history_kept SET salt = NULL",
        "DELETE FROM history_kept",
        "DELETE FROM history_redaction",
    ):
        with pytest.raises(Exception, match="append-only"), desk.db.begin() as tx:
            tx.connection.execute(text(sql))


def test_the_history_is_read_on_with_masks(desk: ShopDesk, redacted: str) -> None:
    events = Queries(desk.db, desk.definitions, desk.clock).events(redacted, SYSTEM, limit=2000)
    assert len(events) == len(desk.column("SELECT seq FROM history_event WHERE stream > 0"))
    started = next(event for event in events if event.kind == "instance.started")
    said = canonical.encode(started.value).decode()
    assert "张三" not in said
    assert "快递一直不动" not in said
    assert "SO-1001" in said


def test_values_of_some_revisions_are_read_alike_before_and_after(desk: ShopDesk, ended: str) -> None:
    with desk.db.read() as connection:
        before = read_values(connection, int(ended), 1, 2)
    desk.clock.advance_to(DUE)
    retention.run(desk.db, desk.definitions, now=desk.clock.now())
    with desk.db.read() as connection:
        after = read_values(connection, int(ended), 1, 2)
        assert read_values(connection, 999) == {}
    assert {revision: len(values) for revision, values in after.items()} == {
        revision: len(values) for revision, values in before.items()
    }


def test_re_execution_says_redacted_which_is_no_difference(desk: ShopDesk, redacted: str) -> None:
    report = re_execute(desk.db, redacted)
    assert report.redacted
    assert report.same
    assert report.first_difference is None
    assert all(stream.redacted and stream.events > 0 for stream in report.streams)
    other = str(desk.inquire())
    assert not re_execute(desk.db, other).redacted
