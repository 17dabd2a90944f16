"""The registers of the shipped processes: named columns, and rows that belong to whom the rule says."""

from __future__ import annotations

import pytest

from engine import registers
from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.labels import ACCOUNTS, Labels
from engine.store.database import Database
from tests.processes.catalogued import drawing
from tests.processes.process_drawing import ROOT
from tests.processes.test_process_records import deployed

__all__ = ["deployed"]


@pytest.fixture
def definitions(deployed: Database, clock: VirtualClock) -> Definitions:
    return Definitions(deployed, clock)


def test_every_column_of_every_register_has_a_chinese_name(deployed: Database, definitions: Definitions) -> None:
    versions = definitions.all_latest()
    with deployed.read() as connection:
        nameless = {
            (register, column.id)
            for register in registers.declared_registers(versions)
            for column in registers.columns_of(connection, register, versions)
            if column.label == column.id
        }
    assert nameless == set()


def test_every_register_is_one_of_the_catalogue(definitions: Definitions) -> None:
    assert registers.declared_registers(definitions.all_latest()) <= registers.REGISTERS.keys()


def test_a_payout_of_a_compensation_takes_the_row_that_others_fill(definitions: Definitions) -> None:
    """Several processes write 补偿登记表: one payout is one row, whoever asked for it and approved it."""
    modes = {
        version.process_id: version.definition.properties.get("register_row.compensation_register")
        for version in definitions.all_latest()
        if "register.compensation_register" in version.definition.properties
    }
    assert modes.pop("s02_payout") == "case_final"
    # A coupon is no payout: its row is its own, and no later payout of the case takes it.
    assert modes.pop("a05_negotiation_ladder", None) is None
    assert set(modes.values()) <= {"case"}


def test_a_result_of_a_called_process_reads_as_its_end_is_called(deployed: Database, definitions: Definitions) -> None:
    """The register of reviews shows what the negotiation that the review called has come to."""
    with deployed.read() as connection:
        found = registers.columns_of(connection, "review_register", definitions.all_latest())
    (remedy,) = [column for column in found if column.id == "remedy"]
    ends = {node.id: node.name for node in drawing("a05_negotiation_ladder").nodes.values() if node.tag == "endEvent"}
    assert remedy.options.items() <= ends.items()
    assert remedy.options
    assert remedy.kind is registers.Kind.CHOICE


def test_who_did_a_step_reads_as_a_name() -> None:
    """A variable that takes the account at work is one of those that pages show as people."""
    kept = {
        variable
        for path in ROOT.glob("processes/*/*.bpmn")
        for node in drawing(path.stem).nodes.values()
        for variable, formula in node.outputs.items()
        if formula == "=actor"
    }
    assert kept
    assert kept <= set(ACCOUNTS)


def test_who_decided_a_request_is_a_side_and_no_account() -> None:
    assert "decided_by" not in ACCOUNTS
    assert Labels(names={}, options={}, personal=frozenset()).value("decided_by", "timeout") == "超时视为同意"
