"""The page of a form: what it says to its script, what its preview draws and judges, and what a hostile form can do."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.sample import some, times
from tests.web.studio.desk import Studio
from web.studio.form_around import as_text, known_names, sample_choices, uses_of
from web.studio.form_preview import names_read

ROOT = Path(__file__).parents[3]
ASSESS = "p01_compensation.assess_compensation"
FORMS = {f"{p.parent.name}.{p.stem}": p for p in sorted((ROOT / "forms").glob("*/*.form"))}
FILLED = [["responsibility", "seller"], ["comp_amount", "20"], ["comp_reason", "破损"], ["pay_method", "original"]]


def form(*components: dict[str, Any], form_id: str = ASSESS) -> str:
    return json.dumps({"type": "default", "id": form_id, "components": list(components)}, ensure_ascii=False)


def field(kind: str = "textfield", key: str = "note", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"field_{key}", "key": key, "label": f"标签{key}", **more}


@pytest.fixture
def change(desk: Studio) -> int:
    return desk.open(("form", ASSESS))


def preview(desk: Studio, change: int, content: str | None = None, *, person: str = "zhou", **more: Any) -> Any:
    if content is None:
        content = desk.draft(change, "form", ASSESS).content.decode()
    answer = desk.post_json(person, f"/studio/changes/{change}/preview/{ASSESS}", {"content": content, **more})
    assert answer.status_code == 200, answer.text
    return answer.json


def settings(text: str, name: str) -> Any:
    start = text.index(">", text.index(f'id="{name}"')) + 1
    return json.loads(unescape(text[start : text.index("</script>", start)]))


# --- the page ------------------------------------------------------------------------------------


def test_the_page_tells_the_script_what_stands_around_the_form(desk: Studio, change: int) -> None:
    answer = desk.browser("zhou").get(f"/studio/changes/{change}/edit/form/{ASSESS}")

    page = settings(answer.text, "form-page")
    assert page["names"]["order_amount"]["label"] == "订单金额"
    assert "case_id" in page["reserved"]
    assert settings(answer.text, "editor-settings")["editable"] is True
    assert "评估补偿方案" in answer.text
    assert "style-src-attr 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_who_reviews_reads_and_may_preview_but_not_save(desk: Studio, change: int) -> None:
    answer = desk.browser("zhao").get(f"/studio/changes/{change}/edit/form/{ASSESS}")
    assert settings(answer.text, "editor-settings")["editable"] is False
    assert 'data-test="upload"' not in answer.text
    assert "补偿金额" in preview(desk, change, person="zhao")["html"]
    assert desk.save("zhao", change, "form", ASSESS, form()).status_code in (403, 404)


def test_agents_see_neither_page_nor_preview_nor_file(desk: Studio, change: int) -> None:
    browser = desk.browser("lin")
    assert browser.get(f"/studio/changes/{change}/edit/form/{ASSESS}").status_code in (403, 404)
    assert browser.get(f"/studio/changes/{change}/preview/{ASSESS}").status_code in (403, 404)
    sent = {"content": form(field())}
    assert desk.post_json("lin", f"/studio/changes/{change}/preview/{ASSESS}", sent).status_code in (403, 404)


def test_a_form_that_is_not_in_the_change_has_no_preview(desk: Studio, change: int) -> None:
    answer = desk.post_json("zhou", f"/studio/changes/{change}/preview/p02_rush_shipping.start", {"content": form()})
    assert answer.status_code == 404


def test_the_file_is_what_was_saved(desk: Studio, change: int) -> None:
    answer = desk.browser("zhou").get(f"/studio/changes/{change}/preview/{ASSESS}")
    assert answer.data == FORMS[ASSESS].read_bytes()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={ASSESS}.form"


# --- what stands around --------------------------------------------------------------------------


@cache
def files() -> dict[str, bytes]:
    found = {f"{form_id}.form": path.read_bytes() for form_id, path in FORMS.items()}
    for path in (ROOT / "processes").glob("*/*"):
        if path.suffix in (".bpmn", ".dmn", ".yaml"):
            found[path.name] = path.read_bytes()
    return found


def test_names_say_where_they_are_used_and_as_what() -> None:
    names = known_names(files(), but=ASSESS)
    amount = names["comp_amount"]
    assert ASSESS not in {use["form"] for use in amount["uses"]}
    assert names["customer_decision"]["uses"][0]["family"] == "text"
    assert names["ship_to_places"]["entries"] == [
        {"name": "place", "label": "地点"},
        {"name": "quantity", "label": "件数"},
    ]
    assert "decision" in names["logistics_status"]["from"]
    assert "platform" in names["case_id"]["from"]


def test_a_broken_file_beside_the_form_breaks_nothing() -> None:
    broken = files() | {"p02_rush_shipping.start.form": b"{", "p02_rush_shipping.bpmn": b"<x", "p01.yaml": b"["}
    assert known_names(broken, but=ASSESS)["order_amount"]["uses"]
    assert uses_of(ASSESS, broken)


@pytest.mark.parametrize("form_id", some(sorted(FORMS), 60))
def test_every_shipped_form_is_used_or_registers_an_event(form_id: str) -> None:
    uses = uses_of(form_id, files())
    assert uses or form_id.startswith("messages.")
    assert all(use.process_name and use.element_name for use in uses)


def test_samples_are_what_a_scenario_has_when_the_step_is_reached() -> None:
    around = files()
    form_id = "p01_compensation.negotiate_compensation"
    choices = sample_choices(uses_of(form_id, around), around)

    first = next(choice for choice in choices if choice["title"].startswith("01-S1 "))
    assert first["values"]["comp_amount"] == "20"
    assert first["values"]["order_amount"] == "199"
    assert first["values"]["approval_result"] == "approved"
    assert "customer_decision" not in first["values"]  # the form itself asks for it


def test_values_are_written_as_they_can_be_read_back() -> None:
    assert as_text(True) == "true"
    assert as_text([{"place": '北"京', "quantity": 3}, None]) == '=[{place: "北\\"京", quantity: 3}, null]'


# --- the preview ---------------------------------------------------------------------------------


def test_the_preview_is_what_the_desk_draws(desk: Studio, change: int) -> None:
    told = preview(desk, change, names={"order_amount": "199", "issue_type": "damaged"})
    assert "最多到订单金额 199.00 元" in told["html"]
    assert "<dd>¥199.00</dd>" in told["html"].replace("\n", "")
    assert "破损" in told["html"]  # the facts name values as people do
    assert {"name": "order_amount", "label": "订单金额"} in told["names"]
    assert told["bad"] is False


def test_a_try_says_what_the_desk_would_say(desk: Studio, change: int) -> None:
    empty = preview(desk, change, submit=True, typed=[], names={"order_amount": "199"})
    assert "请填写补偿金额" in empty["html"]
    assert empty["message"] == "提交会被退回:4 处要改。"

    much = [["comp_amount", "500"] if pair[0] == "comp_amount" else pair for pair in FILLED]
    refused = preview(desk, change, submit=True, typed=much, names={"order_amount": "199"})
    assert "补偿金额不能超过订单金额" in refused["html"]

    taken = preview(desk, change, submit=True, typed=FILLED, names={"order_amount": "199"})
    assert taken["message"] == "可以提交。"
    assert taken["bad"] is False
    assert 'data-test="written"' in taken["html"]
    assert "卖家" in taken["html"]


def test_what_depends_on_an_answer_comes_and_goes(desk: Studio, change: int) -> None:
    text = form(
        field("radio", "choice", values=[{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}]),
        field(key="why", conditional={"hide": '=not(choice = "b")'}, properties={"required_when": '=choice = "b"'}),
    )
    hidden = preview(desk, change, text, typed=[["choice", "a"]], submit=True)
    shown = preview(desk, change, text, typed=[["choice", "b"]], submit=True)
    assert "请填写标签why" not in hidden["html"]
    assert "请填写标签why" in shown["html"]


def test_rows_are_added_and_removed(desk: Studio, change: int) -> None:
    text = form(
        {
            "type": "dynamiclist",
            "id": "rows",
            "path": "places",
            "label": "地点",
            "isRepeating": True,
            "components": [field(key="place")],
        }
    )
    two = preview(desk, change, text, typed=[["places.0.place", "北京"]], rows="add:places")
    assert 'name="places.1.place"' in two["html"]
    one = preview(
        desk, change, text, typed=[["places.0.place", "北京"], ["places.1.place", "上海"]], rows="remove:places:0"
    )
    assert "上海" in one["html"]
    assert "北京" not in one["html"]


def test_names_are_those_of_the_case_and_not_of_the_form() -> None:
    schema = json.loads(
        form(
            field(key="note", properties={"prefill": "=note", "check": "=note != other"}),
            {"type": "text", "id": "t", "text": "{{total}} {{#loop items}}{{this}}{{/loop}} {{note}}"},
        )
    )
    assert names_read(schema) == {"note", "other", "total", "items"}


def test_samples_are_read_as_their_fields_read_them(desk: Studio, change: int) -> None:
    asked = '{{if waybill_no = "0012" then "单号对" else "单号错"}} {{if item_count = 12 then "件数对" else "件数错"}}'
    text = form({"type": "text", "id": "t", "text": asked}, field())
    told = preview(desk, change, text, names={"waybill_no": "0012", "item_count": "12"})
    assert "单号对 件数对" in told["html"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"components": 3}', '{"components": [3]}', "[" * 5000, '{"a": 1, "a": 2}', '"\ud800"'],
)
def test_what_is_no_form_is_said_in_a_sentence(desk: Studio, change: int, content: str) -> None:
    told = preview(desk, change, content)
    assert told["html"] == ""
    assert told["bad"] is True
    assert told["message"].startswith("表单有错误,改好以后才能预览:")


def test_an_unfinished_formula_does_not_hide_the_form(desk: Studio, change: int) -> None:
    text = form(field(properties={"required_when": "=a = "}), field(key="other", conditional={"hide": "=((("}))
    told = preview(desk, change, text, submit=True, typed=[])
    assert "标签note" in told["html"]
    assert "无法计算" in told["html"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"content": 3},
        {"content": form(field()), "names": [1], "typed": "x", "rows": 3},
        {"content": form(field()), "typed": [1, ["a"], ["note", 3], ["gone", "x"], ["note", "甲"]], "submit": True},
        {"content": form(field()), "names": {"note": "=1/0", "x": "=((", "y": "=" * 9}, "submit": "yes"},
        {"content": form(field()), "rows": "add:note", "typed": []},
    ],
)
def test_an_odd_request_is_answered(desk: Studio, change: int, asked: dict[str, Any]) -> None:
    answer = desk.post_json("zhou", f"/studio/changes/{change}/preview/{ASSESS}", asked)
    assert answer.status_code == 200
    assert set(answer.json) == {"html", "message", "bad", "names"}


# --- hostile forms -------------------------------------------------------------------------------

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>'


class Dangers(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "img", "svg", "link", "style", "base", "meta"):
            self.found.append(tag)
        self.found += [f"{tag}@{name}" for name, _ in attrs if name.startswith("on") or name == "style"]
        self.found += [
            f"{tag}={value}" for name, value in attrs if name in ("href", "src") and "script" in (value or "")
        ]


def test_nothing_of_a_hostile_form_becomes_real(desk: Studio, change: int) -> None:
    option = [{"label": EVIL, "value": EVIL}, {"label": "乙", "value": "b"}]
    text = form(
        field(label=EVIL, description=EVIL, properties={"prefill": EVIL, "check": "=false", "check_message": EVIL}),
        field("radio", "one", label=EVIL, values=option),
        field("select", "two", label=EVIL, values=option),
        field("checklist", "three", label=EVIL, values=option),
        {"type": "text", "id": "t", "text": f"# {EVIL}\n{EVIL} {{{{sample}}}}"},
        {"type": "html", "id": "h", "content": f"<b>粗</b>{EVIL}<style>*{{}}</style>"},
        {"type": "group", "id": EVIL, "label": EVIL, "components": [field(key="inner", label=EVIL)]},
    )
    told = preview(desk, change, text, names={"sample": EVIL}, typed=[["note", EVIL], ["one", EVIL]], submit=True)
    assert "alert(1)" in told["html"]  # as words
    assert Dangers(told["html"]).found == []


def mutated(schema: Any, chance: random.Random) -> Any:
    """A form with something wrong somewhere."""
    made = deepcopy(schema)
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key in list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
            places.append((part, key))
            walk(part[key])

    walk(made)
    for part, key in chance.sample(places, min(3, len(places))):
        wrong = [
            None,
            3,
            "",
            "=",
            "={",
            [],
            {},
            True,
            "中文",
            -1,
            1e300,
            ["a"],
            {"a": []},
            "=1/0",
            "{{",
            "group",
            "=note",
        ]
        if (isinstance(part, dict) and key in part) or (isinstance(part, list) and key < len(part)):
            part[key] = chance.choice(wrong)
    return made


def test_no_damage_to_a_form_breaks_its_preview(desk: Studio, change: int) -> None:
    chance = random.Random(20260108)
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in FORMS.values()]
    drawn, tries = 0, times(250, 80)
    for _ in range(tries):
        text = json.dumps(mutated(chance.choice(schemas), chance), ensure_ascii=False)
        told = preview(desk, change, text, typed=[["note", "x"]], submit=chance.random() < 0.5)
        drawn += bool(told["html"])
    assert tries / 10 < drawn < tries
