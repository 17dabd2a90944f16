"""Files over the wire: uploads of every kind of opponent, forms with them, who may look, and what looking leaves."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine import accounts, canonical
from engine.attachments import Folder, erase_case
from engine.clock import VirtualClock
from engine.formcheck import MAX_FILE_BYTES
from engine.model import SYSTEM
from engine.store.database import Database
from engine.store.tables import attachment, process_instance
from tests.engine.evidence import JPG, PDF, PNG, PROCESS, archive, bomb, files, picture
from tests.engine.support import UncheckedDefinitions
from tests.web.browser import PASSWORD, PEOPLE, Browser
from web import create_app, parts_of

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
START = f"/start/{PROCESS}"


@pytest.fixture(scope="session")
def evidence_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people and the process of the tests."""
    path = tmp_path_factory.mktemp("evidence") / "shop.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    with db.begin() as tx:
        for user_id, (name, group) in PEOPLE.items():
            accounts.add(tx, user_id, name, PASSWORD, [group])
    db.close()
    return path


@pytest.fixture
def make(
    evidence_database: Path, tmp_path: Path, clock: VirtualClock, templates: BytecodeCache
) -> Iterator[Callable[..., Flask]]:
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        shutil.copy(evidence_database, tmp_path / "shop.db")
        settings = {"TESTING": True, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, **settings}
        app = create_app(database_url=f"sqlite:///{tmp_path / 'shop.db'}", clock=clock, **settings)
        app.jinja_env.bytecode_cache = templates
        UncheckedDefinitions(parts_of(app).db, clock).deploy(files(), SYSTEM)
        made.append(app)
        return app

    yield make
    for app in made:
        parts_of(app).db.close()


@pytest.fixture
def app(make: Callable[..., Flask]) -> Flask:
    return make()


def upload(person: Browser, name: str = "a.jpg", content: bytes = JPG, key: str = "received_images") -> TestResponse:
    if len(content) < 100_000:
        parts = {"key": key, "file": (io.BytesIO(content), name)}
        return person.post("/files", parts, content_type="multipart/form-data")
    head = '--cut\r\nContent-Disposition: form-data; name="key"\r\n\r\nx\r\n--cut\r\nContent-Disposition: form-data; '
    body = head.encode() + b'name="file"; filename="a.jpg"\r\n\r\n' + content + b"\r\n--cut--\r\n"
    return person.client.post("/files", data=body, content_type="multipart/form-data; boundary=cut")


def give(person: Browser, name: str = "a.jpg", content: bytes = JPG) -> str:
    answer = upload(person, name, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def start(person: Browser, *ids: str, **more: Any) -> TestResponse:
    return person.post(START, {"order_id": "SO-1", "received_images": list(ids), "remark": "两张图", **more})


def case_with(person: Browser, *ids: str, **more: Any) -> str:
    answer = start(person, *ids, **more)
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[-1]


def rows(app: Flask) -> int:
    with parts_of(app).db.read() as connection:
        return connection.execute(select(func.count()).select_from(attachment)).scalar_one()


def variables(app: Flask, case_id: str) -> dict[str, Any]:
    with parts_of(app).db.read() as connection:
        query = select(process_instance.c.variables).where(process_instance.c.case_id == case_id)
        return canonical.decode(connection.execute(query).scalar_one())


def kinds(app: Flask, case_id: str) -> list[str]:
    chen = accounts.get(parts_of(app).db, "chen").actor
    return [event.kind for event in parts_of(app).queries.events(case_id, chen)]


# --- uploads -------------------------------------------------------------------------------------


def test_an_upload_is_answered_with_its_line_of_the_form(browse: Callable[[str], Browser]) -> None:
    answer = upload(browse("wang"), "收到的 红色.jpg")
    assert answer.status_code == 201
    assert f'value="{answer.json["id"]}" checked' in answer.json["html"]
    assert "收到的 红色.jpg" in answer.json["html"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jpg", b"", "空的"),
        ("a.jpg", SVG, "只能上传"),
        ("a.jpg", b"<!doctype html><script>alert(1)</script>", "只能上传"),
        ("a.exe", b"MZ\x90\x00", "只能上传"),
        ("a.png", bomb(), "像素过多"),
        ("a.jpg", JPG + archive(), "夹带"),
        ("a.png", PNG + b"<script>", "夹带"),
        ("a.jpg", JPG[:-40], "损坏"),
        ("a.pdf", b"%PDF-1.7\n/JavaScript\n%%EOF", "脚本"),
        ("a.jpg", JPG + bytes(MAX_FILE_BYTES + 1 - len(JPG)), "10 MB"),
    ],
)
def test_what_is_no_evidence_is_refused_and_leaves_nothing(
    browse: Callable[[str], Browser], app: Flask, name: str, content: bytes, said: str
) -> None:
    answer = upload(browse("wang"), name, content)
    assert answer.status_code == 422
    assert said in answer.json["error"]
    assert rows(app) == 0
    assert not list(Folder.beside(parts_of(app).db).root.glob("??/*"))


@pytest.mark.parametrize("sent", ["../../../etc/passwd.jpg", "..\\..\\boot.jpg", "/etc/passwd", "a\x00b.jpg", ""])
def test_no_name_leads_anywhere(browse: Callable[[str], Browser], app: Flask, sent: str) -> None:
    wang = browse("wang")
    answer = upload(wang, sent)
    if sent == "":
        assert answer.status_code in (201, 422)
        return
    assert answer.status_code == 201
    shown = wang.get(f"/files/{answer.json['id']}", query_string={"download": "1"})
    assert ".." not in shown.headers["Content-Disposition"]
    assert "/" not in shown.headers["Content-Disposition"]
    root = Folder.beside(parts_of(app).db).root
    assert all(re.fullmatch(r"[0-9a-f]{64}(\.thumb)?", path.name) for path in root.glob("??/*"))


def test_markup_in_a_name_or_key_stays_text(browse: Callable[[str], Browser]) -> None:
    answer = upload(browse("wang"), "<img src=x onerror=alert(1)>.jpg")
    assert "<img src=x" not in answer.json["html"]
    assert upload(browse("wang"), key='"><script>').status_code == 422


def test_who_has_not_logged_in_uploads_nothing(client: Any, app: Flask) -> None:
    data = {"key": "x", "file": (io.BytesIO(JPG), "a.jpg")}
    answer = client.post("/files", data=data, content_type="multipart/form-data")
    assert (answer.status_code, answer.headers["X-Page"]) == (303, "login")
    assert rows(app) == 0


def test_an_upload_needs_the_token_of_its_page(make: Callable[..., Flask]) -> None:
    app = make(WTF_CSRF_ENABLED=True)
    wang = Browser(app, "wang")
    assert upload(wang).status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', wang.get(START).text)
    assert token
    data = {"key": "received_images", "file": (io.BytesIO(JPG), "a.jpg")}
    headers = {"X-CSRFToken": token[1]}
    assert wang.post("/files", data, content_type="multipart/form-data", headers=headers).status_code == 201


def test_uploads_have_a_rate_a_person(make: Callable[..., Flask]) -> None:
    app = make(RATELIMIT_ENABLED=True)
    wang, sun = Browser(app, "wang"), Browser(app, "sun")
    answers = [upload(wang, content=b"").status_code for _ in range(61)]
    assert answers == [422] * 60 + [429]
    assert upload(sun).status_code == 201


def test_more_than_a_file_may_have_is_cut_off_while_it_comes(browse: Callable[[str], Browser]) -> None:
    assert upload(browse("wang"), content=bytes(12 * 1024 * 1024)).status_code == 413


# --- forms ---------------------------------------------------------------------------------------


def test_a_form_is_sent_with_the_ids_of_its_files(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    ids = [give(wang), give(wang, "b.png", PNG)]
    case_id = case_with(wang, *ids)
    assert [file["id"] for file in variables(app, case_id)["received_images"]] == ids
    page = wang.get(f"/cases/{case_id}").text
    assert all(f"/files/{one}/thumb" in page for one in ids)


def test_without_scripts_the_files_come_with_the_form(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    form = {"order_id": "SO-1", "remark": "两张图", "_submission_key": "d" * 32}

    def send(*sent: tuple[bytes, str], **more: Any) -> TestResponse:
        parts = [(io.BytesIO(content), name) for content, name in sent]
        return wang.post(START, {**form, **more, "received_images": parts}, content_type="multipart/form-data")

    refused = send((JPG, "a.jpg"), (SVG, "b.jpg"))
    assert refused.status_code == 422
    assert "实际收到物品图片:“b.jpg”只能上传" in refused.text
    (kept,) = re.findall(r'name="received_images" value="([0-9a-f]{32})" checked', refused.text)
    parts = {"received_images": [kept, (io.BytesIO(PNG), "c.png")]}
    answer = wang.post(START, {**form, **parts}, content_type="multipart/form-data")
    assert answer.status_code == 303
    found = variables(app, answer.location.rsplit("/", 1)[-1])["received_images"]
    assert [file["name"] for file in found] == ["a.jpg", "c.png"]
    first = send((JPG, "a.jpg"))
    assert send((JPG, "a.jpg")).location == first.location, "pressed twice it is one case"
    assert send((PNG, "a.png")).location != first.location, "another picture is another submission"


def test_an_empty_file_input_is_no_file(browse: Callable[[str], Browser]) -> None:
    form = {"order_id": "SO-1", "received_images": (io.BytesIO(b""), "")}
    answer = browse("wang").post(START, form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请上传实际收到物品图片" in answer.text


@pytest.mark.parametrize("count", [10, 40])
def test_too_many_files_are_said_and_not_all_taken(browse: Callable[[str], Browser], app: Flask, count: int) -> None:
    parts = [(io.BytesIO(JPG), f"{n}.jpg") for n in range(count)]
    answer = browse("wang").post(
        START, {"order_id": "SO-1", "remark": "x", "received_images": parts}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert "最多 9 个文件" in answer.text
    assert rows(app) == 10


def test_foreign_invented_used_and_swept_ids_are_refused_at_the_field(
    browse: Callable[[str], Browser], app: Flask
) -> None:
    wang, sun = browse("wang"), browse("sun")
    used = give(wang)
    case_with(wang, used)
    for odd in (give(sun), used, "0" * 32, "../../x", "' OR 1=1", "x" * 5000):
        answer = start(wang, odd)
        assert answer.status_code == 422
        assert 'id="f-received_images-error"' in answer.text
    gone = give(wang)
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(attachment.delete().where(attachment.c.id == gone))
    assert start(wang, gone).status_code == 422


def test_a_file_of_another_kind_is_refused_by_its_field(browse: Callable[[str], Browser]) -> None:
    answer = start(browse("wang"), give(browse("wang"), "a.pdf", PDF))
    assert answer.status_code == 422
    assert "只能上传 JPG、PNG" in answer.text


def test_other_fields_may_hang_on_how_many_files_there_are(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    one, two = give(wang), give(wang, "b.png", PNG)
    seen = wang.post(f"{START}/fields", {"received_images": [one, two]}).text
    assert f'value="{one}" checked' in seen
    assert '<noscript><div class="col-12 mb-3" data-field="remark">' not in seen
    hidden = wang.post(f"{START}/fields", {"received_images": [one]}).text
    assert re.search(r'<noscript>\s*<div class="col-12 mb-3" data-field="remark">', hidden)
    assert start(wang, one, two, remark="").status_code == 422


def test_a_task_shows_the_cases_files_and_takes_new_ones(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    shown = give(wang)
    case_id = case_with(wang, shown)
    task = wang.open_task(case_id)
    wang.post(f"/tasks/{task}/claim")
    page = wang.get(f"/tasks/{task}").text
    assert f"/files/{shown}/thumb" in page
    assert f'value="{shown}"' not in page, "it is read-only here"
    assert wang.post(f"/tasks/{task}", {"papers": [give(wang, "回执.pdf", PDF)]}).status_code == 303
    assert [file["name"] for file in variables(app, case_id)["papers"]] == ["回执.pdf"]


# --- who may look --------------------------------------------------------------------------------


def test_an_upload_is_its_uploaders_until_it_belongs_to_a_case(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    file = give(wang)
    assert wang.get(f"/files/{file}").status_code == 200
    for other in ("sun", "chen", "admin", "zheng"):
        assert browse(other).get(f"/files/{file}").status_code == 404
        assert browse(other).get(f"/files/{file}/thumb").status_code == 404
    case_with(wang, file)
    for person, status in {"wang": 200, "sun": 200, "chen": 200, "zheng": 200}.items():
        assert browse(person).get(f"/files/{file}").status_code == status
    for person in ("lin", "qian", "admin", "zhou", "cang"):
        assert browse(person).get(f"/files/{file}").status_code == 404, person
        assert browse(person).get(f"/files/{file}/thumb").status_code == 404, person
        assert browse(person).get(f"/files/{file}/reveal").status_code == 404, person
        assert browse(person).post(f"/files/{file}/reveal").status_code == 404, person


def test_an_id_that_is_none_is_not_found(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    for odd in ("0" * 32, "x", "..%2f..%2fsession.key", "%00", "A" * 4000):
        assert wang.get(f"/files/{odd}").status_code == 404, odd


def test_a_content_is_served_as_what_it_is_and_runs_nothing(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    photo = picture()
    answer = wang.get(f"/files/{give(wang, '图.jpg', photo)}")
    assert answer.data == photo
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Cache-Control"].startswith("private")
    assert wang.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    paper = wang.get(f"/files/{give(wang, '回执.pdf', PDF)}")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    small = wang.get(answer.request.path + "/thumb")
    assert small.headers["Content-Type"] == "image/jpeg"
    assert len(small.data) < len(photo)


def test_a_personal_picture_is_shown_on_a_logged_click_only(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    waybill = give(wang, "张三的面单.jpg")
    case_id = case_with(wang, give(wang, "b.png", PNG), waybill_images=[waybill])
    page = wang.get(f"/cases/{case_id}?tab=files").text
    assert "张三" not in wang.get(f"/cases/{case_id}").text
    assert f"/files/{waybill}/thumb" not in page
    assert f"/files/{waybill}/reveal" in page
    assert wang.get(f"/files/{waybill}/thumb").status_code == 404
    assert wang.get(f"/files/{waybill}").location == f"/files/{waybill}/reveal"
    assert "attachment.revealed" not in kinds(app, case_id)
    shown = wang.post(f"/files/{waybill}/reveal")
    assert shown.status_code == 303
    assert wang.get(shown.location).data == JPG
    assert kinds(app, case_id).count("attachment.revealed") == 1
    assert browse("sun").get(shown.location).status_code == 303, "the address is of no use to anybody else"
    assert browse("zheng").post(f"/files/{waybill}/reveal").status_code == 404, "auditors see it masked"
    assert browse("sun").post(f"/files/{waybill}/reveal").status_code == 404, "a case of somebody else's"
    assert browse("sun").get(f"/files/{waybill}/reveal").status_code == 200
    assert browse("chen").post(f"/files/{waybill}/reveal").status_code == 303, "supervisors in those of the team"
    assert kinds(app, case_id).count("attachment.revealed") == 2
    assert "查看含个人信息的文件" in wang.get(f"/cases/{case_id}").text


def test_what_was_given_up_or_lost_is_gone_in_a_sentence(browse: Callable[[str], Browser], app: Flask) -> None:
    wang, db = browse("wang"), parts_of(app).db
    file, lost = give(wang), give(wang, "b.png", PNG)
    case_id = case_with(wang, file)
    erase_case(db, case_id, now=parts_of(app).clock.now())
    answer = wang.get(f"/files/{file}")
    assert answer.status_code == 410
    assert "已按个人信息保护规定清除" in answer.text
    shutil.rmtree(Folder.beside(db).root)
    assert wang.get(f"/files/{lost}").status_code == 410
    assert wang.get(f"/files/{lost}/thumb").status_code == 404
    assert wang.get(f"/cases/{case_id}").status_code == 200
