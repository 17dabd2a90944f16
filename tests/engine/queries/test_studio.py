"""Start page, versions and decisions in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import NotFound
from engine.model import Actor
from tests.engine.queries.conftest import Desk, files

FLOWS = sorted(Path(name).stem for name in files() if "/service/" in name)
#: What nobody finds among what can be started: waits for a shop's switch, is only called, or starts by the clock.
PACKS = {"a14", "a16", "a26", "a27", "r12"}
CALLED = {"a28", "a29"}
BY_CLOCK = {f"r{n:02}" for n in (*range(1, 11), 18, 19)}
#: What people before the sale start (P02), and what the warehouse starts, too.
PRESALE = {"a20_presale_inquiry", "a21_purchase", "a22_payment", "a23_bargaining", "d06_inquiry_followup"}
#: Of the reports, plans and follow-ups, what is started by hand too.
REPORTS = {"d05_customer_statement"}
#: What only supervisors and managers start.
LEADERS = {"r14_onboarding", "r17_service_complaint", "r20_recruitment"}
CHARTS = sorted(
    Path(name).stem
    for name in files()
    if ("/aftersales/" in name or "/duties/" in name)
    and Path(name).stem.partition("_")[0] not in PACKS | CALLED | BY_CLOCK | {"a33"}
)
RECEIPT = "a33_warehouse_receipt"


@pytest.mark.parametrize(
    ("user_id", "startable"),
    [
        (
            "ann",
            sorted(
                {*CHARTS, *PRESALE, *REPORTS, RECEIPT, *FLOWS}
                - {"p04_bulk_order", "p14_gift_free_shipping"}
                - PRESALE
                - LEADERS
            ),
        ),
        ("pia", sorted({*CHARTS, *PRESALE, *REPORTS, RECEIPT, *FLOWS} - LEADERS)),
        ("sup", sorted({*CHARTS, *PRESALE, *REPORTS, RECEIPT, *FLOWS})),
        ("cang", [RECEIPT, "p05_order_tracking", "p07_delivery"]),
        ("cai", []),
        ("aud", []),
        ("adm", []),
        ("own", []),
    ],
)
def test_who_may_start_what_by_hand(desk: Desk, user_id: str, startable: list[str]) -> None:
    assert [option.process_id for option in desk.queries.startable(desk.actor(user_id))] == startable


def test_a_start_form_is_that_of_the_newest_version(desk: Desk) -> None:
    form = desk.queries.start_form("p10_courier_query", desk.actor("ann"))
    assert form.form_id == "p10_courier_query.start"
    assert form.schema is not None
    assert form.schema["id"] == form.form_id
    for process_id, user_id in (("p10_courier_query", "cai"), ("s02_payout", "sup"), ("p99", "sup")):
        with pytest.raises(NotFound):
            desk.queries.start_form(process_id, desk.actor(user_id))


def test_a_changed_table_makes_a_second_version_and_running_cases_are_counted_by_version(desk: Desk) -> None:
    desk.start()
    (name,) = [name for name in files() if name.endswith("logistics_status.dmn")]
    changed = files()[name].replace(b"&lt;= 24", b"&lt;= 20")
    assert changed != files()[name]
    owner = Actor(id="own", groups=frozenset({"process_owner"}))
    desk.definitions.deploy({name: changed}, owner)
    desk.start()
    desk.start()
    (process,) = [p for p in desk.queries.processes(owner) if p.process_id == "p10_courier_query"]
    assert [(v.version, v.running, v.deployed_by_name) for v in process.versions] == [
        (2, 2, "流程员"),
        (1, 1, "流程员"),
    ]
    decisions = {decision.id: decision for decision in desk.queries.decisions(owner)}
    assert decisions["logistics_status"].used_by == ("p10_courier_query",)
    assert decisions["shippability"].used_by == ("p07_delivery",)
    assert {template.id for template in desk.queries.resources(owner, "template")} >= {"T10A", "TS2A"}


@pytest.mark.parametrize(("user_id", "reads"), [("own", True), ("aud", True), ("ann", False), ("adm", False)])
def test_who_reads_definitions(desk: Desk, user_id: str, reads: bool) -> None:
    actor = desk.actor(user_id)
    for read in (desk.queries.processes, desk.queries.decisions):
        if reads:
            read(actor)
        else:
            with pytest.raises(NotFound):
                read(actor)


def test_a_diagram_is_read_by_whoever_sees_cases_or_definitions(desk: Desk) -> None:
    key = desk.definitions.latest("p10_courier_query").key
    for user_id in ("ann", "cang", "aud", "own"):
        assert desk.queries.definition_xml(key, desk.actor(user_id)).startswith(b"<?xml")
    with pytest.raises(NotFound):
        desk.queries.definition_xml(key, desk.actor("adm"))
    with pytest.raises(NotFound):
        desk.queries.definition_xml(404, desk.actor("own"))


def test_forms_ask_the_shop_for_what_is_known_and_taken(desk: Desk) -> None:
    assert desk.queries.taken("waybills", "YT1")
    assert not desk.queries.taken("waybills", "YT2")
    context = desk.queries.shop_context({"order_id": "SO-1001"})
    assert (context["order"]["customer_id"], context["parcel"]["stage"]) == ("C-88001", "in_transit")
    assert desk.queries.shop_context({}) == {"order": None, "parcel": None}
    order, parcel = desk.queries.order_facts("SO-1001"), desk.queries.parcel_facts("YT1")
    assert order is not None
    assert parcel is not None


def test_a_start_card_says_what_the_process_is_for(desk: Desk) -> None:
    (card,) = [
        option for option in desk.queries.startable(desk.actor("ann")) if option.process_id == "p10_courier_query"
    ]
    assert card.documentation is not None
    assert card.documentation.startswith("告诉客户包裹在哪里")
    assert "\n" not in card.documentation
