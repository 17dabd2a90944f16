"""Who finds what: the same however the index is walked, as teams change, and with no trace of what may not be seen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, func, insert, select, true, update

from engine import accounts, search
from engine.clock import VirtualClock
from engine.model import Actor
from engine.queries.visibility import visible_case
from engine.search import finding, members
from engine.store.database import Database
from engine.store.tables import process_instance, search_member, team, team_member, transfer, user_task
from tests.engine.shop_desk import COURIER, START, ShopDesk
from tests.sample import some

MANAGER = Actor(id="zhao", name="z", groups=frozenset({"dept_manager"}))
PEOPLE = ("ann", "bob", "cyd", "dan", "eve")
WORDS = ("起球", "漏绒", "质量问题", "掉色")
SOUGHT = ("起球", "质量问题", "起球 漏绒", '"问题起球"', "掉", "直升机")
#: Portion, cases denied before only sure marks are asked, cases denied before the walk ends.
WALKS = ((60, 180, 900), (2, 1, 900))


def supervisor(db: Database, number: int) -> Actor:
    with db.read() as connection:
        inside = connection.execute(select(team_member.c.user).where(team_member.c.team == number)).scalars()
        return Actor(id="sup", name="s", groups=frozenset({"supervisor"}), team=frozenset(inside))


def people(db: Database) -> Iterator[Actor]:
    yield MANAGER
    yield from (supervisor(db, number) for number in (1, 2))
    yield Actor(id="ann", name="a", groups=frozenset({"aftersales"}))
    yield Actor(id="eve", name="e", groups=frozenset({"presales"}))
    yield Actor(id="w", name="w", groups=frozenset({"warehouse"}))
    for couriers in (frozenset({"圆通"}), frozenset({"*"}), frozenset[str]()):
        yield Actor(id="c", name="c", groups=frozenset({"courier"}), couriers=couriers)


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    desk = ShopDesk(db, clock)
    with db.begin() as tx:
        for user_id in PEOPLE:
            accounts.add(tx, user_id, user_id, "correct horse", ["aftersales"])
        for number in (1, 2):
            tx.connection.execute(insert(team).values(id=number, name=f"第{number}组", shop=""))
    return desk


def bring(desk: ShopDesk) -> None:
    while search.due(desk.db, desk.definitions):
        pass


def seat(desk: ShopDesk, **teams: int | None) -> None:
    """Put people into teams, or into none."""
    with desk.db.begin() as tx:
        tx.connection.execute(delete(team_member).where(team_member.c.user.in_(teams)))
        for user_id, number in teams.items():
            if number is not None:
                tx.connection.execute(insert(team_member).values(user=user_id, team=number))


def case(desk: ShopDesk, owner: str, description: str = "起球", task: dict[str, Any] | None = None) -> int:
    """A case of somebody's."""
    key = desk.runtime.start("p10_courier_query", START | {"description": description}, COURIER).instance_key
    of_owner = {"owner": owner, "first_owner": owner, "opened_by": owner}
    with desk.db.begin() as tx:
        tx.connection.execute(update(process_instance).where(process_instance.c.key == key).values(of_owner))
        tx.connection.execute(update(user_task).where(user_task.c.instance == key).values(assignee=None, **task or {}))
    return key


def scatter(desk: ShopDesk, chance: random.Random, count: int) -> dict[int, str]:
    """Cases of chance people, tasks, couriers and offers; key → what the customer wrote."""
    found = {}
    for _ in range(count):
        text = "".join(chance.sample(WORDS, chance.randrange(1, 4)))
        group = chance.choice(("aftersales", "warehouse", "courier", "courier,warehouse", "finance"))
        who = chance.choice((None, *PEOPLE))
        task = {"candidate_groups": group, "completed_by": who, "courier": chance.choice((None, "圆通", "中通"))}
        key = case(desk, chance.choice(PEOPLE), text, task)
        found[key] = text
        if chance.random() < 0.3:
            desk.runtime.cancel(key, "重复", MANAGER)
        if chance.random() < 0.2:
            offer = {"kind": "transfer", "case_id": str(key), "from_user": "li", "to_user": chance.choice(PEOPLE)}
            offer |= {"reason": "x", "note": "", "status": "pending", "requested_at": 0, "due_at": 0}
            with desk.db.begin() as tx:
                tx.connection.execute(insert(transfer).values(offer))
    return found


def expected(connection: Connection, actor: Actor, texts: dict[int, str], sought: str) -> list[int]:
    """By looking at every case."""
    rows = select(process_instance.c.key, process_instance.c.status).where(visible_case(actor))
    seen = {row.key: row.status in finding.RUNNING for row in connection.execute(rows)}
    words = [word.strip('"') for word in sought.split()]
    hits = [key for key, text in texts.items() if key in seen and all(word in text for word in words)]
    return sorted(hits, key=lambda key: (seen[key], key), reverse=True)


def walked(connection: Connection, actor: Actor, sought: str, limit: int = 3) -> tuple[list[int], bool]:
    """Every page, and whether any said that not all was looked into."""
    keys: list[int] = []
    after, cut = None, False
    while True:
        hits = search.find(connection, actor, sought, visible=visible_case(actor), limit=limit, after=after)
        keys += [hit.key for hit in hits.cases]
        after, cut = hits.next_after, cut or hits.cut
        if after is None:
            return keys, cut


@pytest.mark.parametrize("seed", some(range(4), 2))
def test_everybody_finds_exactly_what_they_see_however_the_index_is_walked(
    desk: ShopDesk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    seat(desk, ann=1, bob=1, cyd=2)
    texts = scatter(desk, chance, 14)
    for _ in range(3):
        bring(desk)
        for portion, wide, most in WALKS:
            monkeypatch.setattr(finding, "_PORTION", portion)
            monkeypatch.setattr(finding, "_WIDE_DENIED", wide)
            monkeypatch.setattr(finding, "_MOST_DENIED", most)
            with desk.db.read() as connection:
                for actor in people(desk.db):
                    for sought in SOUGHT:
                        found = walked(connection, actor, sought)
                        assert found == (expected(connection, actor, texts, sought), False), (actor, sought)
        seat(desk, **{who: chance.choice((None, 1, 2)) for who in chance.sample(PEOPLE, 2)})


@pytest.mark.parametrize("seed", range(3))
def test_until_the_index_has_followed_a_change_of_teams_only_what_belongs_to_nobody_may_be_missing(
    desk: ShopDesk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    texts = scatter(desk, chance, 20)
    bring(desk)
    monkeypatch.setattr(finding, "_PORTION", 2)
    monkeypatch.setattr(finding, "_WIDE_DENIED", 1)
    seat(desk, ann=1, bob=2, cyd=2, dan=2, eve=2)
    actor = supervisor(desk.db, 1)
    with desk.db.read() as connection:
        assert not search.is_whole(connection)
        for sought in SOUGHT:
            seen = expected(connection, actor, texts, sought)
            marks = {key: search.document_of(connection, key).marks for key in seen}
            own = [key for key in seen if members.document.person("ann") in marks[key]]
            found, cut = walked(connection, actor, sought)
            assert [key for key in seen if key in found] == found
            assert [key for key in found if key in own] == own
            assert not cut
    bring(desk)
    with desk.db.read() as connection:
        assert search.is_whole(connection)


def test_a_small_teams_supervisor_finds_its_old_cases_behind_any_number_of_others(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their index says of all that nobody of them is in a team: teams were made later."""
    own = [case(desk, "ann") for _ in range(2)]
    for _ in range(30):
        case(desk, "bob")
    bring(desk)
    seat(desk, ann=1, bob=2)
    monkeypatch.setattr(finding, "_PORTION", 2)
    monkeypatch.setattr(finding, "_WIDE_DENIED", 4)
    monkeypatch.setattr(finding, "_MOST_DENIED", 8)
    asked: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    with desk.db.read() as connection:
        hits = search.find(
            connection, supervisor(desk.db, 1), "起球", visible=visible_case(supervisor(desk.db, 1)), limit=5
        )
    assert [hit.key for hit in hits.cases] == own[::-1]
    assert (hits.cut, hits.next_after) == (False, None)
    walks = [statement for statement in asked if "MATCH" in statement]
    assert len(walks) <= 5, "two portions of what may not be seen, then the team's own"


def test_nothing_tells_of_cases_that_may_not_be_seen(desk: ShopDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(12):
        case(desk, "bob")
    bring(desk)
    seat(desk, ann=1, bob=2)
    monkeypatch.setattr(finding, "_PORTION", 2)
    monkeypatch.setattr(finding, "_MOST_READ", 4)
    monkeypatch.setattr(finding, "_MOST_DENIED", 6)
    actor = supervisor(desk.db, 1)
    with desk.db.read() as connection:
        for sought in ("起球", "没有起球"):
            assert search.find(connection, actor, sought, visible=visible_case(actor), limit=1) == finding.NONE
        hits = search.find(connection, supervisor(desk.db, 2), '"球起球"', visible=true(), limit=1)
        assert (hits.cases, hits.cut) == ((), False)


def test_a_case_becomes_everybodys_when_its_last_person_leaves_the_teams_and_ceases_when_one_joins(
    desk: ShopDesk,
) -> None:
    seat(desk, ann=1)
    key = case(desk, "ann")
    bring(desk)
    other = supervisor(desk.db, 2)

    def found() -> list[int]:
        bring(desk)
        with desk.db.read() as connection:
            return walked(connection, other, "起球")[0]

    assert found() == []
    seat(desk, ann=None)
    assert found() == [key]
    seat(desk, ann=1)
    assert found() == []
    with desk.db.read() as connection:
        assert search.document_of(connection, key).marks.count(members.document.NO_TEAM) == 0


def test_the_cases_of_who_joins_are_read_in_turns_and_an_interruption_loses_none(
    desk: ShopDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [case(desk, "ann") for _ in range(7)]
    bring(desk)
    seat(desk, ann=1)
    monkeypatch.setattr(members, "_PORTION", 3)

    def stale() -> list[int]:
        with desk.db.read() as connection:
            marks = {key: search.document_of(connection, key).marks for key in keys}
        return [key for key in keys if members.document.NO_TEAM in marks[key]]

    search.due(desk.db, desk.definitions)
    assert stale() == keys[:4]
    seat(desk, ann=2)  # another team is a team, too
    search.due(desk.db, desk.definitions)
    assert stale() == keys[:1]
    seat(desk, ann=None)
    bring(desk)
    assert stale() == keys
    with desk.db.read() as connection:
        assert connection.execute(select(func.count()).select_from(search_member)).scalar_one() == 0


def test_an_index_that_is_made_anew_reads_nobodys_cases_twice(desk: ShopDesk) -> None:
    case(desk, "ann")
    seat(desk, ann=1)
    search.rebuild(desk.db)
    with desk.db.read() as connection:
        assert members.look(connection) is None
        assert members.are_followed(connection)
