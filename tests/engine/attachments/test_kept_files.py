"""Files are kept once, belong to one case, and are never left half: foreign ones, crashes, sweeps, two at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from engine import attachments, canonical
from engine.attachments import FileRefused, Folder, keep, usable
from engine.clock import to_microseconds
from engine.errors import InvalidValue, StorageUnavailable
from engine.failpoints import Armed, Crash, watched
from engine.masking import mask
from engine.model import Actor, Event
from engine.outbox.texts import say
from engine.store.tables import draft
from tests.engine.evidence import JPG, PDF, PNG, PROCESS, files
from tests.engine.support import LI, WANG, ZHAO, Engine, consistent


@pytest.fixture
def desk(engine: Engine) -> Engine:
    engine.definitions.deploy(files(), ZHAO)
    return engine


def give(engine: Engine, actor: Actor = LI, name: str = "a.jpg", content: bytes = JPG) -> dict[str, Any]:
    kept = keep(engine.db, Folder.beside(engine.db), name, content, actor=actor, now=engine.clock.now())
    return dict(kept.value)


def start(engine: Engine, actor: Actor = LI, **variables: Any) -> str:
    return engine.runtime.start(PROCESS, variables, actor).case_id


def case_of(engine: Engine, file: Mapping[str, Any]) -> object:
    return engine.column("SELECT case_id FROM attachment WHERE id = :id", id=file["id"])[0]


def contents(engine: Engine) -> list[str]:
    return sorted(path.name for path in Folder.beside(engine.db).root.glob("??/*"))


def grow_old(engine: Engine) -> None:
    """Two days pass, on the machine too."""
    engine.clock.advance_to(engine.clock.now() + timedelta(days=2))
    for path in Folder.beside(engine.db).root.glob("??/*"):
        os.utime(path, (0, 0))


def test_a_file_is_a_context_that_proves_its_content(desk: Engine) -> None:
    file = give(desk, name="收到的.jpg")
    assert file == {
        "id": file["id"],
        "name": "收到的.jpg",
        "type": "image/jpeg",
        "size": Decimal(len(JPG)),
        "sha256": sha256(JPG).hexdigest(),
    }
    assert canonical.decode(canonical.encode(file)) == file
    assert Folder.beside(desk.db).read(file["sha256"]) == JPG
    assert (Folder.beside(desk.db).path(file["sha256"]).stat().st_mode & 0o777) == 0o600


def test_the_same_content_lies_there_once(desk: Engine) -> None:
    assert give(desk)["id"] != give(desk, WANG, "b.jpg")["id"]
    assert len([name for name in contents(desk) if not name.endswith(".thumb")]) == 1


def test_a_start_makes_the_file_the_cases_own(desk: Engine) -> None:
    file = give(desk)
    case_id = start(desk, received_images=[file])
    assert case_of(desk, file) == case_id
    consistent(desk)


@pytest.mark.parametrize("lie", [{"name": "x.jpg"}, {"sha256": "0" * 64}, {"size": Decimal(1)}, {"id": "0" * 32}])
def test_a_reference_that_says_something_else_than_what_is_kept_is_refused(desk: Engine, lie: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        start(desk, received_images=[give(desk) | lie])
    assert desk.count("process_instance") == 0


def test_somebody_elses_upload_and_another_cases_file_are_refused(desk: Engine) -> None:
    foreign, mine = give(desk, WANG), give(desk)
    with pytest.raises(InvalidValue):
        start(desk, received_images=[foreign])
    start(desk, received_images=[mine])
    with pytest.raises(InvalidValue):
        start(desk, received_images=[mine])
    case_id = start(desk)
    (task,) = desk.tasks(case_id=case_id)
    for file in (mine, foreign):
        with pytest.raises(InvalidValue):
            desk.runtime.complete(task, {"papers": [file]}, LI)
    with pytest.raises(InvalidValue):
        desk.runtime.modify(int(case_id), ZHAO, reason="试", variables={"deep": [{"in": mine}]})
    with pytest.raises(InvalidValue):
        desk.runtime.publish("msg_x", "k", {"picture": foreign}, actor=LI)
    with pytest.raises(InvalidValue):
        desk.runtime.broadcast("sig_x", {"picture": foreign}, actor=LI)
    consistent(desk)


def test_a_file_of_the_case_may_be_given_again_by_anybody_who_works_on_it(desk: Engine) -> None:
    file = give(desk)
    case_id = start(desk, received_images=[file])
    (task,) = desk.tasks(case_id=case_id)
    desk.runtime.complete(task, {"received_images": [file], "papers": [give(desk, WANG, "b.pdf", PDF)]}, WANG)
    assert desk.tasks(case_id=case_id) == []


def test_of_two_cases_at_once_one_gets_the_file(desk: Engine) -> None:
    file, gate = give(desk), threading.Barrier(6)

    def begin(number: int) -> bool:
        gate.wait()
        try:
            start(desk, order_id=f"SO-{number}", received_images=[file])
        except InvalidValue:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(begin, range(6))) == 1
    assert desk.count("process_instance") == 1


def test_the_form_gets_own_unused_files_and_those_of_the_case(desk: Engine) -> None:
    used, unused, foreign = give(desk), give(desk, name="b.jpg"), give(desk, WANG)
    case_id = start(desk, received_images=[used])
    of_case, of_start = usable(desk.db, LI, case_id), usable(desk.db, LI)
    assert of_case(used["id"]) == used == of_case(used)
    assert of_case(unused["id"]) == unused == of_start(unused["id"])
    assert of_case(foreign["id"]) is None
    assert of_start(used["id"]) is None
    for odd in ("", "x", "../../etc/passwd", "0" * 32, None, Decimal(1), [], {}, {"id": None}, {**used, "more": "x"}):
        assert of_case(odd) is None


def test_a_look_at_a_file_stands_in_the_history_and_the_case_executes_again(desk: Engine) -> None:
    case_id = start(desk, received_images=[give(desk)])
    desk.runtime.note(case_id, Event(kind="attachment.revealed", value={"file": "0" * 32}), WANG)
    assert desk.kinds(int(case_id))[-1] == "attachment.revealed"
    consistent(desk)


def test_personal_fields_mark_their_files(desk: Engine) -> None:
    plain, waybill = give(desk), give(desk, name="面单.jpg", content=PNG)
    start(desk, received_images=[plain], waybill_images=[waybill])
    found = dict(
        zip(*[desk.column(f"SELECT {c} FROM attachment ORDER BY id") for c in ("id", "personal")], strict=True)
    )
    assert found == {plain["id"]: 0, waybill["id"]: 1}
    assert mask("waybill_image", [waybill]) == ["***"]
    assert say([plain, waybill]) == "a.jpg、面单.png"


# --- crashes and sweeps --------------------------------------------------------------------------


def crash(*_: object) -> None:
    raise Crash("here")


@pytest.mark.parametrize("place", ["pathlib.Path.replace", "engine.attachments.keeping._check_quota", ""])
def test_a_crash_of_an_upload_leaves_nothing_wrong(desk: Engine, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Before the content has its name, between content and row, and before the row is committed."""
    if place:
        monkeypatch.setattr(place, crash)
    with watched(Armed("store.commit.before", 1, "raise")), pytest.raises(Crash):
        give(desk)
    monkeypatch.undo()
    assert desk.count("attachment") == 0
    file = give(desk)
    assert Folder.beside(desk.db).read(file["sha256"]) == JPG
    grow_old(desk)
    attachments.sweep(desk.db, now=desk.clock.now())
    assert contents(desk) == []


def test_unused_files_go_after_a_day_and_not_a_second_before(desk: Engine) -> None:
    used, unused = give(desk), give(desk, name="b.png", content=PNG)
    start(desk, received_images=[used])
    given_at = desk.clock.now()
    assert attachments.sweep(desk.db, now=given_at + timedelta(hours=24, seconds=-1)) == 0
    grow_old(desk)
    assert attachments.sweep(desk.db, now=given_at + timedelta(hours=24)) == 1
    assert desk.column("SELECT id FROM attachment") == [used["id"]]
    assert contents(desk) == sorted([used["sha256"], used["sha256"] + ".thumb"])
    assert usable(desk.db, LI)(unused["id"]) is None


def test_the_worker_sweeps(desk: Engine) -> None:
    give(desk)
    grow_old(desk)
    desk.worker.drain()
    assert desk.count("attachment") == 0
    assert contents(desk) == []


def test_a_draft_holds_its_files(desk: Engine) -> None:
    file = give(desk)
    fields = canonical.encode({"received_images": [file["id"]]})
    at = to_microseconds(desk.clock.now())
    with desk.db.begin() as tx:
        tx.connection.execute(draft.insert().values(user="li", subject=f"start:{PROCESS}", fields=fields, saved_at=at))
    grow_old(desk)
    assert attachments.sweep(desk.db, now=desk.clock.now()) == 0
    assert usable(desk.db, LI)(file["id"]) == file


def test_a_content_that_is_given_again_while_it_is_swept_stays(desk: Engine) -> None:
    give(desk)
    grow_old(desk)
    with watched(Armed("store.commit.after", 1, "raise")), pytest.raises(Crash):
        attachments.sweep(desk.db, now=desk.clock.now())
    attachments.sweep(desk.db, now=desk.clock.now())
    file = give(desk, WANG)
    attachments.sweep(desk.db, now=desk.clock.now())
    assert Folder.beside(desk.db).read(file["sha256"]) == JPG


def test_a_full_disk_is_said_and_leaves_no_row(desk: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable):
        give(desk)
    monkeypatch.undo()
    assert desk.count("attachment") == 0
    assert contents(desk) == []


def test_erasing_a_case_keeps_hashes_and_what_others_still_show(desk: Engine) -> None:
    first, second, other = give(desk), give(desk, name="b.png", content=PNG), give(desk, WANG)
    case_id = start(desk, received_images=[first, second])
    start(desk, WANG, received_images=[other])
    assert attachments.erase_case(desk.db, case_id, now=desk.clock.now()) == 2
    assert attachments.erase_case(desk.db, case_id, now=desk.clock.now()) == 0
    folder = Folder.beside(desk.db)
    assert folder.read(other["sha256"]) == JPG
    assert folder.read(second["sha256"]) is None
    assert set(desk.column("SELECT sha256 FROM attachment")) == {first["sha256"], second["sha256"]}
    consistent(desk)


def test_nobody_fills_the_disk_with_what_no_form_is_sent_with(desk: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.attachments.keeping.MAX_UNUSED", 2)
    first = give(desk)
    give(desk)
    with pytest.raises(FileRefused, match="too many"):
        give(desk)
    give(desk, WANG)
    start(desk, received_images=[first])
    give(desk)
