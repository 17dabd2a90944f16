"""Rows, computed texts and the grounds of a decision, as pages show them with and without scripts."""

import re
import shutil
from decimal import Decimal

import pytest

from engine import accounts, canonical
from engine.model import SYSTEM
from engine.store.tables import register_row
from tests.web.browser import PASSWORD, Browser
from tests.web.list_case import CASE, PROCESS, deploy
from web import create_app, parts_of

PEOPLE = {"wang": ("王立新", "aftersales"), "zhou": ("周流程", "process_owner"), "qian": ("小钱", "finance")}
GOOD = {
    "ship_to_places.0.place": "北京",
    "ship_to_places.0.quantity": "3",
    "ship_to_places.1.place": "上海 & <b>浦东</b>",
    "ship_to_places.1.quantity": "2",
    "offer": "45",
}


@pytest.fixture
def app(empty_database, tmp_path, clock, templates):
    shutil.copy(empty_database, tmp_path / "lists.db")
    url = f"sqlite:///{tmp_path / 'lists.db'}"
    app = create_app(database_url=url, clock=clock, TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    app.jinja_env.bytecode_cache = templates
    deploy(app)
    parts = parts_of(app)
    with parts.db.begin() as tx:
        for user_id, (name, group) in PEOPLE.items():
            accounts.add(tx, user_id, name, PASSWORD, [group])
    yield app
    parts.db.close()


@pytest.fixture
def wang(app):
    return Browser(app, "wang")


def begin(app, **changed):
    values = {name: Decimal(v) if name not in ("order_id", "receiver_phone") else v for name, v in CASE.items()}
    return parts_of(app).runtime.start(PROCESS, {**values, **changed}, SYSTEM)


@pytest.fixture
def case(app):
    return begin(app).case_id


def task_of(app, case_id):
    parts = parts_of(app)
    (found,) = [
        t.id for t in parts.queries.case(case_id, accounts.get(parts.db, "wang").actor).tasks if t.status == "open"
    ]
    return found


@pytest.fixture
def task(app, case, wang):
    task_id = task_of(app, case)
    wang.post(f"/tasks/{task_id}/claim")
    return task_id


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_list_begins_with_an_empty_row_and_with_spare_ones_for_who_has_no_scripts(wang, task):
    page = wang.get(f"/tasks/{task}").text
    outside = re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
    assert outside.count('name="ship_to_places.0.place"') == 1
    assert "ship_to_places.1.place" not in outside
    assert page.count('data-row-number="4"') == 1
    assert 'data-test="add-row"' in outside


def test_rows_are_taken_and_read_as_words(app, wang, task, case):
    answer = wang.post(f"/tasks/{task}", GOOD)
    assert answer.status_code == 303
    page = wang.get(f"/cases/{case}").text
    assert "北京 ×3、上海 &amp; &lt;b&gt;浦东&lt;/b&gt; ×2" in page
    assert "<b>浦东" not in page


def test_what_was_typed_stays_and_the_error_stands_at_its_row(wang, task):
    answer = wang.post(f"/tasks/{task}", GOOD | {"ship_to_places.1.quantity": "两"})
    assert answer.status_code == 422
    assert "第 2 行:件数须为数字" in answer.text
    assert 'href="#f-ship_to_places-1-quantity"' in answer.text
    assert 'value="两"' in answer.text
    assert 'value="上海 &amp; &lt;b&gt;浦东&lt;/b&gt;"' in answer.text
    answer = wang.post(f"/tasks/{task}", GOOD | {"ship_to_places.1.quantity": "3"})
    assert answer.status_code == 422
    assert 'id="f-ship_to_places-error">各地点件数之和须等于总件数' in answer.text


@pytest.mark.parametrize(
    "forged", ["ship_to_places.0.price", "ship_to_places.0.__class__", "ship_to_places.20000.place", "ship_to_places"]
)
def test_forged_names_are_refused(wang, task, forged):
    answer = wang.post(f"/tasks/{task}", GOOD | {forged: "1"})
    assert answer.status_code == 422
    assert "未知字段" in answer.text


def test_too_many_rows_are_refused_in_a_sentence(wang, task):
    many = {f"ship_to_places.{n}.{key}": "1" for n in range(201) for key in ("place", "quantity")}
    answer = wang.post(f"/tasks/{task}", many)
    assert answer.status_code == 422
    assert "发货地点最多 200 行" in answer.text
    assert 'data-test="add-row"' not in answer.text


def test_a_row_is_added_and_removed_and_nothing_is_kept(wang, task):
    path = f"/tasks/{task}/fields"
    more = wang.post(path, GOOD | {"_rows": "add:ship_to_places"}).text
    added = re.search(r'<input[^>]*name="ship_to_places\.2\.place"[^>]*>', more)
    assert added is not None
    assert " autofocus" in added[0]
    assert "需要更正" not in more
    less = wang.post(path, GOOD | {"_rows": "remove:ship_to_places:0"}).text
    shown = re.sub(r"<noscript>.*?</noscript>", "", less, flags=re.DOTALL)
    assert 'name="ship_to_places.1.place"' not in shown
    assert 'value="北京"' not in shown
    assert re.search(r'autofocus[^>]*data-test="add-row"', shown)


@pytest.mark.parametrize(
    "edit", ["remove:ship_to_places:9", "remove:ship_to_places", "add:offer", "add:", "x", "add:x:1"]
)
def test_other_edits_change_nothing(wang, task, edit):
    page = wang.post(f"/tasks/{task}/fields", GOOD | {"_rows": edit})
    assert page.status_code == 200
    assert page.text.count('value="北京"') == 1


def test_a_text_is_computed_first_from_the_case_then_from_what_is_typed(wang, task):
    page = text_of(wang.get(f"/tasks/{task}").text)
    assert "报价 暂无,占订单金额 暂无" in page
    assert "客服主管" in page
    assert "13800138000" not in page.partition("发货地点")[2]
    page = text_of(wang.post(f"/tasks/{task}/fields", GOOD | {"offer": "1234.5"}).text)
    assert "报价 1,234.50 元,占订单金额 411.5 %" in page
    assert "共 5 件,客服主管,138****8000" in page
    page = text_of(wang.post(f"/tasks/{task}/fields", {"offer": "一千"}).text)
    assert "报价 暂无,占订单金额 暂无" in page


def test_texts_that_read_the_form_are_asked_for_while_typing(wang, task):
    page = wang.get(f"/tasks/{task}").text
    assert 'hx-select-oob="#f-text-1,#f-text-2"' in page
    assert 'id="f-text-2"' in page


def test_the_rule_that_hit_stands_beside_the_form(app, wang, task):
    page = wang.get(f"/tasks/{task}").text
    seen = text_of(page[page.index('data-test="rule"') :])
    assert "依据 补偿额度审批 第 2 行" in seen
    assert "客服主管批" in seen
    assert "条件 补偿金额 &gt; 30;占订单金额比例 ≤ 30 %" in seen
    assert "补偿金额 ¥45.00" in seen
    assert "占订单金额比例 15 %" in seen
    assert "结论:审批级别 客服主管" in seen
    assert "/studio/resources/decision/level" not in page


def test_who_reads_tables_gets_the_way_to_it(app, case):
    page = Browser(app, "zhou").get(f"/tasks/{task_of(app, case)}")
    assert page.status_code in (200, 403, 404)
    if page.status_code == 200:
        assert "/studio/resources/decision/level" in page.text


def pay(app, started, register, **values):
    with parts_of(app).db.begin() as tx:
        row = {"instance": started.instance_key, "case_id": started.case_id, "register": register, "element": "x"}
        tx.connection.execute(
            register_row.insert().values(
                id=started.instance_key * 10 + len(values),
                values=canonical.encode(values),
                opened_at=1,
                written_at=1,
                **row,
            )
        )


def test_what_was_paid_for_the_order_before_is_shown(app, wang, task, clock):
    before = begin(app)
    pay(app, before, "compensation_register", comp_amount=Decimal(20), paid_amount=Decimal(20), paid_at=clock.now())
    pay(app, before, "refund_register", payout_amount=Decimal("9.5"), status="待打款")
    pay(app, begin(app, order_id="SO-2002"), "refund_register", payout_amount=Decimal(777))
    page = wang.get(f"/tasks/{task}").text
    seen = text_of(page[page.index('data-test="payments"') :])
    assert "已付 ¥20.00" in seen
    assert "¥9.50 待打款" in seen
    assert before.case_id in seen
    assert "777" not in seen


def test_completing_a_task_asks_for_no_grounds(app, wang, task, monkeypatch):
    def refuse(*_):
        raise AssertionError("the grounds are for who looks")

    monkeypatch.setattr("engine.queries.desk.read_grounds", refuse)
    assert wang.post(f"/tasks/{task}", GOOD).status_code == 303
    with pytest.raises(AssertionError):
        wang.get(f"/tasks/{task}")
