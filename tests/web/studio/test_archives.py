"""Archives out of the studio and into it: the same bytes each time, and nothing that a hostile one could do."""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest

from engine import studio
from engine.errors import InvalidValue
from tests.web.studio.desk import Studio

ROOT = Path(__file__).parents[3]
TABLE = (ROOT / "processes/decisions/logistics_status.dmn").read_bytes()
FORM = (ROOT / "forms/p10_courier_query/start.form").read_bytes()


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """An archive as another program makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def upload(desk: Studio, key: int, files: dict[str, bytes]) -> str:
    """What the page says afterwards."""
    zhou = desk.browser("zhou")
    answer = zhou.upload(f"/studio/changes/{key}/import", files)
    return zhou.get(f"/studio/changes/{key}").text if answer.status_code == 303 else str(answer.status_code)


# --- out -----------------------------------------------------------------------------------------


def test_a_process_is_packed_with_all_that_belongs_to_it_and_the_same_each_time(desk: Studio) -> None:
    first = desk.browser("zheng").get("/studio/processes/p10_courier_query/archive")
    second = desk.browser("zhou").get("/studio/processes/p10_courier_query/archive")
    assert first.data == second.data
    assert first.headers["Content-Disposition"] == "attachment; filename=p10_courier_query.zip"
    with zipfile.ZipFile(io.BytesIO(first.data)) as archive:
        names = archive.namelist()
        assert archive.read("logistics_status.dmn") == TABLE
        assert archive.read("p10_courier_query.start.form") == FORM
    assert "p10_courier_query.bpmn" in names
    assert names == sorted(names)
    assert not [name for name in names if name.startswith("p12")]
    assert desk.browser("zhou").get("/studio/processes/nothing/archive").status_code == 404


def test_what_a_change_gives_another_takes(desk: Studio) -> None:
    key = desk.open(("decision", "logistics_status"), ("form", "p10_courier_query.start"), ("template", "T10A"))
    desk.put(key, "scenario", "p10_courier_query", "process: p10_courier_query\nscenarios:\n- no: 甲\n")
    packed_change = desk.browser("zhou").get(f"/studio/changes/{key}/archive").data
    other = desk.open()
    assert "已导入 4 个文件" in upload(desk, other, {"change.zip": packed_change})
    with desk.parts.db.read() as connection:
        assert studio.draft_files(connection, other) == studio.draft_files(connection, key)
    assert desk.browser("zhou").get("/studio/changes/99/archive").status_code == 404


# --- in ------------------------------------------------------------------------------------------


def test_a_file_is_what_it_defines_whatever_its_folder_and_name(desk: Studio) -> None:
    key = desk.open()
    archive = packed(
        ("forms/", b""),
        ("__MACOSX/._start.form", b"rubbish"),
        (".DS_Store", b"rubbish"),
        ("forms/p10_courier_query/start.form", FORM),
        ("决策/物流.dmn", TABLE),
        ("texts/T10A.txt", "亲,您好!".encode()),
    )
    assert "已导入 3 个文件" in upload(desk, key, {"all.zip": archive})
    places = {(draft.kind, draft.id) for draft in desk.change(key).drafts}
    assert places == {("decision", "logistics_status"), ("form", "p10_courier_query.start"), ("template", "T10A")}
    bases = {draft.id: draft.base_hash is not None for draft in desk.change(key).drafts}
    assert all(bases.values())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../logistics_status.dmn", "不安全"),
        ("a/../../logistics_status.dmn", "不安全"),
        ("/etc/logistics_status.dmn", "不安全"),
        ("C:/logistics_status.dmn", "不安全"),
        ("..\\..\\logistics_status.dmn", "不安全"),
        ("a\nb.dmn", "不安全"),
        ("inner.zip", "只接受"),
        ("run.sh", "只接受"),
        ("logistics_status", "只接受"),
    ],
)
def test_names_that_are_none_of_ours_are_refused_and_nothing_is_taken(desk: Studio, name: str, why: str) -> None:
    key = desk.open()
    page = upload(desk, key, {"x.zip": packed(("T10A.txt", "亲".encode()), (name, TABLE))})
    assert "没有导入" in page
    assert why in page
    assert desk.change(key).drafts == ()


def test_bombs_are_not_unpacked(desk: Studio) -> None:
    key = desk.open()
    large = packed(("big.txt", b"0" * 50_000_000))
    assert len(large) < 100_000
    assert "超过 2 MB" in upload(desk, key, {"bomb.zip": large})
    many = packed(*((f"t{n}.txt", b"x") for n in range(301)))
    assert "超过 300 个" in upload(desk, key, {"many.zip": many})
    heavy = packed(*((f"t{n}.txt", b"0" * 1_900_000) for n in range(20)))
    assert "超过 32 MB" in upload(desk, key, {"heavy.zip": heavy})
    assert desk.change(key).drafts == ()


def test_many_small_archives_do_not_unpack_to_more_than_one_may(desk: Studio) -> None:
    key = desk.open()
    heavy = packed(*((f"t{n}.txt", b"0" * 1_900_000) for n in range(15)))
    assert upload(desk, key, {f"{n}.zip": heavy for n in range(40)}) == "413"
    assert desk.change(key).drafts == ()


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_packed_by_another_method_is_refused_in_a_sentence(desk: Studio, method: int) -> None:
    key, made = desk.open(), io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("T10A.txt", "亲" * 1000)
    whole = made.getvalue()
    for content in (whole, whole[:60] + b"\xff\xff\xff" + whole[63:]):
        assert "压缩方式" in upload(desk, key, {"x.zip": content})
    assert desk.change(key).drafts == ()


def test_an_archive_that_lies_about_its_sizes_is_not_believed() -> None:
    honest = packed(("big.txt", b"0" * 3_000_000))
    size = (3_000_000).to_bytes(4, "little")
    lying = honest.replace(size, (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(InvalidValue):
        studio.unpack(lying)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18 + b"x", b"no archive", b"PK\x03\x04" * 50])
def test_what_is_no_archive_is_refused_in_a_sentence(desk: Studio, content: bytes) -> None:
    key = desk.open()
    page = upload(desk, key, {"x.zip": content})
    assert "压缩包" in page or "请先选择" in page or "已导入 0" in page
    assert desk.change(key).drafts == ()


def test_links_and_passwords_and_doubles_are_refused(desk: Studio) -> None:
    key = desk.open()
    link = zipfile.ZipInfo("T10A.txt")
    link.external_attr = 0o120777 << 16
    assert "链接" in upload(desk, key, {"x.zip": packed((link, b"/etc/passwd"))})
    locked = bytearray(packed(("T10A.txt", "亲".encode())))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    assert "密码" in upload(desk, key, {"x.zip": bytes(locked)})
    assert "只留一份" in upload(desk, key, {"x.zip": packed(("a/T10A.txt", b"1"), ("b/T10A.txt", b"2"))})
    assert "只留一份" in upload(desk, key, {"one.dmn": TABLE, "two.dmn": TABLE})
    assert desk.change(key).drafts == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"T10A.txt": b"\xff\xfe"}, "UTF-8"),
        ({"x.bpmn": b"<not a diagram/>"}, "读不出来"),
        ({"x.form": b"[" * 5000}, "读不出来"),
        ({"中文.txt": "亲".encode()}, "英文字母"),
        ({"x.docx": b"x"}, "只接受"),
    ],
)
def test_files_that_cannot_be_drafts_are_refused_with_their_name(
    desk: Studio, files: dict[str, bytes], why: str
) -> None:
    key = desk.open()
    page = upload(desk, key, files)
    assert why in page
    assert desk.change(key).drafts == ()


def test_files_that_are_too_large_or_too_many_are_refused(desk: Studio) -> None:
    key = desk.open()
    assert upload(desk, key, {"T10A.txt": b"0" * 2_200_000}) == "413"
    assert upload(desk, key, {f"t{n}.txt": b"x" for n in range(302)}) == "413"
    assert desk.change(key).drafts == ()


def test_files_of_a_desktop_modeler_land_in_a_change(desk: Studio) -> None:
    zhou = desk.browser("zhou")
    stricter = TABLE.replace(b"48", b"36")
    checked = zhou.upload("/studio/check", {"logistics_status.dmn": stricter})
    assert checked.status_code == 200
    assert 'data-test="to-change"' in checked.text
    assert 'data-test="deploy"' not in checked.text
    carried = {"file:logistics_status.dmn": b64encode(stricter).decode()}
    assert zhou.post("/studio/deploy", carried).status_code == 409
    assert desk.version() == 1
    answer = zhou.post("/studio/import", carried | {"change": ""})
    assert answer.location == "/studio/changes/1"
    assert desk.draft(1, "decision", "logistics_status").content == stricter
    again = zhou.post("/studio/import", {"file:T10A.txt": b64encode("亲".encode()).decode(), "change": "1"})
    assert again.location == "/studio/changes/1"
    assert len(desk.change(1).drafts) == 2
    assert zhou.post("/studio/import", carried | {"change": "99"}).status_code == 404
    assert zhou.post("/studio/import", {}).location == "/studio/deploy"
    assert desk.rows("SELECT count(*) FROM studio_change") == [(1,)]
