"""Questions: read strictly from an address, answered as brute force answers them, by indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from engine.clock import SHANGHAI, to_microseconds
from engine.errors import NotFound
from engine.inspection import asking
from engine.inspection.question import ANY, Question, Rounds, TimeKind, read, read_query, span_text
from engine.inspection.ready import READY
from engine.model import Actor, InstanceStatus
from engine.store.database import Database
from engine.store.tables import case_sum, case_trait, process_instance
from tests.sample import times

AUDITOR = Actor(id="xu", name="许文", groups=frozenset({"auditor"}))
#: Sunday, 20 December 2026, noon.
NOW = datetime(2026, 12, 20, 4, 0, tzinfo=UTC)
CASES = 300
PROCESSES = ("p01_compensation", "p10_courier_query", "p12_return")
ELEMENTS = ("check", "approve", "pay")
PEOPLE = ("li", "wang", "zhou")
DAY = 86_400


def made_up(random: Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of case_sum and case_trait, with the edges of every range among them."""
    sums, traits = [], []
    for key in range(1, CASES + 1):
        opened = NOW - timedelta(seconds=random.randrange(30 * DAY))
        took = random.choice([None, 0, 3599, 3600, 3601, 7 * DAY, random.randrange(20 * DAY)])
        ended = None if took is None else opened + timedelta(seconds=took)
        paid = random.choice([None, 0, 1, 2999, 3000, 3001, 50000])
        sums.append({
            "case_key": key, "process_id": random.choice(PROCESSES),
            "status": random.choice(["completed", "cancelled"]) if ended else random.choice(["active", "suspended"]),
            "end_state": "end_done" if ended else None, "customer_id": random.choice([None, "C-1", "C-2", "C-3"]),
            "order_id": f"SO-{key % 50}", "opened_at": to_microseconds(opened),
            "ended_at": to_microseconds(ended) if ended else None, "elapsed": took,
            "worked": None if took is None else took // 3, "asked": random.choice([None, 2999, 3000, 9999]),
            "approved": random.choice([None, 3000, 3001]), "paid": paid,
            "compensated": random.choice([None, paid]), "revisions": 1,
        })  # fmt: skip
        told = {("element", f"{random.choice(PROCESSES)}.{random.choice(ELEMENTS)}") for _ in range(3)}
        told |= {("person", random.choice(PEOPLE)), ("rule", f"d#{random.randrange(1, 4)}")}
        told |= {("did", f"{random.choice(PEOPLE)}@{random.choice(PROCESSES)}.check")}
        for kind, what in (("skipped", "p12_return.approve"), ("unmasked", "zhou"), ("incident", "job_failed"),
                           ("repaired", "retry"), ("reopened", ""), ("end", "p12_return.end_done")):  # fmt: skip
            if random.random() < 0.1:
                told.add((kind, what))
        traits += [{"kind": k, "what": w, "case_key": key, "times": random.choice([1, 2, 3])} for k, w in sorted(told)]
    return sums, traits


SUMS, TRAITS = made_up(Random(6))
TIMES = {(row["case_key"], row["kind"], row["what"]): row["times"] for row in TRAITS}


@pytest.fixture(scope="module")
def filled(empty_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("asked") / "asked.db"
    path.write_bytes(empty_database.read_bytes())
    db = Database.open(f"sqlite:///{path}")
    with db.begin() as tx:
        tx.connection.execute(insert(case_sum), SUMS)
        tx.connection.execute(insert(case_trait), TRAITS)
    yield db
    db.close()


def by_brute_force(question: Question) -> list[int]:
    """Every case looked at by itself, the newest first."""
    return [row["case_key"] for row in reversed(SUMS) if meets(question, row)]


def has(key: int, kind: str, what: str = ANY, times: int = 1) -> bool:
    return any(k == key and t == kind and what in (ANY, w) and n >= times for (k, t, w), n in TIMES.items())


def between(value: int | None, least: Any, most: Any) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def within(at: int | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    if at is None:
        return False
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(SHANGHAI).date()
    return (first is None or day >= first) and (last is None or day <= last)


def lasting(question: Question, row: dict[str, Any]) -> bool:
    now = to_microseconds(NOW)
    if question.time is TimeKind.WORKING:
        seconds = row["worked"]
    else:
        seconds = row["elapsed"] if row["ended_at"] else (now - row["opened_at"]) / 1_000_000
    for minutes, sign in ((question.longer, 1), (question.shorter, -1)):
        if minutes is not None and (seconds is None or sign * (seconds - minutes * 60) <= 0):
            return False
    return True


def fen(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def meets(q: Question, row: dict[str, Any]) -> bool:
    key = row["case_key"]
    tests = [
        not q.process or row["process_id"] in q.process,
        q.status is None or row["status"] == q.status,
        q.customer in (None, row["customer_id"]),
        q.order in (None, row["order_id"]),
        within(row["opened_at"], q.opened_from, q.opened_to),
        within(row["ended_at"], q.ended_from, q.ended_to),
        between(row["asked"], fen(q.asked_from), fen(q.asked_to)),
        between(row["paid"], fen(q.paid_from), fen(q.paid_to)),
        not q.end or any(has(key, "end", one) for one in q.end),
        all(has(key, "element", one) for one in q.passed),
        not any(has(key, "element", one) for one in q.not_passed),
        all(has(key, "rule", one) for one in q.rule),
        q.skipped is None or has(key, "skipped", q.skipped),
        q.person is None or (has(key, "did", f"{q.person}@{q.did}") if q.did else has(key, "person", q.person)),
        q.rounds is None or has(key, "element", q.rounds.place, q.rounds.times),
        not q.reopened or has(key, "reopened"),
        not q.incident or has(key, "incident"),
        not q.repaired or has(key, "repaired"),
        q.unmasked is None or has(key, "unmasked", q.unmasked),
        lasting(q, row),
    ]
    if q.unapproved is not None:
        paid = row["compensated"]
        tests.append(paid is not None and paid > fen(q.unapproved) and paid > (row["approved"] or 0))
    if q.buyer_paid is not None:
        buyer = row["customer_id"]
        together = sum(one["paid"] or 0 for one in SUMS if one["customer_id"] == buyer)
        tests.append(buyer is not None and together >= (fen(q.buyer_paid) or 0))
    return all(tests)


def conditions(random: Random) -> Question:
    """A question of one to four conditions."""
    days = [date(2026, 12, d) for d in (1, 10, 19, 20)]
    money = [Decimal(0), Decimal("29.99"), Decimal(30), Decimal("30.01"), Decimal(500)]
    where = [f"{p}.{e}" for p in PROCESSES for e in ELEMENTS]
    choices: dict[str, Any] = {
        "process": lambda: tuple(random.sample(PROCESSES, random.choice([1, 2]))),
        "status": lambda: random.choice(list(InstanceStatus)),
        "opened_from": lambda: random.choice(days), "opened_to": lambda: random.choice(days),
        "ended_from": lambda: random.choice(days), "ended_to": lambda: random.choice(days),
        "asked_from": lambda: random.choice(money), "asked_to": lambda: random.choice(money),
        "paid_from": lambda: random.choice(money), "paid_to": lambda: random.choice(money),
        "unapproved": lambda: random.choice(money), "buyer_paid": lambda: random.choice([Decimal(1), Decimal(10**6)]),
        "passed": lambda: tuple(random.sample(where, random.choice([1, 2]))),
        "not_passed": lambda: tuple(random.sample(where, 1)),
        "skipped": lambda: random.choice([ANY, "p12_return.approve", "p12_return.none"]),
        "rule": lambda: (f"d#{random.randrange(1, 5)}",), "person": lambda: random.choice((*PEOPLE, "nobody")),
        "did": lambda: "p12_return.check", "longer": lambda: random.choice([0, 59, 60, 10_080]),
        "shorter": lambda: random.choice([1, 60, 61, 10_080]), "time": lambda: random.choice(list(TimeKind)),
        "rounds": lambda: Rounds(place=random.choice(where), times=random.choice([1, 2, 3, 4])),
        "reopened": lambda: True, "incident": lambda: True, "repaired": lambda: True,
        "unmasked": lambda: random.choice([ANY, "zhou", "li"]), "end": lambda: ("p12_return.end_done", "x.y"),
        "customer": lambda: random.choice(["C-1", "C-9"]), "order": lambda: "SO-7",
    }  # fmt: skip
    chosen = random.sample(sorted(choices), random.choice([1, 1, 2, 3, 4]))
    asked = {name: choices[name]() for name in chosen}
    if "did" in asked:
        asked["person"] = random.choice(PEOPLE)
    return Question(**asked)


@pytest.mark.parametrize("rare", [0, 20, 4000])
def test_answers_are_those_of_brute_force(filled: Database, monkeypatch: pytest.MonkeyPatch, rare: int) -> None:
    monkeypatch.setattr(asking, "_RARE", rare)
    found = 0
    for seed in range(times(250, 30)):
        question = conditions(Random(seed))
        with filled.read() as connection:
            keys = asking.list_keys(connection, question, AUDITOR, now=NOW)
        assert keys == by_brute_force(question), (seed, question)
        found += bool(keys)
    assert found > times(80, 8)


@pytest.mark.parametrize("rare", [0, 4000])
@pytest.mark.parametrize(
    "question", [Question(), Question(person="li"), Question(paid_from=Decimal(30), person="wang")]
)
def test_pages_put_together_are_the_whole_answer(
    filled: Database, monkeypatch: pytest.MonkeyPatch, question: Question, rare: int
) -> None:
    monkeypatch.setattr(asking, "_RARE", rare)
    found: list[int] = []
    after: str | None = None
    with filled.read() as connection:
        while True:
            page = asking.ask(connection, question, AUDITOR, now=NOW, after=after, limit=7)
            found += page.keys
            after = page.next_after
            if after is None:
                break
            assert len(page.keys) == 7
    assert found == by_brute_force(question)


def test_a_page_that_nobody_gave_is_refused(filled: Database) -> None:
    with filled.read() as connection, pytest.raises(NotFound):
        asking.ask(connection, Question(), AUDITOR, now=NOW, after="1; DROP")


def test_a_second_more_or_less_decides(filled: Database) -> None:
    with filled.read() as connection:
        longer = asking.list_keys(connection, Question(longer=60), AUDITOR, now=NOW)
        shorter = asking.list_keys(connection, Question(shorter=60), AUDITOR, now=NOW)
    exact = {row["case_key"] for row in SUMS if row["elapsed"] == 3600}
    assert exact
    assert exact.isdisjoint(longer)
    assert exact.isdisjoint(shorter)


def test_who_audits_a_team_gets_the_teams_cases_only(filled: Database) -> None:
    """The cases of the table stand for none that the supervisor of a team could see."""
    supervisor = Actor(id="min", name="闵", groups=frozenset({"supervisor"}), team=frozenset({"min"}))
    with filled.read() as connection:
        assert connection.execute(select(process_instance.c.key)).all() == []
        assert asking.list_keys(connection, Question(), supervisor, now=NOW) == []
        assert len(asking.list_keys(connection, Question(), AUDITOR, now=NOW)) == CASES


@pytest.mark.parametrize(
    "question",
    [
        *(one.question for one in READY),
        Question(process=("p12_return",)),
        Question(status=InstanceStatus.ACTIVE),
        Question(opened_from=date(2026, 12, 1), opened_to=date(2026, 12, 2)),
        Question(ended_to=date(2026, 12, 2)),
        Question(asked_from=Decimal(1)),
        Question(paid_to=Decimal(1)),
        Question(passed=("p.e",), rule=("d#1",), person="li", end=("p.e", "p.f")),
        Question(person="li", did="p.e"),
        Question(longer=60, time=TimeKind.WORKING),
        Question(shorter=60, time=TimeKind.WORKING),
        Question(rounds=Rounds(place="p.e", times=2)),
        Question(incident=True),
        Question(customer="C-1"),
        Question(order="SO-1"),
    ],
)
def test_every_condition_has_its_index(filled: Database, question: Question) -> None:
    """The keys of a condition come out of an index; a row that was found is tested without walking anything."""
    made = asking._conditions(question, NOW)
    assert made
    with filled.read() as connection:
        for condition in made:
            if condition.keys is not None:
                for line in plan(connection, condition.keys):
                    of_buyers = "case_sum_1" in line and "ix_case_sum_customer" in line
                    assert (
                        line.startswith(("SEARCH", "MULTI-INDEX", "INDEX", "LIST", "USE TEMP", "CREATE")) or of_buyers
                    )
        tests = [condition.test for condition in made]
        keys = asking._KEY.in_([1, 2, 3])
        lines = plan(connection, select(asking._KEY).where(*tests, keys).order_by(asking._KEY.desc()))
    assert lines[0].startswith("SEARCH case_sum USING INTEGER PRIMARY KEY"), lines
    assert not [line for line in lines if line.startswith("SCAN") and "ix_case_sum_customer" not in line]


def plan(connection: Any, query: Any) -> list[str]:
    sql = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_a_question_reads_back_from_its_own_address(seed: int) -> None:
    question = conditions(Random(seed))
    reading = read_query(question.query())
    if not reading.problems:  # the made-up ones may contradict themselves
        assert reading.question == question
        assert reading.question.query() == question.query()


def test_nothing_is_asked_by_an_empty_address() -> None:
    reading = read([("paid_from", ""), ("person", "  ")])
    assert reading.question == Question()
    assert reading.question.is_empty
    assert not reading.problems
    assert replace(reading.question, time=TimeKind.WORKING).is_empty
    assert not Question(incident=True).is_empty


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("paid_from", "-1", "不是金额"),
        ("paid_from", "1e3", "不是金额"),
        ("paid_from", "12.345", "不是金额"),
        ("paid_from", "9" * 11, "不是金额"),
        ("opened_from", "2026-02-30", "不是日期"),
        ("opened_from", "2026-2-3", "不是日期"),
        ("opened_from", "２０２６-01-01", "不是日期"),
        ("longer", "3", "不是时长"),
        ("longer", "3x", "不是时长"),
        ("longer", "h", "不是时长"),
        ("status", "done", "没有这个选项"),
        ("time", "lunar", "没有这个选项"),
        ("passed", "no_dot", "没有这个步骤"),
        ("passed", "a.b'); DROP TABLE x", "没有这个步骤"),
        ("rule", "d#0", "没有这条规则"),
        ("rule", "d", "没有这条规则"),
        ("rounds", "p.e", "次数"),
        ("rounds", "p.e:0", "次数"),
        ("person", "Li Na", "没有这个账号"),
        ("did", "p.e", "由谁完成"),
        ("incident", "yes", "勾选"),
        ("customer", "长" * 65, "最长 64"),
        ("customer", "a\nb", "不能换行"),
        ("unmasked", "*x", "没有这个账号"),
        ("color", "red", "没有这个条件"),
        ("process", "p.1", "没有这个流程"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(name: str, value: str, sentence: str) -> None:
    reading = read([(name, value)])
    assert reading.question == Question()
    assert sentence in reading.problems[name].message_zh
    assert str(reading.problems[name])[-1] in ".?"


def test_what_contradicts_itself_is_refused() -> None:
    assert "对调" in read([("paid_from", "9"), ("paid_to", "8")]).problems["paid_to"].message_zh
    assert not read([("paid_from", "9"), ("paid_to", "9")]).problems
    assert "只能填一次" in read([("paid_from", "9"), ("paid_from", "8")]).problems["paid_from"].message_zh
    assert "既经过又没有经过" in read([("passed", "p.e"), ("not_passed", "p.e")]).problems["not_passed"].message_zh
    many = read([("passed", f"p.e{n}") for n in range(9)])
    assert "最多选 8 项" in many.problems["passed"].message_zh
    assert many.question == Question()


@given(st.lists(st.tuples(st.sampled_from([*Question.__dataclass_fields__, "x"]), st.text(max_size=80)), max_size=6))
def test_no_address_breaks_the_reading(given_parts: list[tuple[str, str]]) -> None:
    reading = read(given_parts)
    again = read(reading.question.parts())
    assert again.question == reading.question
    assert not again.problems


@pytest.mark.parametrize(("text_", "minutes"), [("2d", 2880), ("3h30m", 210), ("45m", 45), ("1D 2H", 1560)])
def test_durations_are_days_hours_and_minutes(text_: str, minutes: int) -> None:
    assert read([("longer", text_)]).question.longer == minutes
    assert read([("longer", span_text(minutes))]).question.longer == minutes


def test_money_is_read_as_people_write_it() -> None:
    assert read([("paid_from", "¥1,234.5")]).question.paid_from == Decimal("1234.50")
    assert dict(read([("paid_from", "30元")]).question.parts()) == {"paid_from": "30"}


def test_ready_questions_are_questions() -> None:
    for one in READY:
        assert not one.question.is_empty
        reading = read_query(one.question.query())
        assert not reading.problems
        assert reading.question == one.question
