"""A buyer's first sentence and its process: what the two tables say, and what of it is offered to whom."""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import dmn
from engine.errors import DecisionError
from engine.model import Actor
from engine.queries.buyers_words import LONGEST, normalised, numbers_in, order_said
from engine.queries.first_sentence import GENERAL_ENTRY, ROUTING, WORDS, Suggestions, rank, read_suggestions
from engine.store.tables import current_resource, resource
from tests.engine.queries.conftest import ORDER, Desk
from tests.sample import times

ROOT = Path(__file__).parents[3]
TABLES = ROOT / "processes/decisions"
CONTENT = {name: (TABLES / f"{name}.dmn").read_bytes() for name in (WORDS, ROUTING)}
WORDS_TABLE = dmn.load(CONTENT[WORDS]).decisions[WORDS]
ROUTING_TABLE = dmn.load(CONTENT[ROUTING]).decisions[ROUTING]
CLASSES = re.findall(r'"(\w+)"', re.search(rb'values_problem_class">\s*<text>(.+?)<', CONTENT[ROUTING])[1].decode())
LINES = [line.split("\t") for line in Path(__file__).with_name("first_sentences.tsv").read_text().splitlines()]
SENTENCES = [(process, None if stage == "-" else stage, said) for process, stage, said in LINES[1:]]
DEPLOYED = {path.stem for path in (ROOT / "processes").rglob("*.bpmn")}
#: How long an answer may take, in time of the processor: other work on the machine does not count.
FAST_SECONDS = 0.05


def best(said: str, stage: str | None = None) -> str:
    """The first process, whether it is drawn yet or not; the general entry where the words say nothing."""
    hints = rank(WORDS_TABLE, ROUTING_TABLE, said, stage)
    return hints[0].process_id if hints else GENERAL_ENTRY


def suggested(desk: Desk, said: str, person: str = "ann", sought: str = "") -> Suggestions:
    with desk.db.read() as connection:
        return read_suggestions(connection, desk.definitions, desk.actor(person), said, sought, now=desk.clock.now())


def ids(found: Suggestions) -> list[str]:
    return [one.option.process_id for one in found.found]


# --- the words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("process", "stage", "said"), SENTENCES, ids=[said for _, _, said in SENTENCES])
def test_a_sentence_leads_to_its_process(process: str, stage: str | None, said: str) -> None:
    assert best(said, stage) == process


def test_the_sentences_are_many_and_reach_every_target_of_the_routing_table() -> None:
    assert len(SENTENCES) >= 120
    assert len({said for _, _, said in SENTENCES}) == len(SENTENCES)
    targets = {rule.cells[-1].strip('"') for rule in ROUTING_TABLE.rules}
    assert targets <= {process for process, _, _ in SENTENCES}


def test_every_class_is_reached_by_words() -> None:
    assert {
        hint.problem_class for _, stage, said in SENTENCES for hint in rank(WORDS_TABLE, ROUTING_TABLE, said, stage)
    } >= set(CLASSES)


@pytest.mark.parametrize(
    "said", ["不要退款了", "先不退了谢谢", "不用退款", "不想退款了", "我没说要退款", "不需要发票", "不用开发票"]
)
def test_what_the_buyer_does_not_want_is_not_suggested(said: str) -> None:
    found = {hint.process_id for hint in rank(WORDS_TABLE, ROUTING_TABLE, said)}
    assert not found & {
        "a09_refund_request",
        "a10_unshipped_refund",
        "p12_return",
        "a25_apparel_return_exchange",
        "p11_invoice",
    }


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("怎麼還沒發貨呢", "怎么还没发货呢"),
        ("我要退款", "我要退款"),
        ("发票呢?😀😀", "发票呢"),
        ("  换XL码,\n谢谢!!", "换xl码 谢谢"),
        ("SO-2604没收到", "没收到"),
    ],
)
def test_spelling_signs_and_pictures_do_not_count(typed: str, plain: str) -> None:
    assert normalised(typed) == plain
    assert best(typed) == best(plain)


def test_numbers_are_found_and_say_nothing() -> None:
    assert normalised("订单SO-2604,快递YT8840012604没动,买了2个,打12315") == "订单 快递 没动 买了2个 打12315"
    assert numbers_in("SO-2604 2604 4123456789012345678 XL 12315") == ("SO-2604", "4123456789012345678")
    assert order_said("我的订单号是:SO-9999 快点") == "SO-9999"
    assert order_said("訂單編號4123456789012345678") == "4123456789012345678"
    assert order_said("快递单号YT8840012604") is None
    assert order_said("订单没到") is None


def test_the_stage_of_the_order_decides() -> None:
    assert best("怎么还没发货", "paid") == "p02_rush_shipping"
    assert best("怎么还没发货", "shipped") == "p10_courier_query"
    assert best("想换个颜色", "paid") == "p06_order_change"
    assert best("想换个颜色", "signed") == "a25_apparel_return_exchange"
    unsent = [hint.process_id for hint in rank(WORDS_TABLE, ROUTING_TABLE, "我要退款", "paid")]
    assert unsent[:2] == ["a09_refund_request", "a10_unshipped_refund"]


def test_who_is_abroad_gets_the_processes_for_abroad() -> None:
    for said in ("快递没收到", "机器坏了", "要维修"):
        assert not best(said).startswith("a1")
        assert best(f"我在海外,{said}") in {"a14_overseas_repair", "a16_insale_logistics_inquiry"}


def test_weights_of_a_process_add_up_and_the_strongest_line_gives_the_reason() -> None:
    both = rank(WORDS_TABLE, ROUTING_TABLE, "太大了想换一件")[0]
    one = rank(WORDS_TABLE, ROUTING_TABLE, "太大了")[0]
    assert both.process_id == one.process_id == "a25_apparel_return_exchange"
    assert both.weight > one.weight
    assert both.reason


def test_every_line_has_a_reason_that_somebody_can_read() -> None:
    for rule in WORDS_TABLE.rules:
        assert re.search(r"[\u4e00-\u9fff]{3}", rule.cells[-1]), rule.id
        assert rule.annotation, rule.id


def test_every_line_names_one_place_to_go_and_classes_that_exist() -> None:
    for rule in WORDS_TABLE.rules:
        problem_class, process, _, overseas = (cell.strip('"') for cell in rule.cells[3:7])
        assert [problem_class, process].count("null") >= 1, rule.id
        assert problem_class == "null" or problem_class in CLASSES, rule.id
        assert (problem_class, process) != ("null", "null") or overseas == "true", rule.id


def test_the_patterns_stay_compiled() -> None:
    """FEEL keeps 64 patterns: with more, each sentence would compile all of them anew."""
    patterns = set(
        re.findall(r'matches\(\?, "([^"]*)"\)', " ".join(cell for rule in WORDS_TABLE.rules for cell in rule.cells))
    )
    assert 30 < len(patterns) <= 60
    assert max(map(len, patterns)) <= 1024


# --- any text ------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=times(150, 37))
@given(
    st.text(max_size=2 * LONGEST),
    st.sampled_from([None, "unpaid", "paid", "picking", "shipped", "signed", "cancelled"]),
)
@example("\ud800退款", None)
@example("退" * 100_000, "paid")
@example("发" + "没" * 5000 + "货", None)
@example("\x00', (.*)+ \\ \" matches(?, ", None)
def test_any_text_has_an_answer(said: str, stage: str | None) -> None:
    hints = rank(WORDS_TABLE, ROUTING_TABLE, said, stage)
    assert [hint.weight for hint in hints] == sorted((hint.weight for hint in hints), reverse=True)
    assert len({hint.process_id for hint in hints}) == len(hints)
    assert len(normalised(said)) <= LONGEST
    assert normalised(normalised(said)) == normalised(said)
    assert len(numbers_in(said)) <= 3


@pytest.mark.parametrize("said", ["退款" * 150, "怎么还没发货", "我" * 300, "没收到快递还没发货少了一件破了个洞" * 20])
def test_an_answer_is_there_at_once(said: str) -> None:
    rank(WORDS_TABLE, ROUTING_TABLE, said)  # what is compiled once
    spans = []
    for _ in range(5):
        begun = time.process_time()
        rank(WORDS_TABLE, ROUTING_TABLE, said)
        spans.append(time.process_time() - begun)
    assert statistics.median(spans) < FAST_SECONDS


# --- the routing table ---------------------------------------------------------------------------


@pytest.mark.parametrize("overseas", [True, False, None])
@pytest.mark.parametrize("missing_only", [True, False, None])
def test_the_routing_table_is_total_and_disjoint(overseas: bool | None, missing_only: bool | None) -> None:
    for problem_class in CLASSES:
        inputs = {"problem_class": problem_class, "overseas": overseas, "missing_only": missing_only}
        answer = ROUTING_TABLE.evaluate(inputs.get)  # two hits of UNIQUE are an error
        assert len(answer.rules) == 1, inputs
        assert re.fullmatch(r"[ap]\d\d_\w+", answer.output), inputs


def test_the_routing_table_is_the_catalogues_with_its_correction() -> None:
    def target(problem_class: str, *, overseas: bool | None = None, missing_only: bool | None = None) -> object:
        inputs = {"problem_class": problem_class, "overseas": overseas, "missing_only": missing_only}
        return ROUTING_TABLE.evaluate(inputs.get).output

    assert len(ROUTING_TABLE.rules) == 21
    assert (target("repair"), target("repair", overseas=True)) == ("a01_repair_ticket", "a14_overseas_repair")
    assert (target("faulty"), target("faulty", overseas=True)) == ("a02_service_request", "a14_overseas_repair")
    assert (target("logistics"), target("logistics", overseas=True)) == (
        "p10_courier_query",
        "a16_insale_logistics_inquiry",
    )
    assert (target("wrong_missing"), target("wrong_missing", missing_only=True)) == (
        "p03_wrong_shipment",
        "p07_delivery",
    )
    assert target("quality") == target("other") == "a05_negotiation_ladder"
    with pytest.raises(DecisionError):
        target("no such class")


# --- what is offered -----------------------------------------------------------------------------


@pytest.mark.parametrize("process", sorted({process for process, _, _ in SENTENCES}))
def test_a_process_is_suggested_as_soon_as_it_is_there(still_desk: Desk, process: str) -> None:
    """The supervisor may start everything; what nobody has drawn yet, or a pack hides, is left out."""
    stage, said = next((stage, said) for found, stage, said in SENTENCES if found == process)
    if stage is not None:
        pytest.skip("needs an order of that stage: the words alone are tested above")
    startable = {option.process_id for option in still_desk.queries.startable(still_desk.actor("sup"))}
    found = ids(suggested(still_desk, said, "sup"))
    assert (found[:1] == [process]) == (process in startable)
    assert set(found) <= startable


def test_nobody_is_offered_what_he_may_not_start(desk: Desk) -> None:
    assert "p04_bulk_order" in ids(suggested(desk, "批发多少钱", "pia"))
    assert "p04_bulk_order" not in ids(suggested(desk, "批发多少钱", "ann"))
    assert set(ids(suggested(desk, "少了一件,我要退货", "cang"))) <= {"p05_order_tracking", "p07_delivery"}
    assert ids(suggested(desk, "少了一件,我要退货", "aud")) == []


def test_words_that_say_nothing_lead_to_the_general_entry_if_it_is_there(desk: Desk) -> None:
    found = suggested(desk, "在吗")
    assert ids(found) == ([GENERAL_ENTRY] if GENERAL_ENTRY in DEPLOYED else [])
    assert not found.understood
    assert ids(suggested(desk, " ,。 ")) == []


def test_a_number_in_the_sentence_gives_the_order_and_its_stage(desk: Desk) -> None:
    for said in ("SO-1001怎么还没发货", "so-1001 怎么还没发货", "YT1234", "怎么还没发货"):
        found = suggested(desk, said)
        assert found.order_id == ("SO-1001" if "1001" in said else None), said
    assert ids(suggested(desk, "SO-1001怎么还没发货"))[0] == "p10_courier_query"
    assert ids(suggested(desk, "怎么还没发货"))[0] == "p02_rush_shipping"
    assert ids(suggested(desk, "怎么还没发货", sought="SO-1001"))[0] == "p10_courier_query"


def test_an_order_that_the_shop_does_not_know_is_still_the_buyers_number(desk: Desk) -> None:
    assert suggested(desk, "订单号SO-7777,我要退货").order_id == "SO-7777"
    assert suggested(desk, f"客户{ORDER['customer_id']}的东西没收到").order_id == "SO-1001"  # who has only this order


def test_a_running_case_is_told_to_who_may_see_it(desk: Desk) -> None:
    case = desk.start()
    first = suggested(desk, "SO-1001快递不动了").found[0]
    assert (first.option.process_id, first.running) == ("p10_courier_query", case)
    assert suggested(desk, "快递不动了").found[0].running is None


def test_a_broken_table_keeps_nobody_from_starting(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    broken = CONTENT[WORDS].replace(b"<text>100</text>", b"<text>1 +</text>")
    with desk.db.begin() as tx:
        row = tx.connection.execute(current_resource.select().where(current_resource.c.id == WORDS)).one()
        tx.connection.execute(resource.update().where(resource.c.hash == row.hash).values(content=broken))
    assert not suggested(desk, "张小明要退款").understood
    assert "张小明" not in caplog.text


def test_an_owner_changes_what_words_mean(desk: Desk) -> None:
    changed = CONTENT[WORDS].replace("发票|开(个".encode(), "报账|发票|开(个".encode())
    assert ids(suggested(desk, "公司那边等着报账")) != ["p11_invoice"]
    desk.definitions.deploy({"processes/decisions/first_sentence.dmn": changed}, desk.actor("own"))
    assert ids(suggested(desk, "公司那边等着报账"))[:1] == ["p11_invoice"]


def test_without_the_tables_nothing_is_suggested(desk: Desk) -> None:
    with desk.db.begin() as tx:
        tx.connection.execute(current_resource.delete().where(current_resource.c.id == ROUTING))
    assert not suggested(desk, "我要退货").understood


def person(*groups: str) -> Actor:
    return Actor(id="x", name="x", groups=frozenset(groups))


def test_whoever_starts_nothing_is_offered_nothing(desk: Desk) -> None:
    with desk.db.read() as connection:
        found = read_suggestions(connection, desk.definitions, person("courier"), "我要退货", "", now=desk.clock.now())
    assert ids(found) == []
