"""What a deployment's diagrams may take for granted: variables and messages of what lies beside them."""

from __future__ import annotations

from datetime import timedelta

from engine.connectors import CONNECTORS, RESULTS
from engine.definitions.bundle import read_bundle
from tests.processes.process_drawing import ROOT

MINUTE = timedelta(minutes=1)
PAYOUT = "processes/shared/s02_payout.bpmn"
DELIVERY = "processes/service/p07_delivery.bpmn"
CHANGE = "processes/service/p06_order_change.bpmn"
EXCHANGE = "processes/service/p09_exchange.bpmn"


def files(**changed: tuple[str, str]) -> dict[str, bytes]:
    """All that is shipped, with one text changed in the files of these stems."""
    found = {}
    for folder in ("processes", "forms"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".bpmn", ".dmn", ".form", ".txt"}:
                old, new = changed.get(path.stem, ("", ""))
                text = path.read_text("utf-8")
                assert old in text
                found[str(path.relative_to(ROOT))] = text.replace(old, new).encode() if old else text.encode()
    return found


def found(content: dict[str, bytes], *names: str, deployed: frozenset[str] = frozenset()) -> set[tuple[str, str]]:
    """File and rule of what the rules on the surroundings say."""
    rules = ("variable.never_set", "message.no_sender", "message.no_receiver", "lane.group")
    known = [("form", name) for name in names]
    bundle = read_bundle(content, known, MINUTE, deployed)
    return {(str(finding.file), finding.rule) for finding in bundle.findings if finding.rule in rules}


def test_the_shipped_files_know_each_other():
    assert found(files()) == set()


def test_a_job_s_results_are_known_by_its_type():
    assert set(RESULTS) <= set(CONNECTORS)
    changed = files(s02_payout=("paid_out + payout_amount", "paid_uot + payout_amount"))
    assert found(changed) == {(PAYOUT, "variable.never_set")}


def test_a_key_of_a_form_that_is_renamed_is_missed_where_it_is_read():
    before = files()
    form = "forms/s02_payout/finance_pay.form"
    after = before | {form: before[form].replace(b'"pay_ok"', b'"paid_ok"')}
    assert found(after) == {(PAYOUT, "variable.never_set")}


def test_a_message_needs_the_other_side_among_the_files():
    renamed = files(p06_order_change=("msg_exchange_requested", "msg_exchange_wanted"))
    assert found(renamed) == {(CHANGE, "message.no_receiver"), (EXCHANGE, "message.no_sender")}


def test_what_a_person_sends_by_a_form_needs_no_process_that_sends_it():
    renamed = files(p07_delivery=("msg_order_dispatched", "msg_order_sent"))
    assert found(renamed) == {(DELIVERY, "message.no_receiver")}


def test_what_is_deployed_already_counts():
    diagram = {DELIVERY: files()[DELIVERY]}
    said = found(diagram, *forms())
    assert (DELIVERY, "message.no_receiver") in said
    everything = frozenset(name for content in files().values() for name in _words(content))
    assert found(diagram, *forms(), deployed=everything) == set()


def forms() -> list[str]:
    return [f"{path.parent.name}.{path.stem}" for path in (ROOT / "forms").rglob("*.form")]


def _words(content: bytes) -> list[str]:
    return content.decode().replace('"', " ").replace("=", " ").replace(",", " ").split()
