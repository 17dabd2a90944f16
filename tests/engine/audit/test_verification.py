"""Whatever somebody does to the record by SQL, the verifier names the place; a head kept elsewhere finds the rest."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from engine import audit
from engine.audit import FlawKind
from engine.history import RecordedEvent
from engine.store.database import Database
from tests.engine.audit.attacker import Attacker
from tests.engine.audit.conftest import Sealed, seal
from tests.engine.tampering import tamper
from tests.sample import some


def first(found: audit.Verification) -> tuple[str, int | None, int | None]:
    assert not found.whole
    flaw = found.flaws[0]
    assert flaw.sentence
    assert flaw.sentence_en
    return flaw.kind.value, flaw.stream, flaw.seq


def test_an_untouched_record_is_whole(sealed: Sealed) -> None:
    seen: list[tuple[int, int]] = []
    found = audit.verify(
        sealed.desk.db, heads=[sealed.head], public=sealed.public, progress=lambda *at: seen.append(at)
    )
    assert found.whole
    assert found.flaws == ()
    (events,) = sealed.desk.column("SELECT count(*) FROM history_event")
    (unsealed,) = sealed.desk.column(
        "SELECT count(*) FROM history_event WHERE stream = (SELECT max(stream) FROM history_event)"
    )
    assert (found.events, found.streams, found.unsealed) == (events, 5, unsealed)
    assert found.newest is not None
    assert found.newest.signed == sealed.head
    assert seen[-1] == (events, events)
    seal(sealed.desk)
    assert audit.verify(sealed.desk.db).unsealed == 0


def test_a_record_in_which_nothing_has_happened_is_whole(db: Database) -> None:
    found = audit.verify(db)
    assert found.whole
    assert (found.events, found.leaves, found.heads, found.newest) == (0, 0, 0, None)


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("UPDATE history_event SET actor = 'x' WHERE stream = 1 AND seq = 7", ("row_changed", 1, 7)),
        ("UPDATE history_event SET at = at + 1 WHERE stream = 1 AND seq = 7", ("row_changed", 1, 7)),
        ("UPDATE history_event SET kind = 'user_task.claimed' WHERE stream = 2 AND seq = 4", ("row_changed", 2, 4)),
        ("UPDATE history_event SET element = 'x' WHERE stream = 2 AND seq = 4", ("row_changed", 2, 4)),
        ("UPDATE history_event SET token = coalesce(token, 0) + 1 WHERE stream = 3 AND seq = 2", ("row_changed", 3, 2)),
        ("UPDATE history_event SET n = n + 1 WHERE stream = 1 AND seq = 1", ("row_changed", 1, 1)),
        ("UPDATE history_event SET commitment = zeroblob(32) WHERE stream = 1 AND seq = 9", ("row_changed", 1, 9)),
        ("UPDATE history_event SET command = NULL WHERE stream = 1 AND seq = 1", ("row_changed", 1, 1)),
        ("UPDATE history_event SET hash = zeroblob(32) WHERE stream = 1 AND seq = 9", ("row_changed", 1, 9)),
        ("DELETE FROM history_event WHERE stream = 1 AND seq = 1", ("row_missing", 1, 1)),
        ("DELETE FROM history_event WHERE stream = 1 AND seq = 12", ("row_missing", 1, 12)),
        ("DELETE FROM history_event WHERE stream = 0", ("row_missing", 0, 1)),
        ("DELETE FROM history_event WHERE stream = 2", ("row_missing", 2, 1)),
        ("DELETE FROM history_event WHERE (stream, seq) IN (SELECT key, history_seq FROM process_instance)",
         None),
        ("INSERT INTO history_event SELECT 1, max(seq) + 1, max(revision), 99, max(at), 'x', 'user_task.claimed', NULL,"
         " NULL, zeroblob(32), zeroblob(32), NULL FROM history_event WHERE stream = 1", None),
        ("INSERT INTO history_event SELECT 77, seq, revision, n, at, actor, kind, element, token, commitment, hash,"
         " command FROM history_event WHERE stream = 3", ("row_changed", 77, 1)),
        ("UPDATE history_value SET \"values\" = CAST(replace(CAST(\"values\" AS TEXT), '积压', '丢失') AS BLOB)"
         " WHERE CAST(\"values\" AS TEXT) LIKE '%积压%' AND stream = 1", None),
        ("UPDATE history_value SET \"values\" = x'ff' WHERE stream = 1 AND revision = 1", ("value_changed", 1, 1)),
        ("UPDATE history_value SET \"values\" = x'7b7d' WHERE stream = 1 AND revision = 1", ("value_changed", 1, 1)),
        ("UPDATE history_value SET \"values\" = x'5b5d' WHERE stream = 1 AND revision = 1", ("value_changed", 1, 1)),
        ("UPDATE history_value SET seed = zeroblob(32) WHERE stream = 2 AND revision = 1", None),
        ("UPDATE history_value SET core_events = core_events - 1 WHERE stream = 1 AND revision = 1",
         ("command_changed", 1, 1)),
        ("UPDATE history_value SET command = CAST(replace(CAST(command AS TEXT), '\"li\"', '\"xi\"') AS BLOB)"
         " WHERE stream = 1 AND revision = 1 AND CAST(command AS TEXT) LIKE '%\"li\"%'", ("command_changed", 1, 1)),
        ("DELETE FROM history_value WHERE stream = 1 AND revision = 1", ("values_missing", 1, 1)),
        ("INSERT INTO history_value SELECT 1, 9999, seed, command, \"values\", core_events FROM history_value"
         " WHERE stream = 1 AND revision = 1", ("values_left", 1, None)),
        ("UPDATE process_instance SET history_seq = history_seq - 1 WHERE key = 1", None),
        ("UPDATE process_instance SET history_hash = zeroblob(32) WHERE key = 2", None),
        ("UPDATE stream_head SET hash = zeroblob(32)", None),
        ("UPDATE log_leaf SET hash = zeroblob(32) WHERE n = 0", None),
        ("UPDATE log_leaf SET seq = seq + 1000 WHERE n = 0", None),
        ("DELETE FROM log_leaf WHERE n = 1", None),
        ("UPDATE log_node SET hash = zeroblob(32) WHERE level = 1 AND n = 0", ("node_differs", None, None)),
        ("UPDATE tree_head SET root = zeroblob(32) WHERE size = (SELECT max(size) FROM tree_head)", None),
        ("UPDATE tree_head SET note = replace(note, 'A', 'B')", ("head_unsigned", None, None)),
        ("UPDATE tree_head SET at = at + 1000000", ("head_unsigned", None, None)),
        ("UPDATE tree_head SET key = 2", ("head_unsigned", None, None)),
        ("UPDATE signing_key SET public = zeroblob(32)", ("key_unnamed", None, None)),
    ],
)  # fmt: skip
def test_what_is_changed_by_sql_is_named(
    sealed: Sealed, attack: str, expected: tuple[str, int | None, int | None] | None
) -> None:
    tamper(sealed.desk.db, attack)
    found = first(sealed.verify())
    if expected is not None:
        assert found == expected


def test_rows_that_changed_places_are_named(sealed: Sealed) -> None:
    tamper(
        sealed.desk.db,
        "UPDATE history_event SET seq = -1 WHERE stream = 1 AND seq = 5",
        "UPDATE history_event SET seq = 5 WHERE stream = 1 AND seq = 6",
        "UPDATE history_event SET seq = 6 WHERE stream = 1 AND seq = -1",
    )
    assert first(sealed.verify()) == ("row_changed", 1, 5)


def test_a_value_is_named_at_its_event(sealed: Sealed) -> None:
    (seq,) = sealed.desk.column(
        "SELECT e.seq FROM history_event e JOIN history_value v USING (stream, revision)"
        " WHERE e.kind = 'user_task.completed' AND e.element = 'contact_courier'"
    )
    tamper(
        sealed.desk.db,
        "UPDATE history_value SET \"values\" = CAST(replace(CAST(\"values\" AS TEXT), '积压', '丢失') AS BLOB)"
        " WHERE CAST(\"values\" AS TEXT) LIKE '%积压%'",
    )
    flaws = {(flaw.kind, flaw.seq) for flaw in sealed.verify().flaws}
    assert (FlawKind.VALUE_CHANGED, seq) in flaws
    assert {kind for kind, _ in flaws} == {FlawKind.VALUE_CHANGED}


def test_a_guard_that_was_taken_away_is_named(sealed: Sealed) -> None:
    with sealed.desk.db.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER history_event_no_delete")
    found = sealed.verify()
    assert first(found)[0] == "guard_missing"
    assert "history_event_no_delete" in found.flaws[0].sentence


def test_a_cut_off_end_of_a_case_is_named_even_where_its_head_was_made_to_fit(sealed: Sealed) -> None:
    with Attacker(sealed.desk.db) as attacker:
        ((last,),) = attacker.rows("SELECT max(revision) FROM history_event WHERE stream = 1")
        attacker.run("DELETE FROM history_event WHERE stream = 1 AND revision = ?", last)
        attacker.run("DELETE FROM history_value WHERE stream = 1 AND revision = ?", last)
        ((seq, hash_),) = attacker.rows(
            "SELECT seq, hash FROM history_event WHERE stream = 1 ORDER BY seq DESC LIMIT 1"
        )
        attacker.run("UPDATE process_instance SET history_seq = ?, history_hash = ? WHERE key = 1", seq, hash_)
    assert first(sealed.verify())[:2] == ("leaf_without_row", 1)


def in_somebody_elses_name(row: RecordedEvent, value: object) -> tuple[str, object]:
    return ("qian" if row.actor == "li" else row.actor), value


def paid_less(row: RecordedEvent, value: object) -> tuple[str, object]:
    return row.actor, "12" if row.kind == "register.written" else value


@pytest.mark.parametrize("change", [in_somebody_elses_name, paid_less])
def test_who_computes_the_hashes_of_a_case_anew_is_found_by_the_log(
    sealed: Sealed, change: Callable[[RecordedEvent, object], tuple[str, object]]
) -> None:
    with Attacker(sealed.desk.db) as attacker:
        attacker.rewrite_stream(1, change)
    kind, stream, _ = first(sealed.verify())
    assert (kind, stream) == ("leaf_differs", 1)


def test_who_computes_the_log_anew_as_well_is_found_by_its_signed_heads(sealed: Sealed) -> None:
    with Attacker(sealed.desk.db) as attacker:
        attacker.rewrite_stream(1, in_somebody_elses_name)
        attacker.rewrite_log()
    assert {flaw.kind for flaw in sealed.verify().flaws} == {FlawKind.HEAD_UNSIGNED}
    found = sealed.verify(elsewhere=True)
    assert FlawKind.HEAD_DIFFERS in {flaw.kind for flaw in found.flaws}


def test_who_signs_anew_with_an_own_key_is_found_by_the_head_and_the_key_that_lie_elsewhere(sealed: Sealed) -> None:
    with Attacker(sealed.desk.db) as attacker:
        attacker.rewrite_stream(1, in_somebody_elses_name)
        attacker.rewrite_log()
        attacker.sign_with_own_key()
    assert sealed.verify().whole  # nothing in the database tells any more
    found = sealed.verify(elsewhere=True)
    unsigned, flaw = found.flaws  # the key alone tells, too
    assert unsigned.kind == FlawKind.HEAD_UNSIGNED
    assert (flaw.kind, flaw.facts["size"]) == (FlawKind.HEAD_DIFFERS, sealed.head.checkpoint.size)


def test_of_several_heads_kept_elsewhere_the_place_is_narrowed_down(sealed: Sealed) -> None:
    with sealed.desk.db.read() as connection:
        kept = [head.signed for head in audit.list_heads(connection)]
    assert len(kept) >= 2
    oldest = min(head.checkpoint.size for head in kept)
    with Attacker(sealed.desk.db) as attacker:
        ((stream,),) = attacker.rows("SELECT stream FROM log_leaf WHERE n >= ? AND stream > 1 LIMIT 1", oldest)
        attacker.rewrite_stream(int(str(stream)), in_somebody_elses_name)
        attacker.rewrite_log()
        attacker.sign_with_own_key()
    found = audit.verify(sealed.desk.db, heads=kept, public=sealed.public)
    differing = [flaw for flaw in found.flaws if flaw.kind is FlawKind.HEAD_DIFFERS]
    assert differing
    assert differing[0].leaf is not None
    assert differing[0].leaf >= oldest


def test_who_cuts_off_the_end_of_everything_is_found_by_a_head_kept_elsewhere(sealed: Sealed) -> None:
    with Attacker(sealed.desk.db) as attacker:
        ((size,),) = attacker.rows("SELECT max(size) FROM tree_head WHERE size < (SELECT max(size) FROM tree_head)")
        attacker.run("DELETE FROM log_leaf WHERE n >= ?", size)
        attacker.run("DELETE FROM process_instance WHERE key > 1")
        for table in ("history_event", "history_value"):
            attacker.run(f"DELETE FROM {table} WHERE stream > 1")
        assert {row[0] for row in attacker.rows("SELECT stream FROM log_leaf")} == {0, 1}
        for stream in (0, 1):
            found = attacker.rows("SELECT max(seq) FROM log_leaf WHERE stream = ?", stream)
            ((revision, hash_),) = attacker.rows(
                "SELECT revision, hash FROM history_event WHERE stream = ? AND seq = ?", stream, found[0][0]
            )
            attacker.run("DELETE FROM history_event WHERE stream = ? AND seq > ?", stream, found[0][0])
            attacker.run("DELETE FROM history_value WHERE stream = ? AND revision > ?", stream, revision)
            attacker.run(
                "UPDATE process_instance SET history_seq = ?, history_hash = ? WHERE key = ?",
                found[0][0],
                hash_,
                stream,
            )
            attacker.run("UPDATE stream_head SET seq = ?, hash = ? WHERE stream = ?", found[0][0], hash_, stream)
        attacker.rebuild_tree()
    assert sealed.verify().whole
    found_elsewhere = sealed.verify(elsewhere=True)
    (flaw,) = found_elsewhere.flaws
    assert flaw.kind is FlawKind.HEAD_CUT_OFF
    assert flaw.leaf == size


def test_a_head_that_somebody_else_signed_proves_nothing(sealed: Sealed) -> None:
    found = audit.verify(sealed.desk.db, heads=[sealed.head], public=bytes(32))
    assert {flaw.kind for flaw in found.flaws} == {FlawKind.HEAD_UNSIGNED}


@pytest.mark.parametrize("seed", some(range(100), 40))
def test_no_change_of_a_single_value_goes_unseen(sealed: Sealed, seed: int) -> None:
    with Attacker(sealed.desk.db) as attacker:
        done = attacker.change_anything(random.Random(seed))
    assert not sealed.verify().whole, done
