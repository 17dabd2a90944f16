"""Samples: drawn by a seed that anybody can follow, evenly, and never changed behind anybody's back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from engine import accounts, canonical, inspection
from engine.clock import to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.history.record import values_of
from engine.inspection import findings, samples
from engine.inspection.findings import Draft
from engine.inspection.question import Question
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import audit_sample_case, case_sum, history_event, history_value, process_instance

XU = Actor(id="xu", name="许文", groups=frozenset({"auditor"}))
WU = Actor(id="wu", name="吴刚", groups=frozenset({"dept_manager"}))
MIN = Actor(id="min", name="闵慧", groups=frozenset({"supervisor"}))
LI = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
NOW = datetime(2026, 12, 20, 4, 0, tzinfo=UTC)
PAID = Question(paid_from=Decimal(30))


@pytest.fixture
def shop(db: Database) -> Database:
    """Two hundred cases; every second one paid 30.00."""
    while inspection.due(db):
        pass
    with db.begin() as tx:
        accounts.add(tx, "xu", "许文", "correct horse", ["auditor"])
        for key in range(1, 201):
            put_case(tx.connection, key)
    return db


def put_case(connection: Any, key: int) -> None:
    row = {"process_id": "p10_courier_query", "status": "active", "opened_at": to_microseconds(NOW)}
    connection.execute(insert(case_sum).values(case_key=key, **row, paid=3000 if key % 2 == 0 else None, revisions=1))


def draw(db: Database, *, size: int = 10, seed: str = "", actor: Actor = XU, question: Question = PAID) -> int:
    return samples.draw(db, "十二月补偿", question, size, seed, actor, now=NOW)


def cases(db: Database, sample: int) -> list[int]:
    with db.read() as connection:
        return [one.key for one in samples.list_drawn(connection, sample)]


def third_party(seed: str, population: list[int], size: int) -> list[int]:
    """The algorithm as the page states it, by somebody who has never seen ours."""
    ranked = [
        (sha256(bytes(seed, "utf-8") + b"|" + str(number).encode("ascii")).digest(), number) for number in population
    ]
    ranked.sort()
    return [number for _, number in ranked[:size]]


def test_a_third_party_draws_the_same_cases(shop: Database) -> None:
    population = list(range(2, 201, 2))
    made = draw(shop, seed="2026-Q4/7")
    with shop.read() as connection:
        sample = samples.get_sample(connection, made, XU)
    assert cases(shop, made) == third_party(sample.seed, population, 10)
    assert sample.population == 100
    assert sample.digest == sha256("\n".join(str(one) for one in population).encode()).hexdigest()
    assert sample.size == 10
    assert sample.drawn_by_name == "许文"


def test_the_system_draws_a_seed_that_nobody_chose(shop: Database) -> None:
    first, second = draw(shop), draw(shop)
    with shop.read() as connection:
        seeds = [samples.get_sample(connection, one, XU).seed for one in (first, second)]
    assert seeds[0] != seeds[1]
    assert all(len(seed) == 32 and int(seed, 16) >= 0 for seed in seeds)
    assert cases(shop, first) == third_party(seeds[0], list(range(2, 201, 2)), 10)


def test_the_same_seed_and_population_give_the_same_cases_again(shop: Database) -> None:
    made = draw(shop, seed="42")
    with shop.read() as connection:
        again = samples.redraw(connection, made, XU, now=NOW)
    assert (again.same_population, again.same_cases, again.joined, again.left) == (True, True, (), ())
    assert cases(shop, draw(shop, seed="42")) == cases(shop, made)


def test_a_population_that_has_grown_is_told(shop: Database) -> None:
    made = draw(shop, size=100, seed="42")
    with shop.begin() as tx:
        put_case(tx.connection, 202)
        tx.connection.execute(text("UPDATE case_sum SET paid = NULL WHERE case_key = 2"))
    with shop.read() as connection:
        again = samples.redraw(connection, made, XU, now=NOW)
    assert not again.same_population
    assert not again.same_cases
    assert (again.population, again.joined, again.left) == (100, (202,), (2,))


def test_draws_are_even() -> None:
    """Chi-square over 1,000 fixed seeds, 10 of 100 each; at 99 degrees of freedom one in a thousand exceeds 148.2."""
    counted = Counter(key for n in range(1000) for key in samples.drawn(f"seed-{n}", range(1, 101), 10))
    expected = 1000 * 10 / 100
    assert sum((counted[key] - expected) ** 2 / expected for key in range(1, 101)) < 148.2


def test_places_are_even_over_pairs_of_neighbours() -> None:
    """Whether neighbours are drawn together says nothing: about 10/100 × 9/99 of the draws, within five deviations."""
    together = sum({7, 8} <= set(samples.drawn(f"s{n}", range(1, 101), 10)) for n in range(2000))
    expected = 2000 * (10 / 100) * (9 / 99)
    assert abs(together - expected) < 5 * expected**0.5


def test_a_larger_sample_begins_with_the_smaller_one() -> None:
    assert samples.drawn("x", range(50), 20)[:5] == samples.drawn("x", range(50), 5)
    assert samples.drawn("x", reversed(range(50)), 5) == samples.drawn("x", range(50), 5)


def test_all_are_drawn_where_fewer_answer(shop: Database) -> None:
    assert sorted(cases(shop, draw(shop, size=500))) == list(range(2, 201, 2))


@pytest.mark.parametrize("size", [0, -1, 501])
def test_a_size_that_will_not_do_is_refused(shop: Database, size: int) -> None:
    with pytest.raises(InvalidValue, match="1 to 500"):
        draw(shop, size=size)


@pytest.mark.parametrize("seed", ["a b", "种子", "x" * 81, "a\n"])
def test_a_seed_that_could_be_read_in_two_ways_is_refused(shop: Database, seed: str) -> None:
    with pytest.raises(InvalidValue, match="seed"):
        draw(shop, seed=seed)


def test_nothing_is_drawn_from_nothing(shop: Database) -> None:
    with pytest.raises(InvalidValue, match="No case"):
        draw(shop, question=Question(customer="C-9"))
    with pytest.raises(InvalidValue, match="name"):
        samples.draw(shop, " ", PAID, 5, "", XU, now=NOW)


def test_who_does_not_audit_draws_nothing(shop: Database) -> None:
    with pytest.raises(NotAllowed):
        draw(shop, actor=LI)


def test_nothing_is_drawn_while_cases_are_still_being_read(shop: Database) -> None:
    with shop.begin() as tx:
        tx.connection.execute(text("UPDATE inspection_state SET swept = 0"))
    with pytest.raises(StepError, match="still being read"):
        draw(shop)


def test_the_history_tells_the_draw_with_all_that_is_needed_to_repeat_it(shop: Database) -> None:
    made = draw(shop, size=3, seed="42")
    (value,) = said(shop, "sample.drawn")
    assert value["seed"] == "42"
    assert value["cases"] == [str(key) for key in cases(shop, made)]
    assert (value["population"], value["size"]) == (100, 3)
    assert value["query"] == "paid_from=30"
    assert len(value["digest"]) == 64


def said(db: Database, kind: str) -> list[Any]:
    with db.read() as connection:
        query = select(history_event).where(history_event.c.stream == 0, history_event.c.kind == kind)
        found = []
        for row in connection.execute(query.order_by(history_event.c.seq)):
            step = select(history_value.c["values"]).where(
                history_value.c.stream == 0, history_value.c.revision == row.revision
            )
            found.append(values_of(connection.execute(step).scalar_one())[row.n])
        return found


def test_who_looked_first_stays_until_somebody_takes_it_back(shop: Database) -> None:
    made = draw(shop, size=2)
    with shop.begin() as tx:
        samples.mark(tx, made, 1, XU, seen=True, now=NOW)
    with shop.begin() as tx:
        samples.mark(tx, made, 1, WU, seen=True, now=NOW + timedelta(hours=1))
    with shop.read() as connection:
        first, second = samples.list_drawn(connection, made)
        assert samples.get_sample(connection, made, XU).looked == 1
    assert (first.state, first.looked_by_name, first.looked_at) == ("seen", "许文", NOW)
    assert second.state == "unseen"
    with shop.begin() as tx:
        samples.mark(tx, made, 1, WU, seen=False, now=NOW)
    with shop.read() as connection:
        assert samples.list_drawn(connection, made)[0].state == "unseen"
    assert len(said(shop, "sample.case_seen")) == 1
    assert len(said(shop, "sample.case_unseen")) == 1


def test_a_place_that_the_sample_has_not_is_refused(shop: Database) -> None:
    made = draw(shop, size=2)
    with shop.begin() as tx, pytest.raises(NotFound):
        samples.mark(tx, made, 3, XU, seen=True, now=NOW)


def test_a_case_with_a_finding_says_so(shop: Database) -> None:
    made = draw(shop, size=2)
    key = cases(shop, made)[1]
    with shop.begin() as tx:
        row = {"definition": 1, "process_id": "p", "revision": 1, "status": "active", "variables": canonical.encode({})}
        row |= {"opened_by": "li", "first_owner": "li", "owner": "li", "opened_at": 0, "case_opened_at": 0}
        tx.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        tx.connection.execute(
            text(
                "INSERT INTO definition (key, process_id, version, hash, manifest, name, deployed_at, deployed_by) "
                "VALUES (1, 'p', 1, 'h', x'7B7D', 'p', 0, 'x')"
            )
        )
        tx.connection.execute(insert(process_instance).values(key=key, case_id=str(key), history_hash=b"", **row))
        draft = Draft(title="没有凭证", text="没有照片", severity="low", case_id=str(key), sample=made)
        found = findings.record(tx, draft, XU, now=NOW)
        with pytest.raises(NotFound, match="not in that sample"):
            findings.record(tx, Draft(title="x", text="y", severity="low", case_id=str(key), sample=9), XU, now=NOW)
    with shop.read() as connection:
        drawn_case = samples.list_drawn(connection, made)[1]
    assert (drawn_case.state, drawn_case.findings) == ("found", (found,))


def test_who_audits_a_team_sees_own_samples_only(shop: Database) -> None:
    mine, theirs = draw(shop), draw(shop, actor=MIN)
    with shop.read() as connection:
        assert [one.id for one in samples.list_samples(connection, MIN).rows] == [theirs]
        assert [one.id for one in samples.list_samples(connection, WU).rows] == [theirs, mine]
        with pytest.raises(NotFound):
            samples.get_sample(connection, mine, MIN)
        with pytest.raises(NotFound):
            samples.redraw(connection, mine, MIN, now=NOW)
    with shop.begin() as tx, pytest.raises(NotFound):
        samples.mark(tx, mine, 1, MIN, seen=True, now=NOW)


def test_samples_come_in_pages(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.inspection.words.PAGE", 2)
    made = [draw(shop, size=1) for _ in range(3)]
    with shop.read() as connection:
        page = samples.list_samples(connection, XU)
        rest = samples.list_samples(connection, XU, after=page.next_after)
        assert len(list(connection.execute(select(audit_sample_case)))) == 3
    assert [one.id for one in (*page.rows, *rest.rows)] == made[::-1]
    assert rest.next_after is None
