"""Where something stands: rules by their numbers, words, variables; in what is in force and in drafts."""

from __future__ import annotations

import time
from hashlib import sha256

import pytest

from engine.clock import to_microseconds
from engine.model import SYSTEM
from engine.process_map.entries import FileKind, Place, names_in, names_in_holes
from engine.process_map.files import entries_of
from engine.process_map.finding import Finding, find, texts_of
from engine.store.tables import current_resource, resource, studio_change, studio_draft
from tests.engine.process_map.shop import Shop

DIAGRAM = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
<bpmn:process id="p" name="某流程" isExecutable="true">
 <bpmn:startEvent id="start"/>
 <bpmn:userTask id="ask" name="问&lt;b&gt;客户"><bpmn:documentation>等三成客户</bpmn:documentation>
  <bpmn:extensionElements><zeebe:taskHeaders><zeebe:header key="text" value="请在 48 小时内"/></zeebe:taskHeaders>
  <zeebe:ioMapping><zeebe:input source="=order.amount * 0.3" target="limit"/>
   <zeebe:output source="=if ok then limit else &quot;amount&quot;" target="paid"/></zeebe:ioMapping>
  </bpmn:extensionElements></bpmn:userTask>
 <bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t">
  <bpmn:timeDuration>PT48H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
 <bpmn:sequenceFlow id="f" sourceRef="start" targetRef="ask">
  <bpmn:conditionExpression>=limit &gt; 30</bpmn:conditionExpression></bpmn:sequenceFlow>
</bpmn:process></bpmn:definitions>""".encode()


def ask(shop: Shop, query: str, kind: FileKind | None = None, *, drafts: bool = False) -> Finding:
    with shop.db.read() as connection:
        return find(connection, shop.definitions, query, kind=kind, drafts=drafts)


def places(finding: Finding) -> set[tuple[str, str | None, Place]]:
    return {(hit.entry.file, hit.entry.element, hit.entry.place) for hit in finding.hits}


def marked(finding: Finding) -> set[str]:
    return {text for hit in finding.hits for text, is_hit in hit.parts if is_hit}


def test_where_thirty_per_cent_is_used(library: Shop) -> None:
    answers = [ask(library, query) for query in ("30 %", "30%", "0.3", "0.30", "百分之三十", "三成")]
    assert len({frozenset(places(one)) for one in answers}) == 1
    found = places(answers[0])
    assert ("loss_compensation", "loss_compensation", Place.CELL) in found
    assert ("p12_return", "offer_loss_compensation", Place.NAME) in found
    assert marked(answers[0]) == {"30%", "0.30", "0.3"}
    assert answers[0].is_number


def test_durations_find_timers_cells_and_sentences(library: Shop) -> None:
    answers = [ask(library, query) for query in ("48 小时", "PT48H", "2 天", "P2D")]
    assert len({frozenset(places(one)) for one in answers}) == 1
    assert {hit.entry.place for hit in answers[0].hits} >= {Place.TIMER, Place.DOCUMENTATION, Place.CELL, Place.HEADER}
    assert {"PT48H", "P2D", "48小时"} <= marked(answers[0])


def test_words_are_found_wherever_they_stand_all_of_them(library: Shop) -> None:
    assert ("p10_courier_query", "remind_logistics", Place.NAME) in places(ask(library, "催促物流"))
    both = ask(library, "催 物流")
    assert all("催" in hit.entry.text and "物流" in hit.entry.text for hit in both.hits)
    assert ask(library, "没有人会写的话").total == 0
    assert places(ask(library, "MSG_ORDER_DISPATCHED")) == places(ask(library, "msg_order_dispatched"))


def test_a_kind_narrows_what_is_shown_and_not_what_is_counted(library: Shop) -> None:
    every, forms = ask(library, "30 %"), ask(library, "30 %", FileKind.FORM)
    assert forms.counts == every.counts
    assert {hit.entry.kind for hit in forms.hits} == {FileKind.FORM}
    assert len(forms.hits) == every.counts[FileKind.FORM]


def test_where_a_variable_is_set_and_where_it_is_read(library: Shop) -> None:
    found = ask(library, "var:comp_amount")
    assert found.variable == "comp_amount"
    sets = {(hit.entry.file, hit.entry.element) for hit in found.hits if hit.sets}
    reads = {(hit.entry.file, hit.entry.element, hit.entry.place) for hit in found.hits if hit.reads}
    assert ("p03_wrong_shipment", "start_wrong_shipment") in sets
    assert ("p01_compensation.assess_compensation", "comp_amount") in sets
    assert ("p01_compensation", "call_payout", Place.INPUT) in reads
    assert marked(found) == {"comp_amount"}
    assert ask(library, "变量:comp_amount").total == found.total
    assert ask(library, "var:comp_amoun").total == ask(library, "var:").total == 0
    # A text's hole reads.
    assert any(hit.reads and hit.entry.kind is FileKind.TEMPLATE for hit in ask(library, "var:waybill_no").hits)


def test_names_in_texts_keys_and_paths_are_no_variables() -> None:
    assert names_in('=order.amount + fee * "price" + {cost: total}.cost') >= {"order", "fee", "total"}
    assert not names_in('=order.amount + fee * "price" + {cost: total}.cost') & {"amount", "price", "cost"}
    assert names_in_holes("亲,{waybill_no} 到了 {{product_sku}}") == {"waybill_no", "product_sku"}


def test_what_a_diagram_says_is_told_with_its_element() -> None:
    entries = entries_of(FileKind.BPMN, "p", DIAGRAM)
    told = {(one.element, one.place, one.detail): one for one in entries}
    assert told["ask", Place.NAME, ""].text == "问<b>客户"
    assert told["ask", Place.HEADER, "text"].text == "请在 48 小时内"
    assert told["ask", Place.INPUT, "limit"].sets == {"limit"}
    assert told["ask", Place.OUTPUT, "paid"].reads >= {"ok", "limit"}
    assert "amount" not in told["ask", Place.OUTPUT, "paid"].reads
    assert told["wait", Place.TIMER, ""].text == "PT48H"
    assert told["f", Place.CONDITION, ""].reads == {"limit"}
    assert {one.title for one in entries} == {"某流程"}


@pytest.mark.parametrize("kind", list(FileKind))
@pytest.mark.parametrize("content", [b"", b"<", b"{", b"\xff\xfe", b'{"components": [1, {"components": {}}]}', b"[1]"])
def test_a_file_that_cannot_be_read_is_searched_by_its_lines(kind: FileKind, content: bytes) -> None:
    for one in entries_of(kind, "broken", content):
        assert one.file == "broken"


def test_a_long_text_is_cut_around_what_was_found(library: Shop) -> None:
    for hit in ask(library, "丢件").hits:
        said = "".join(text for text, _ in hit.parts)
        assert len(said) < len(hit.entry.text) + 3
        assert any(is_hit for _, is_hit in hit.parts)


def test_texts_are_read_anew_after_a_deployment_and_kept_between(shop: Shop) -> None:
    assert ask(shop, "绝无仅有的话").total == 0
    before = time.process_time()
    for _ in range(20):
        ask(shop, "物流")
    assert (time.process_time() - before) / 20 < 0.2  # a few milliseconds on an idle machine
    shop.definitions.deploy({"T99.txt": "亲,绝无仅有的话".encode()}, SYSTEM)
    (hit,) = ask(shop, "绝无仅有的话").hits
    assert (hit.entry.kind, hit.entry.file, hit.entry.detail) == (FileKind.TEMPLATE, "T99", "1")


def test_scenarios_in_force_and_drafts_under_way_are_searched(shop: Shop) -> None:
    at = to_microseconds(shop.clock.now())
    scenario = "process: p10_courier_query\nscenarios:\n- title: 独一无二的场景\n".encode()
    digest = sha256(scenario).hexdigest()
    with shop.db.begin() as tx:
        tx.connection.execute(
            resource.insert().values(hash=digest, kind="scenario", id="p10_courier_query", content=scenario)
        )
        row = {"kind": "scenario", "id": "p10_courier_query", "hash": digest, "deployed_at": at, "deployed_by": "zhou"}
        tx.connection.execute(current_resource.insert().values(row))
        for status in ("open", "withdrawn"):
            change = {"title": status, "why": "", "status": status, "opened_by": "zhou", "opened_at": at}
            key = tx.connection.execute(studio_change.insert().values(change)).inserted_primary_key[0]
            draft = {"change": key, "kind": "template", "id": "T10A", "content": "草稿里的三成".encode(), "revision": 1}
            tx.connection.execute(studio_draft.insert().values(**draft, saved_by="zhou", saved_at=at))
    assert [hit.entry.kind for hit in ask(shop, "独一无二的场景").hits] == [FileKind.SCENARIO]
    (hit,) = ask(shop, "30 %", drafts=True).hits
    assert (hit.entry.file, hit.entry.change) == ("T10A", 1)
    assert "草稿里的三成" not in {hit.entry.text for hit in ask(shop, "三成").hits}


@pytest.mark.parametrize("query", ["x" * 9_999, "%", "\x00", "(((", "var:" + "a" * 9_999, "  ", "。" * 300, "1" * 999])
def test_any_question_is_answered(library: Shop, query: str) -> None:
    assert ask(library, query).total >= 0


def test_the_texts_of_one_file(library: Shop) -> None:
    with library.db.read() as connection:
        found = texts_of(connection, library.definitions, FileKind.BPMN, "s03_amount_approval")
    assert {one.file for one in found} == {"s03_amount_approval"}
    assert "approve_by_manager" in {one.element for one in found}
