"""What is told of versions and deployments, and what the sides of a comparison are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import studio
from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.errors import NotFound
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import process_instance
from engine.studio import history
from engine.studio.pairs import pairs_of_change, pairs_of_versions, read_pair
from engine.studio.sides import read_side
from tests.engine.studio.comparing_samples import APPROVAL, ROOT, TABLE, changed
from tests.engine.support import Engine

PROCESS = "s03_amount_approval"
SUPERVISOR_FORM = "s03_amount_approval.approve_by_supervisor"
OWNER = Actor(id="zhou", name="周流程", groups=frozenset({"process_owner"}))
FORMS = {f"{PROCESS}.{p.stem}.form": p.read_bytes() for p in sorted((ROOT / "forms" / PROCESS).glob("*.form"))}
SLOWER = changed(APPROVAL, "PT2H", "PT3H")


class Past:
    """A process with deployments of its parts."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db = db
        self.clock = clock
        self.definitions = Definitions(db, clock)

    def deploy(self, files: dict[str, bytes], reason: str = "", *, after: int = 1, restores: int | None = None) -> int:
        self.clock.advance(timedelta(minutes=after))
        number = self.definitions.deploy(files, OWNER, reason=reason, restores=restores).number
        assert number is not None
        return number


@pytest.fixture
def past(db: Database, clock: VirtualClock) -> Past:
    found = Past(db, clock)
    found.deploy({f"{PROCESS}.bpmn": APPROVAL, "compensation_approval.dmn": TABLE, **FORMS}, "开始")
    return found


def new_form() -> dict[str, bytes]:
    name = f"{SUPERVISOR_FORM}.form"
    return {name: FORMS[name].replace(b'"label": "', '"label": "新'.encode(), 1)}


def test_a_version_says_which_of_its_parts_made_it(past: Past) -> None:
    past.deploy({f"{PROCESS}.bpmn": SLOWER}, "主管太忙")
    past.deploy(new_form(), "改标题")
    past.deploy({"compensation_approval.dmn": changed(TABLE, "30", "35", 1)}, "放宽")
    with past.db.read() as connection:
        lines = history.process_history(connection, PROCESS)
    told = [(line.version, [(part.kind, part.id) for part in line.parts]) for line in lines]
    assert told[:3] == [
        (4, [("decision", "compensation_approval")]),
        (3, [("form", SUPERVISOR_FORM)]),
        (2, [("bpmn", PROCESS)]),
    ]
    assert [line.told.reason if line.told else None for line in lines] == ["放宽", "改标题", "主管太忙", "开始"]
    assert [line.current for line in lines] == [True, False, False, False]


def test_deployments_of_one_instant_are_told_apart(past: Past) -> None:
    past.deploy({f"{PROCESS}.bpmn": SLOWER}, "一", after=0)
    past.deploy(new_form(), "二", after=0)
    with past.db.read() as connection:
        lines = history.process_history(connection, PROCESS)
        made = history.list_deployments(connection)
    assert [line.told.number if line.told else None for line in lines] == [3, 2, 1]
    assert [[version for _, version, _, _ in one.versions] for one in made] == [[3], [2], [1]]


def test_cases_under_way_are_counted_on_their_version_and_on_its_forms(engine: Engine, past: Past) -> None:
    key = past.definitions.latest(PROCESS).key
    engine.definitions.refresh()
    engine.start(PROCESS)
    past.deploy(new_form())
    with past.db.read() as connection:
        newest, first = history.process_history(connection, PROCESS)
        lines = history.resource_history(connection, "form", SUPERVISOR_FORM)
        table = history.resource_history(connection, "decision", "compensation_approval")
    assert (first.key, first.running, newest.running) == (key, 1, 0)
    assert [line.running for line in lines] == [0, 1]
    assert [line.running for line in table] == [1]
    with past.db.begin() as tx:
        tx.connection.execute(update(process_instance).values(status="completed"))
    with past.db.read() as connection:
        assert history.process_history(connection, PROCESS)[1].running == 0


def test_what_was_taken_back_says_by_which_deployment(past: Past) -> None:
    past.deploy({f"{PROCESS}.bpmn": SLOWER})
    past.deploy(new_form())
    back = past.deploy({f"{PROCESS}.bpmn": APPROVAL}, "不行", restores=1)
    with past.db.read() as connection:
        lines = history.resource_history(connection, "bpmn", PROCESS)
        form = history.resource_history(connection, "form", SUPERVISOR_FORM)
        made = history.list_deployments(connection)
    assert [(line.told.number, line.undone_by) for line in lines] == [(4, None), (2, back), (1, None)]
    assert [line.undone_by for line in form] == [None, None]
    assert [(one.told.number, one.undone) for one in made] == [(4, 0), (3, 0), (2, 1), (1, 0)]


def test_deployments_come_in_pages(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    for n in range(3):
        past.deploy({f"{PROCESS}.bpmn": changed(APPROVAL, "PT2H", f"PT{n + 5}H")})
    with past.db.read() as connection:
        first = history.list_deployments(connection)
        second = history.list_deployments(connection, first[-1].told.number)
        assert history.list_deployments(connection, 1) == ()
    assert [one.told.number for one in (*first, *second)] == [4, 3, 2, 1]


def test_what_never_was_has_no_history(past: Past) -> None:
    with past.db.read() as connection:
        for kind, id_ in (("form", "nothing"), ("template", PROCESS), ("form", "%"), ("scenario", "不存在")):
            with pytest.raises(NotFound):
                history.resource_history(connection, kind, id_)
        with pytest.raises(NotFound):
            history.process_history(connection, "nothing")
        with pytest.raises(NotFound):
            history.version_resources(connection, 999)


def test_a_side_says_who_when_and_why(past: Past) -> None:
    past.deploy({f"{PROCESS}.bpmn": SLOWER}, "主管太忙")
    past.deploy(new_form())
    with past.db.read() as connection:
        now = read_side(connection, f"current:bpmn:{PROCESS}")
        first = read_side(connection, f"at:1:bpmn:{PROCESS}")
        between = read_side(connection, f"at:3:bpmn:{PROCESS}")
        by_hash = read_side(connection, str(now.hash))
    assert (now.versions, now.number, now.actor, now.reason) == ((2, 3), 2, "zhou", "主管太忙")
    assert (first.versions, first.content) == ((1, 1), APPROVAL)
    assert between.content == now.content == by_hash.content == SLOWER
    assert by_hash.at == now.at == past.clock.now() - timedelta(minutes=1)


def test_a_draft_is_a_side_by_its_key_or_its_place(past: Past) -> None:
    key = _change(past, SLOWER)
    with past.db.read() as connection:
        (draft,) = studio.read_change(connection, key).drafts
        by_place = read_side(connection, f"draft:{key}:bpmn:{PROCESS}")
        by_key = read_side(connection, f"draft:{draft.key}")
        ((left, right),) = pairs_of_change(connection, studio.read_change(connection, key))
    assert by_place.content == by_key.content == right.content == SLOWER
    assert (by_key.draft, by_key.change, by_key.change_title, by_key.reason) == (True, key, "慢一点", "主管太忙")
    assert left.content == APPROVAL


def test_the_draft_of_a_change_that_is_over_is_compared_with_what_it_was_begun_from(past: Past) -> None:
    key = _change(past, SLOWER)
    with past.db.begin() as tx:
        studio.withdraw(tx, OWNER, key, note="", now=past.clock.now())
    past.deploy({f"{PROCESS}.bpmn": changed(APPROVAL, "PT4H", "PT5H")})
    with past.db.read() as connection:
        ((left, right),) = pairs_of_change(connection, studio.read_change(connection, key))
    assert (left.content, right.content) == (APPROVAL, SLOWER)


def test_a_new_resource_has_nothing_on_its_left(past: Past) -> None:
    with past.db.begin() as tx:
        key = studio.open_change(tx, OWNER, title="新话术", why="", now=past.clock.now())
        studio.put_draft(tx, OWNER, key, "template", "T99A", "您好".encode(), past.clock.now())
    with past.db.read() as connection:
        ((left, right),) = pairs_of_change(connection, studio.read_change(connection, key))
    assert (left.content, left.kind, right.content) == (None, "template", "您好".encode())


def test_two_versions_are_compared_in_all_of_their_parts(past: Past) -> None:
    past.deploy({f"{PROCESS}.bpmn": SLOWER})
    past.deploy(new_form())
    with past.db.read() as connection:
        newest, _, oldest = history.process_history(connection, PROCESS)
        versions, process_id, pairs = pairs_of_versions(connection, oldest.key, newest.key)
        assert pairs_of_versions(connection, newest.key, newest.key)[2] == []
    assert [version.version for version in versions] == [1, 3]
    assert process_id == PROCESS
    assert [(left.kind, left.id) for left, _ in pairs] == [("bpmn", PROCESS), ("form", SUPERVISOR_FORM)]


@pytest.mark.parametrize(
    "spec",
    [
        "", "none", "x", "0" * 64, "A" * 64, "draft:", "draft:999", "draft:-1", "draft:1:bpmn:nothing",
        "draft:x:bpmn:y", "draft:９", "current:bpmn:nothing", "current:secret:x", "current:", "at:1:bpmn:nothing",
        "at:x:bpmn:y",
        "at:0:bpmn:s03_amount_approval", "at:99999999999999999999:bpmn:x", "../../etc/passwd", "version:1",
        "current:bpmn:s03_amount_approval' OR 1=1 --",
    ],
)  # fmt: skip
def test_a_side_that_is_none_is_not_found(past: Past, spec: str) -> None:
    with past.db.read() as connection, pytest.raises(NotFound):
        read_side(connection, spec)


def test_nothing_cannot_be_compared_with_nothing(past: Past) -> None:
    with past.db.read() as connection:
        with pytest.raises(NotFound):
            read_pair(connection, "none", "none")
        left, right = read_pair(connection, "none", f"current:bpmn:{PROCESS}")
    assert (left.content, left.kind, right.content) == (None, "bpmn", APPROVAL)


def _change(past: Past, diagram: bytes) -> int:
    now = past.clock.now()
    with past.db.begin() as tx:
        key = studio.open_change(tx, OWNER, title="慢一点", why="主管太忙", now=now)
        studio.add_resource(tx, OWNER, key, "bpmn", PROCESS, now)
        studio.put_draft(tx, OWNER, key, "bpmn", PROCESS, diagram, now)
    return key
