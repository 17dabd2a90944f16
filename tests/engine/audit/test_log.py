"""The log takes what steps have written, whoever asks and however often; its heads prove what they say."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine import accounts, audit
from engine.audit import log
from engine.audit.keys import Signer, rotate
from engine.errors import ConfigurationError, NotFound
from engine.failpoints import Armed, Crash, watched
from engine.history import merkle
from engine.model import SYSTEM
from engine.store.database import Database
from tests.engine.audit.conftest import Sealed, seal
from tests.engine.shop_desk import ShopDesk
from tests.engine.tampering import tamper


def leaves(desk: ShopDesk) -> dict[int, int]:
    """Stream → the last event that the log covers."""
    with desk.db.read() as connection:
        rows = connection.execute(text("SELECT stream, max(seq) FROM log_leaf GROUP BY stream"))
        return {row.stream: row[1] for row in rows}


def ends(desk: ShopDesk) -> dict[int, int]:
    """Stream → its last event."""
    with desk.db.read() as connection:
        rows = connection.execute(text("SELECT stream, max(seq) FROM history_event GROUP BY stream"))
        return {row.stream: row[1] for row in rows}


def test_the_log_covers_every_stream_to_its_end_and_grows_with_news_alone(desk: ShopDesk) -> None:
    desk.inquire()
    first = seal(desk)
    assert first is not None
    assert leaves(desk) == ends(desk)
    assert seal(desk) is None
    assert not log.has_news(desk.db)
    desk.inquire()
    assert log.has_news(desk.db)
    second = seal(desk)
    assert second is not None
    assert second.size == first.size + 1
    assert leaves(desk) == ends(desk)


def test_a_step_costs_no_statement_more_for_the_log(desk: ShopDesk) -> None:
    """Steps do not write to the log: it reads behind them."""
    desk.inquire()
    assert desk.column("SELECT count(*) FROM log_leaf") == [0]


def test_two_who_seal_at_once_write_everything_once(desk: ShopDesk) -> None:
    for _ in range(20):
        desk.inquire()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: seal(desk), range(8)))
    assert leaves(desk) == ends(desk)
    assert any(head is not None for head in found)
    assert desk.column("SELECT count(*) FROM log_leaf") == [len(ends(desk))]
    assert audit.verify(desk.db).whole


def test_many_streams_are_taken_in_several_transactions(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_SWEPT", 3)
    monkeypatch.setattr(log, "_STEPS", 2)
    for _ in range(8):
        desk.inquire()
    seal(desk)
    assert leaves(desk) == ends(desk)
    for _ in range(7):
        desk.inquire()
    seal(desk)
    assert leaves(desk) == ends(desk)
    assert audit.verify(desk.db).whole


@pytest.mark.parametrize(
    "move",
    [
        "UPDATE history_value SET rowid = rowid + 1000",
        "DELETE FROM history_value WHERE rowid = (SELECT max(rowid) FROM history_value)",
        "UPDATE log_position SET position = 999999, stream = 3, revision = 1",
    ],
)
def test_when_row_numbers_have_moved_nothing_is_left_out(desk: ShopDesk, move: str) -> None:
    for _ in range(3):
        desk.inquire()
    seal(desk)
    tamper(desk.db, move)
    desk.inquire()
    seal(desk)
    assert leaves(desk) == ends(desk)


@pytest.mark.parametrize("point", ["store.commit.before", "store.commit.after", "store.begin.after"])
def test_a_crash_leaves_the_log_whole_and_the_next_turn_goes_on(desk: ShopDesk, point: str) -> None:
    desk.inquire()
    with watched(Armed(point, 1, "raise")), pytest.raises(Crash):
        seal(desk)
    assert audit.verify(desk.db).whole
    seal(desk)
    assert leaves(desk) == ends(desk)
    assert audit.verify(desk.db).whole


def test_every_events_inclusion_is_proved_under_every_head_that_covers_it(sealed: Sealed) -> None:
    with sealed.desk.db.read() as connection:
        for head in audit.list_heads(connection):
            for stream, last in ends(sealed.desk).items():
                proof = audit.prove_inclusion(connection, stream, head)
                if proof is None:
                    continue
                leaf = merkle.leaf_hash(merkle.leaf_data(proof.stream, proof.seq, proof.hash))
                assert merkle.root_by_inclusion(proof.leaf, proof.size, leaf, proof.path) == head.root
                assert proof.seq <= last
                first = audit.prove_inclusion(connection, stream, head, seq=1)
                assert first is not None
                assert first.seq <= proof.seq
        newest = audit.newest_head(connection)
        assert newest is not None
        assert audit.prove_inclusion(connection, 1, newest, seq=10**6) is None


def test_later_heads_are_shown_to_hold_earlier_ones(sealed: Sealed) -> None:
    seal(sealed.desk)
    with sealed.desk.db.read() as connection:
        heads = audit.list_heads(connection)
        assert len(heads) >= 3
        for old in heads:
            for new in heads:
                if old.size > new.size:
                    with pytest.raises(NotFound):
                        audit.prove_consistency(connection, old.size, new.size)
                    continue
                proof = audit.prove_consistency(connection, old.size, new.size)
                assert merkle.is_consistent(old.size, old.root, new.size, new.root, proof.path)
        with pytest.raises(NotFound):
            audit.prove_consistency(connection, 1, 10**6)


def test_the_worker_signs_once_a_minute_and_only_news(desk: ShopDesk) -> None:
    sealing = audit.Sealing(every=3600)
    desk.inquire()
    assert sealing(desk.runtime) is False
    assert leaves(desk) == ends(desk)
    desk.inquire()
    sealing(desk.runtime)
    assert leaves(desk) != ends(desk)
    audit.Sealing(every=0)(desk.runtime)
    assert leaves(desk) == ends(desk)


# --- keys ----------------------------------------------------------------------------------------


def test_the_key_lies_outside_the_database_and_only_its_owner_reads_it(desk: ShopDesk) -> None:
    desk.inquire()
    seal(desk)
    file = audit.key_file(desk.db)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_bytes()
    assert len(secret) == 32
    desk.db.close()
    for path in desk.db.file.parent.glob(f"{desk.db.file.name}*"):
        assert secret not in path.read_bytes()


def test_a_new_key_is_named_by_the_old_one_and_the_old_secret_is_gone(desk: ShopDesk) -> None:
    desk.inquire()
    seal(desk)
    file = audit.key_file(desk.db)
    before = file.read_bytes()
    rotate(desk.db, file, SYSTEM, desk.clock.now())
    assert file.read_bytes() != before
    assert [path.name for path in file.parent.glob("signing.key*")] == ["signing.key"]
    desk.inquire()
    head = seal(desk)
    assert head is not None
    assert head.key == 2
    found = audit.verify(desk.db)
    assert found.whole
    assert desk.column("SELECT actor FROM history_event WHERE kind = 'signing_key.changed'") == ["system"]


def test_a_running_signer_takes_the_key_that_another_process_has_made(desk: ShopDesk) -> None:
    file = audit.key_file(desk.db)
    signer = Signer(file)
    desk.inquire()
    audit.seal(desk.db, signer, desk.clock.now())
    rotate(desk.db, file, SYSTEM, desk.clock.now())
    desk.inquire()
    head = audit.seal(desk.db, signer, desk.clock.now())
    assert head is not None
    assert head.key == 2
    assert audit.verify(desk.db).whole


@pytest.mark.parametrize("point", ["store.commit.before", "store.commit.after"])
def test_who_dies_while_changing_keys_leaves_one_that_works(desk: ShopDesk, point: str) -> None:
    desk.inquire()
    seal(desk)
    file = audit.key_file(desk.db)
    with watched(Armed(point, 1, "raise")), pytest.raises(Crash):
        rotate(desk.db, file, SYSTEM, desk.clock.now())
    desk.inquire()
    assert seal(desk) is not None
    rotate(desk.db, file, SYSTEM, desk.clock.now())
    desk.inquire()
    assert seal(desk) is not None
    assert audit.verify(desk.db).whole


def test_a_lost_key_is_replaced_and_verification_says_so(desk: ShopDesk) -> None:
    desk.inquire()
    seal(desk)
    audit.key_file(desk.db).unlink()
    desk.inquire()
    assert seal(desk) is not None
    found = audit.verify(desk.db)
    assert [flaw.kind for flaw in found.flaws] == [audit.FlawKind.KEY_UNNAMED]


def test_a_file_that_holds_no_key_stops_sealing_and_nothing_else(desk: ShopDesk) -> None:
    audit.key_file(desk.db).write_bytes(b"short")
    desk.inquire()
    with pytest.raises(ConfigurationError):
        seal(desk)
    with pytest.raises(ConfigurationError):
        desk.drain()
    desk.inquire()


def test_the_setting_says_where_the_key_lies(db: Database, tmp_path: Path, desk: ShopDesk) -> None:
    file = tmp_path / "elsewhere" / "our.key"
    desk.inquire()
    audit.Sealing(file, every=0)(desk.runtime)
    assert len(file.read_bytes()) == 32
    assert not audit.key_file(desk.db).exists()


# --- the nightly check ---------------------------------------------------------------------------


def night(desk: ShopDesk, look: audit.NightlyReExecution) -> None:
    """The next 03:00 in Shanghai, a second late."""
    local = desk.clock.now() + timedelta(hours=8)
    begin = local.replace(hour=3, minute=0, second=0, microsecond=0)
    begin += timedelta(days=0 if begin > local else 1)
    desk.clock.advance_to(begin - timedelta(hours=8) + timedelta(seconds=1))
    look(desk.runtime)


def told(desk: ShopDesk) -> list[object]:
    return desk.column(
        'SELECT CAST(v."values" AS TEXT) FROM history_event e JOIN history_value v USING (stream, revision)'
        " WHERE e.kind = 'history.re_executed' ORDER BY e.seq"
    )


def test_each_night_a_sample_is_executed_again_once(desk: ShopDesk) -> None:
    for _ in range(4):
        desk.inquire()
    look = audit.NightlyReExecution(cases=3)
    night(desk, look)
    look(desk.runtime)
    audit.NightlyReExecution(cases=3)(desk.runtime)
    (found,) = told(desk)
    assert '"cases":3' in str(found)
    assert '"differing":[]' in str(found)
    night(desk, look)
    assert len(told(desk)) == 2


def test_before_three_nothing_is_executed(desk: ShopDesk) -> None:
    desk.inquire()
    local = desk.clock.now() + timedelta(hours=8)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    desk.clock.advance_to(midnight - timedelta(hours=5, seconds=1))  # 02:59:59
    audit.NightlyReExecution()(desk.runtime)
    assert told(desk) == []


def test_what_differs_is_told_to_the_auditors(desk: ShopDesk) -> None:
    key = desk.inquire()
    with desk.db.begin() as tx:
        accounts.add(tx, "zheng", "郑", "correct horse", ["auditor"])
    tamper(desk.db, f"UPDATE process_instance SET variables = '{{}}' WHERE key = {key}")
    night(desk, audit.NightlyReExecution())
    (found,) = told(desk)
    assert f'"differing":["{key}"]' in str(found)
    assert desk.column("SELECT user FROM notification WHERE page = :page", page=f"/audit/{key}") == ["zheng"]


def test_the_same_seed_draws_the_same_cases_and_each_is_drawn_about_as_often(desk: ShopDesk) -> None:
    for _ in range(12):
        desk.inquire()
    with desk.db.read() as connection:
        assert audit.draw_cases(connection, 5, "a") == audit.draw_cases(connection, 5, "a")
        assert audit.draw_cases(connection, 50, "a") == audit.list_cases(connection)
        counts = dict.fromkeys(audit.list_cases(connection), 0)
        for number in range(600):
            for case_id in audit.draw_cases(connection, 3, str(number)):
                counts[case_id] += 1
    assert all(100 < count < 200 for count in counts.values())  # 150 expected
