"""What must hold after a walk: of the engine as everywhere, and of the shop by the rules of the catalogue."""

from __future__ import annotations

from tests.faults.invariants import unlike_their_commands, violations
from tests.processes.walks.record import Record
from tests.processes.walks.rules_aftersales import aftersales_rules
from tests.processes.walks.rules_ends import end_rules
from tests.processes.walks.rules_money import money_rules
from tests.processes.walks.rules_orders import order_rules
from tests.processes.walks.rules_texts import text_rules
from tests.processes.walks.walker import Walk


def findings(walk: Walk) -> list[str]:
    """Sentences on what does not hold; the audit's re-execution is among them."""
    record = Record.read(walk)
    return [
        *violations(walk.db, answered=walk.answered),
        *unlike_their_commands(walk.db, record.cases),
        *shop_rules(record),
    ]


def shop_rules(record: Record) -> list[str]:
    """What does not hold of the shop's rules."""
    return [
        *end_rules(record),
        *money_rules(record),
        *order_rules(record),
        *text_rules(record),
        *aftersales_rules(record),
    ]
