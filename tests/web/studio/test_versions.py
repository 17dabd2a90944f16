"""Pages of versions and comparisons: who, when, why, what; without scripts too; for readers of the studio only."""

from __future__ import annotations

import json
import re
import time

import pytest
from lxml import etree

from tests.engine.studio.comparing_samples import long_diagram
from tests.web.studio.desk import Studio

QUERY = ("bpmn", "p10_courier_query")
TABLE = ("decision", "logistics_status")
FORM = ("form", "p10_courier_query.start")
TEXT = ("template", "T10A")
CURRENT = "current:bpmn:p10_courier_query"


def draft(key: int, resource: tuple[str, str]) -> str:
    return f"draft:{key}:{resource[0]}:{resource[1]}"


def deploy(desk: Studio, resource: tuple[str, str], old: str, new: str, reason: str = "快递变慢") -> None:
    """Put a change of a resource in force, as a file from elsewhere."""
    with desk.parts.db.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT content FROM resource JOIN current_resource USING (hash) WHERE current_resource.kind = ? "
            "AND current_resource.id = ?",
            resource,
        )
        content: bytes = rows.scalar_one()
    assert old.encode() in content
    suffix = {"bpmn": "bpmn", "form": "form", "decision": "dmn", "template": "txt"}[resource[0]]
    files = {f"{resource[1]}.{suffix}": content.replace(old.encode(), new.encode())}
    desk.parts.definitions.deploy(files, desk.actor("zhou"), reason=reason)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# --- history -------------------------------------------------------------------------------------


def test_the_history_of_a_process_says_who_when_why_and_which_part(desk: Studio) -> None:
    deploy(desk, FORM, '"label": "', '"label": "新', "改标题")
    page = desk.browser("zheng").get("/studio/history/bpmn/p10_courier_query").text
    told = words(page)
    assert "v2" in told
    assert "v1" in told
    assert "周流程" in told
    assert "改标题" in told
    assert "表单 p10_courier_query.start" in told
    assert 'value="version:' in page
    assert "回到这一版" not in told  # an auditor reads


def test_an_owner_may_go_back_to_an_earlier_version(desk: Studio) -> None:
    deploy(desk, FORM, '"label": "', '"label": "新')
    page = desk.browser("zhou").get("/studio/history/bpmn/p10_courier_query").text
    assert page.count(">回到这一版<") == 1
    assert 'name="version" value="1"' in page


def test_the_history_of_a_form_and_of_a_text(desk: Studio) -> None:
    deploy(desk, FORM, '"label": "', '"label": "新', "改标题")
    told = words(desk.browser("zhao").get("/studio/history/form/p10_courier_query.start").text)
    assert "第 2 次发布" in told
    assert "改标题" in told
    assert desk.browser("zhao").get("/studio/history/template/T10A").status_code == 200


def test_all_deployments_are_listed_with_what_they_changed(desk: Studio) -> None:
    deploy(desk, FORM, '"label": "', '"label": "新', "改标题<b>")
    answer = desk.browser("zhao").get("/studio/deployments")
    assert "改标题&lt;b&gt;" in answer.text
    assert "p10_courier_query.start" in answer.text
    assert desk.browser("zhao").get("/studio/deployments?before=1").status_code == 200
    for odd in ("x", "-1", "９", "1" * 30, "1;2"):
        assert desk.browser("zhao").get("/studio/deployments", query_string={"before": odd}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/studio/history/bpmn/p10_courier_query",
        "/studio/deployments",
        f"/studio/compare?left=none&right={CURRENT}",
        f"/studio/compare/side?side={CURRENT}",
        f"/studio/compare/picture?left=none&right={CURRENT}",
        "/studio/changes/1/differences",
    ],
)
def test_only_readers_of_the_studio_see_them(desk: Studio, path: str) -> None:
    desk.open(QUERY)
    for user in ("zhou", "hao", "zhao", "zheng"):
        assert desk.browser(user).get(path).status_code == 200, user
    for user in ("lin", "wang", "chen", "cang", "admin"):
        assert desk.browser(user).get(path).status_code == 404, user


def test_what_is_not_there_is_not_found(desk: Studio) -> None:
    browser = desk.browser("zhou")
    for path in (
        "/studio/history/bpmn/nothing",
        "/studio/history/secret/x",
        "/studio/history/form/../../etc/passwd",
        "/studio/compare",
        "/studio/compare?left=x&right=y",
        f"/studio/compare?left={'0' * 64}&right={CURRENT}",
        "/studio/compare?left=version:999&right=version:1",
        "/studio/compare?left=version:x&right=version:1",
        "/studio/compare/side",
        f"/studio/compare/picture?left=none&right={'1' * 64}",
        "/studio/compare/picture?left=none&right=current:form:p10_courier_query.start",
        "/studio/changes/999/differences",
    ):
        assert browser.get(path).status_code == 404, path


# --- comparing -----------------------------------------------------------------------------------


def test_a_diagram_is_compared_in_sentences_without_a_script(desk: Studio) -> None:
    key = desk.open(QUERY, by="hao")
    content = desk.draft(key, *QUERY).content.decode()
    element = re.search(r'<bpmn:userTask id="(\w+)" name="([^"]+)"', content)
    assert element is not None
    desk.replace("hao", key, *QUERY, f'name="{element[2]}"', 'name="新的一步<b>"'.replace("<b>", "&lt;b&gt;"))
    page = desk.browser("zheng").get(f"/studio/compare?left={CURRENT}&right={draft(key, QUERY)}").text
    assert f'data-kind="changed" data-id="{element[1]}"' in page
    assert "新的一步&lt;b&gt;" in page
    assert "<b>新的一步" not in page
    told = words(page)
    assert "改动" in told
    assert "郝流程" in told
    assert "快递变慢" in told
    assert "/studio/compare/picture" in page
    marks = re.search(r"data-marks>(.*?)</script>", page, re.DOTALL)
    assert marks is not None
    assert json.loads(marks[1])["marks"]["changed"] == [element[1]]


def test_a_table_shows_both_in_its_cells(desk: Studio) -> None:
    key = desk.open(TABLE)
    root = etree.fromstring(desk.draft(key, *TABLE).content)
    text = next(iter(root.iter("{*}rule"))).find(".//{*}text")
    assert text is not None
    text.text = "not(1)"
    desk.put(key, *TABLE, etree.tostring(root, encoding="unicode"))
    page = desk.browser("zhou").get(f"/studio/compare?left=current:decision:logistics_status&right={draft(key, TABLE)}")
    assert "<ins>not(1)</ins>" in page.text
    assert page.text.count('class="cmp-differs"') == 1


def test_a_form_shows_both_previews_that_nobody_can_send(desk: Studio) -> None:
    key = desk.open(FORM)
    schema = json.loads(desk.draft(key, *FORM).content)
    schema["components"][0]["label"] = "别的标题"
    desk.put(key, *FORM, json.dumps(schema, ensure_ascii=False))
    address = f"/studio/compare?left=current:form:{FORM[1]}&right={draft(key, FORM)}"
    page = desk.browser("zhou").get(address).text
    assert page.count("<fieldset disabled") == 2
    assert page.count("别的标题") >= 2
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_draft_that_cannot_be_read_is_said_and_compared_as_text(desk: Studio) -> None:
    key = desk.open(QUERY, FORM, TABLE)
    hostile = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    for resource in (QUERY, FORM, TABLE):
        desk.put(key, *resource, hostile)
    answer = desk.browser("zhou").get(f"/studio/changes/{key}/differences")
    assert answer.status_code == 200
    assert answer.text.count('class="note note-bad"') == 3
    assert "DOCTYPE" in words(answer.text)
    assert "root:" not in answer.text
    assert desk.browser("zhou").get(f"/studio/changes/{key}/differences?paper=1").status_code == 200


def test_a_draft_of_another_hash_than_the_page_has_compared_is_not_drawn(desk: Studio) -> None:
    key = desk.open(TEXT)
    side = draft(key, TEXT)
    assert desk.browser("zhou").get(f"/studio/compare/side?side={side}&hash=0").status_code == 409
    assert desk.browser("zhou").get(f"/studio/compare/side?side={side}").status_code == 200


def test_two_kinds_are_told_apart_in_a_sentence(desk: Studio) -> None:
    answer = desk.browser("zhou").get(f"/studio/compare?left={CURRENT}&right=current:form:{FORM[1]}")
    assert answer.status_code == 422
    assert "左边是流程图,右边是表单" in words(answer.text)
    mixed = desk.browser("zhou").get(f"/studio/compare?left=version:1&right={CURRENT}")
    assert mixed.status_code == 422


def test_two_versions_are_compared_in_all_their_files(desk: Studio) -> None:
    deploy(desk, FORM, '"label": "', '"label": "新')
    page = desk.browser("zhou").get("/studio/history/bpmn/p10_courier_query").text
    newest, oldest = dict.fromkeys(re.findall(r"version:\d+", page))
    compared = desk.browser("zhou").get(f"/studio/compare?left={oldest}&right={newest}").text
    assert 'data-test="section-form-p10_courier_query.start"' in compared
    assert "section-bpmn" not in compared
    same = desk.browser("zhou").get(f"/studio/compare?left={newest}&right={newest}")
    assert "两个版本完全一样" in same.text


def test_every_draft_of_a_change_is_listed_and_the_page_can_be_printed(desk: Studio) -> None:
    key = desk.open(QUERY, FORM, TEXT)
    desk.put(key, "template", "T99A", "全新的话术")
    desk.put(key, *TEXT, "换成这一句")
    for path in (f"/studio/changes/{key}/differences", f"/studio/changes/{key}/differences?paper=1"):
        page = desk.browser("zhao").get(path).text
        assert "T99A" in page
        assert "全新的话术" in page
        assert "换成这一句" in words(page).replace(" ", "")
        assert "没有 还没有这份内容" in words(page)


def test_a_print_has_the_pictures_with_their_marks(desk: Studio) -> None:
    key = desk.open(QUERY)
    root = etree.fromstring(desk.draft(key, *QUERY).content)
    shape = root.find(".//{*}BPMNShape/{*}Bounds[@width='100']")
    assert shape is not None
    shape.set("x", "5000")
    desk.put(key, *QUERY, etree.tostring(root, encoding="unicode"))
    address = f"left={CURRENT}&right={draft(key, QUERY)}"
    paper = desk.browser("zhou").get(f"/studio/compare?{address}&paper=1").text
    assert paper.count("<svg ") == 2
    assert 'class="moved"' in paper
    assert "⇄" in paper
    picture = desk.browser("zhou").get(f"/studio/compare/picture?{address}&which=left")
    assert picture.mimetype == "image/svg+xml"
    assert 'class="sign moved"' in picture.text


def test_a_large_diagram_is_compared_and_printed_in_time(desk: Studio) -> None:
    key = desk.open(QUERY)
    large = long_diagram(200).decode()
    desk.put(key, *QUERY, large)
    other = desk.open(QUERY)
    desk.put(other, *QUERY, large.replace("说明 1", "新说明 1"))
    started = time.process_time()
    answer = desk.browser("zhou").get(f"/studio/compare?left={draft(key, QUERY)}&right={draft(other, QUERY)}")
    assert answer.status_code == 200
    assert time.process_time() - started < 2
    assert answer.text.count('data-kind="changed"') == 111


def test_the_pages_speak_english(desk: Studio) -> None:
    key = desk.open(QUERY, FORM)
    desk.put(key, *FORM, json.dumps({"components": [], "id": "x"}))
    browser = desk.browser("zhou")
    browser.post("/preferences", {"lang": "en", "next": "/studio"})
    for path in ("/studio/history/bpmn/p10_courier_query", "/studio/deployments", f"/studio/changes/{key}/differences"):
        page = browser.get(path).text
        own = re.sub(r'<(\w+)[^>]*translate="no"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
        own = own.split('<main id="main"')[1].split("</main>")[0]
        assert "对比" not in own
        assert "Compare" in own or "Deployment" in own or "Removed" in own
