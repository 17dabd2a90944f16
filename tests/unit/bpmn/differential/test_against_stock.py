"""Stock SpiffWorkflow and the engine go the same way through random processes, where stock is right."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.exceptions import WorkflowException

from tests.sample import times
from tests.unit.bpmn.differential.chances import Drawn
from tests.unit.bpmn.differential.side_by_side import Pair, next_happening
from tests.unit.bpmn.differential.stock import Stock, StockGenerator, is_activity


@pytest.mark.timeout(600)
@settings(max_examples=times(100, 25), derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_stock_completes_the_same_activities_and_waits_for_the_same_people(data: st.DataObject) -> None:
    chance = Drawn(data)
    process = StockGenerator(chance, 16).process()
    pair, stock = Pair(process), Stock(process)
    for _ in range(30):
        compare(pair, stock)
        if pair.over:
            return
        happening = next_happening(pair, chance)
        pair.do(happening)
        try:
            stock.do(happening)
        except WorkflowException:
            return  # stock loses its way in about one of 500: there is nothing to compare with any more


def compare(pair: Pair, stock: Stock) -> None:
    assert stock.waiting() == {name: n for name, n in pair.counts["waiting"].items() if is_activity(name)}
    assert stock.completed() == {name: n for name, n in pair.counts["completed"].items() if is_activity(name)}
    assert stock.workflow.completed == (pair.over == "completed")
