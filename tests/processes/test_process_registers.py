"""The registers of the shipped processes: named columns, and rows that belong to whom the rule says."""

from __future__ import annotations

import pytest

from engine import registers
from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.model import SYSTEM
from engine.store.database import Database
from tests.engine.shop_desk import shipped_files


@pytest.fixture
def definitions(db: Database, clock: VirtualClock) -> Definitions:
    found = Definitions(db, clock)
    found.deploy(shipped_files(), SYSTEM)
    return found


def test_every_column_of_every_register_has_a_chinese_name(db: Database, definitions: Definitions) -> None:
    versions = definitions.all_latest()
    with db.read() as connection:
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
        deployed.process_id: deployed.definition.properties.get("register_row.compensation_register")
        for deployed in definitions.all_latest()
        if "register.compensation_register" in deployed.definition.properties
    }
    assert modes.pop("s02_payout") == "case_final"
    assert set(modes.values()) <= {"case"}
