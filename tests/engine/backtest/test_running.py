"""Asking for a back-test and doing it: rights, filters, stops, poison, two who work at once; what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, update

from engine.backtest import running
from engine.backtest.asking import ask, stop
from engine.backtest.candidate import Candidate
from engine.backtest.cases import CaseAsked, count_cases, every_case, list_cases, read_case
from engine.backtest.choosing import CaseFilter, count_affected
from engine.backtest.paths import read_paths
from engine.backtest.results import list_backtests, read_backtest, read_reasons, read_summary
from engine.backtest.running import BATCH, Runner
from engine.errors import DefinitionRefused, InvalidValue, NotAllowed, NotFound
from engine.scenarios.people import person
from engine.store.tables import backtest, backtest_case, history_redaction, metadata
from tests.engine.backtest.conftest import APPROVAL, COMPENSATIONS, OWNER, TABLES, Past, Shop, copied
from tests.engine.backtest.seeding import expected, fen, with_limit
from tests.engine.narrative.theatre import ROOT
from tests.sample import some

FIFTY = {APPROVAL: with_limit((TABLES / "compensation_approval.dmn").read_bytes(), 50)}
DIAGRAM = next((ROOT / "processes").rglob("p01_compensation.bpmn")).read_bytes()
P01 = ("bpmn", "p01_compensation")
FORM = ("form", "p01_compensation.negotiate_compensation")
FORM_FILE = (ROOT / "forms/p01_compensation/negotiate_compensation.form").read_bytes()


# -- asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", some(["supervisor", "dept_manager", "auditor", "aftersales", "admin"], 1))
def test_only_who_may_deploy_asks_and_stops(shop: Shop, group: str) -> None:
    with pytest.raises(NotAllowed):
        ask(
            shop.db, person(group), change=shop.change, revision=1, parts=FIFTY, wanted=CaseFilter(),
            now=shop.clock.now(),
        )  # fmt: skip
    key = shop.ask(FIFTY)
    with pytest.raises(NotAllowed):
        stop(shop.db, key, person(group), now=shop.clock.now())


@pytest.mark.parametrize(
    "parts",
    [
        {P01: DIAGRAM.replace(b"</bpmn:process>", b"")},
        {P01: b""},
        {APPROVAL: b"<definitions/>"},
        {APPROVAL: FIFTY[APPROVAL].replace(b"&lt;= 50<", b"&lt;= 50 (<")},
        {FORM: b"{"},
        {FORM: b"[1, 2"},
        {P01: DIAGRAM.replace(b"p01_compensation.negotiate_compensation", b"p01_compensation.nobody_knows")},
    ],
)
def test_drafts_that_do_not_compile_are_refused_in_a_sentence_and_nothing_is_kept(shop: Shop, parts: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises((DefinitionRefused, InvalidValue)) as refused:
        shop.ask(parts)
    assert refused.value.message_zh
    with shop.db.read() as connection:
        assert connection.execute(select(func.count()).select_from(backtest)).scalar_one() == 0


def test_nothing_to_try_and_no_case_to_try_it_on_are_said(shop: Shop) -> None:
    with pytest.raises(InvalidValue, match="no diagram"):
        shop.ask({("template", "T10A"): b"x", ("scenario", "p01_compensation"): b"y"})
    with pytest.raises(InvalidValue, match="No past case"):
        shop.ask(FIFTY, CaseFilter(process_id="p10_courier_query"))
    with pytest.raises(InvalidValue, match="ends before"):
        shop.ask(FIFTY, CaseFilter(opened_from=shop.past.now, opened_to=shop.past.now))
    for limit in (0, -1, 20_001):
        with pytest.raises(InvalidValue, match="between 1 and"):
            shop.ask(FIFTY, CaseFilter(limit=limit))


def test_the_filter_chooses_the_newest_of_what_it_lets_pass(shop: Shop) -> None:
    ids = [one.case_id for one in shop.past.compensations]
    assert list(shop.cases(shop.ask(FIFTY, CaseFilter(limit=3)))) == ids[:-4:-1]
    half = shop.past.now - timedelta(days=20)
    early, late = shop.ask(FIFTY, CaseFilter(opened_to=half)), shop.ask(FIFTY, CaseFilter(opened_from=half))
    assert set(shop.cases(early)) | set(shop.cases(late)) == set(ids)
    assert not set(shop.cases(early)) & set(shop.cases(late))
    paid = shop.cases(shop.ask(FIFTY, CaseFilter(process_id="p01_compensation", end_state="end_compensated")))
    assert set(paid) == {one.case_id for one in shop.past.compensations if one.accepted}
    with shop.db.read() as connection:
        assert count_affected(connection, Candidate(shop.db, FIFTY).versions) == len(ids)


# -- doing it -------------------------------------------------------------------------------------------------------


def test_nothing_but_the_back_test_is_written(shop: Shop) -> None:
    key = shop.ask(FIFTY)

    def others() -> dict[str, list[object]]:
        with shop.db.read() as connection:
            tables = [table for table in metadata.sorted_tables if not table.name.startswith("backtest")]
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}

    before = others()
    work = Runner(shop.db, shop.clock)
    while work():
        pass
    assert others() == before
    with shop.db.read() as connection:
        found = read_backtest(connection, key)
        assert (found.status, found.done, found.total, found.share) == ("done", COMPENSATIONS, COMPENSATIONS, 100)
        assert found.seconds > 0
        assert found.remaining is None


def test_it_goes_on_where_a_dead_process_left_it(shop: Shop) -> None:
    key = shop.ask(FIFTY)
    Runner(shop.db, shop.clock)()
    with shop.db.read() as connection:
        found = read_backtest(connection, key)
        assert (found.status, found.done, found.share) == ("running", BATCH, 100 * BATCH // COMPENSATIONS)
        assert found.remaining is not None
        assert read_summary(connection, key).judged == BATCH
    work = Runner(shop.db, shop.clock)
    while work():
        pass
    assert all(row.verdict for row in shop.cases(key).values())


def test_two_at_once_count_every_case_once(shop: Shop) -> None:
    key = shop.ask(FIFTY)
    one, other = Runner(shop.db, shop.clock), Runner(shop.db, shop.clock)
    original = one._run_some

    def meanwhile(work: object) -> object:
        found = original(work)  # type: ignore[arg-type]
        other()
        return found

    one._run_some = meanwhile  # type: ignore[method-assign,assignment]
    while one():
        pass
    with shop.db.read() as connection:
        found = read_backtest(connection, key)
    assert (found.status, found.done) == ("done", COMPENSATIONS)


def test_a_stop_keeps_what_was_found_and_ends_it(shop: Shop) -> None:
    key = shop.ask(FIFTY)
    work = Runner(shop.db, shop.clock)
    work()
    stop(shop.db, key, OWNER, now=shop.clock.now())
    assert work() is False
    with shop.db.read() as connection:
        found = read_backtest(connection, key)
        assert (found.status, found.done, found.remaining) == ("stopped", BATCH, None)
        assert read_summary(connection, key).judged == BATCH
    with pytest.raises(NotFound):
        stop(shop.db, key, OWNER, now=shop.clock.now())
    with pytest.raises(NotFound):
        stop(shop.db, 999, OWNER, now=shop.clock.now())


def test_a_case_that_breaks_the_engine_does_not_keep_the_others_waiting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = shop.past.compensations[-1].case_id
    original = running.judge

    def judge(recorded, candidate, now):  # type: ignore[no-untyped-def]
        if recorded.case_id == poison:
            raise RecursionError("too deep")
        return original(recorded, candidate, now)

    monkeypatch.setattr(running, "judge", judge)
    key = shop.run(FIFTY, CaseFilter(limit=5))
    rows = shop.cases(key)
    assert [row.verdict == "cannot" for row in rows.values()] == [case_id == poison for case_id in rows]
    with shop.db.read() as connection:
        assert read_backtest(connection, key).status == "done"


def test_a_case_that_is_gone_and_one_that_was_redacted_are_told_apart(shop: Shop) -> None:
    first, second = (int(one.case_id) for one in shop.past.compensations[:2])
    with shop.db.begin() as tx:
        columns = history_redaction.c
        row = {column.name: 0 for column in columns if not column.nullable} | {"stream": first}
        for column in columns:
            if column.name in row and column.name != "stream":
                kind = column.type.python_type
                row[column.name] = kind() if kind is not int else 0
        tx.connection.execute(insert(history_redaction).values(row))
    key = shop.ask(FIFTY)
    with shop.db.begin() as tx:
        broken = update(backtest_case).where(backtest_case.c.case_id == str(second)).values(case_id="999999")
        tx.connection.execute(broken)
    work = Runner(shop.db, shop.clock)
    while work():
        pass
    rows = shop.cases(key)
    assert rows[str(first)].verdict == rows["999999"].verdict == "cannot"
    with shop.db.read() as connection:
        assert read_reasons(connection, key).redacted == 1
        assert read_paths(connection, Candidate(shop.db, FIFTY), str(first), shop.past.now) == ()
        assert read_summary(connection, key).verdicts["cannot"] == 2


# -- what it comes to -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tried(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, int]]:
    """A limit of fifty, tried on all cases once; to be read only."""
    with copied(past, tmp_path_factory.mktemp("tried")) as shop:
        yield shop, shop.run(FIFTY)


def test_the_summary_is_what_the_cases_come_to(tried: tuple[Shop, int]) -> None:
    shop, key = tried
    said = [(case, *expected(case, Decimal(50))) for case in shop.past.compensations]
    more = [fen(paid) - fen(case.paid) for case, _, paid in said if paid > case.paid]
    less = [fen(paid) - fen(case.paid) for case, _, paid in said if paid < case.paid]
    with shop.db.read() as connection:
        found = read_summary(connection, key)
    assert found.judged == COMPENSATIONS
    assert found.unchanged == found.verdicts["same"] == sum(verdict == "same" for _, verdict, _ in said)
    assert found.paid_before == sum(fen(case.paid) for case in shop.past.compensations)
    assert found.paid_after == sum(fen(paid) for _, _, paid in said)
    assert found.difference == sum(more) + sum(less)
    assert (found.money["more"].cases, found.money["more"].fen) == (len(more), sum(more))  # type: ignore[index]
    assert (found.money["less"].cases, found.money["less"].fen) == (len(less), sum(less))  # type: ignore[index]
    # Whoever took another sum was shown that: an assumption, every time.
    assert (found.assumed.cases, found.assumed.fen) == (len(more) + len(less), found.difference)


def test_the_lists_are_parts_of_the_whole_page_by_page(tried: tuple[Shop, int]) -> None:
    shop, key = tried
    with shop.db.read() as connection:
        every = [one.line for one in every_case(connection, key, CaseAsked())]
        assert [line.n for line in every] == list(range(1, COMPENSATIONS + 1))
        found, after = [], None
        while True:
            lines, after = list_cases(connection, key, CaseAsked(), after=after, limit=COMPENSATIONS * 2 // 5)
            found += lines
            if after is None:
                break
        assert found == every
        for asked, rule in [
            (CaseAsked(verdict="path"), lambda line: line.verdict == "path"),
            (CaseAsked(money="more"), lambda line: line.difference > 0),
            (CaseAsked(money="equal"), lambda line: line.difference == 0),
            (CaseAsked(money="unknown"), lambda line: line.difference is None),
            (CaseAsked(assumed=True), lambda line: line.assumed),
            (CaseAsked(process_id="p01_compensation"), lambda line: True),
            (CaseAsked(process_id="p12_return"), lambda line: False),
            (CaseAsked(ends=("end_compensated", None)), lambda line: False),
        ]:
            wanted = [line for line in every if rule(line)]
            assert [one.line for one in every_case(connection, key, asked)] == wanted
            assert count_cases(connection, key, asked) == len(wanted)
        with pytest.raises(NotFound):
            read_case(connection, key, COMPENSATIONS + 1)
        with pytest.raises(NotFound):
            read_backtest(connection, 99)
        assert [one.key for one in list_backtests(connection, shop.change)] == [key]


def test_both_ways_of_a_case_are_there_to_be_drawn(tried: tuple[Shop, int]) -> None:
    shop, key = tried
    row = next(row for row in shop.cases(key).values() if row.verdict == "path")
    with shop.db.read() as connection:
        pairs = read_paths(connection, Candidate(shop.db, FIFTY), row.case_id, shop.past.now)
        detail = read_case(connection, key, row.n).detail
    assert [pair.process_id for pair in pairs][:2] == ["p01_compensation", "s03_amount_approval"]
    approval = pairs[1]
    assert detail["parts"]["process"] == "s03_amount_approval"
    assert approval.before is not None
    assert approval.after is not None
    assert approval.before.diagram == approval.after.diagram
    asked = {"approve_by_supervisor", "approve_by_manager"}
    assert asked & set(approval.before.entered)
    assert not asked & set(approval.after.entered)
    assert detail["parts"]["before"] in approval.before.entered
    assert approval.before.waiting == {}


def test_a_new_deadline_turns_ends_and_a_new_field_is_missed_by_its_name(shop: Shop) -> None:
    # Nobody answered for three days; under the new rules somebody waits for ten.
    longer = shop.run({P01: DIAGRAM.replace(b"P3D", b"P10D")})
    with shop.db.read() as connection:
        reasons = read_reasons(connection, longer)
    unanswered = sum(not one.accepted for one in shop.past.compensations)
    (first, *_) = reasons.missing
    assert (first.lack, first.element, first.cases) == ("waited", "negotiate_compensation", unanswered)
    field = b'{"type": "textfield", "id": "f_new", "key": "new_reason", "label": "\xe7\x90\x86\xe7\x94\xb1",'
    field += b' "validate": {"required": true}},'
    required = shop.run({FORM: FORM_FILE.replace(b'"components": [', b'"components": [' + field, 1)})
    with shop.db.read() as connection:
        (lack,) = read_reasons(connection, required).missing
        summary = read_summary(connection, required)
    accepted = sum(one.accepted for one in shop.past.compensations)
    assert (lack.lack, lack.field, lack.cases) == ("field", "new_reason", accepted)
    assert summary.money["unknown"].cases == accepted  # type: ignore[index]


def test_another_end_is_counted_by_what_it_was_and_became(shop: Shop) -> None:
    shorter = shop.run({P01: DIAGRAM.replace(b'id="end_compensated"', b'id="end_settled"').replace(
        b'"end_compensated"', b'"end_settled"').replace(b">end_compensated<", b">end_settled<")})  # fmt: skip
    with shop.db.read() as connection:
        found = read_summary(connection, shorter)
        (turned,) = found.turned
    assert (turned.before, turned.after) == ("end_compensated", "end_settled")
    assert turned.cases == sum(one.accepted for one in shop.past.compensations) == found.verdicts["end"]
    with shop.db.read() as connection:
        asked = CaseAsked(process_id=turned.process_id, ends=(turned.before, turned.after))
        assert count_cases(connection, shorter, asked) == turned.cases
