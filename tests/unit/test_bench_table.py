"""The table of what was measured says what the results say, and nothing of what they don't."""

import re
from typing import Any

import pytest

from bench.__main__ import SECTIONS
from bench.table import ROWS, table


def w2(ratio: float, **more: Any) -> dict[str, Any]:
    return {"at": "2026-11-28T23:16:14+00:00", "ours": {"ratio": ratio}, **more}


def w1(naive: float, best: float) -> dict[str, Any]:
    place = {"ratios": {"naive": naive, "best": best}, "rows": {"ours": {"median_us": 243.6}}}
    return {"at": "2026-11-30T21:16:14+00:00", "python": "3.11.7", "places": {"in memory": place}}


def test_a_section_that_was_not_measured_has_no_row() -> None:
    assert table({}).count("\n") == 1
    assert [line.split(" | ")[0] for line in table({"w2": w2(1.0)}).splitlines()[2:]] == ["| w2"]


@pytest.mark.parametrize(("ratio", "word"), [(1.2, "kept"), (1.21, "**missed**")])
def test_a_budget_is_kept_up_to_its_edge(ratio: float, word: str) -> None:
    assert table({"w2": w2(ratio)}).endswith(f"| {word} |")


def test_what_was_not_noted_is_not_made_up() -> None:
    assert "| w2 | 2026-11-28 | – | – | – |" in table({"w2": w2(1.0)})
    noted = w2(1.0, where={"cores": 2, "load": 0.3, "python": "3.12.1"})
    assert "| w2 | 2026-11-28 | 2 | 0.3 | 3.12.1 |" in table({"w2": noted})


def test_each_promise_of_a_section_is_judged_by_itself() -> None:
    row = table({"w1": w1(4.0, 1.29)}).splitlines()[-1]
    assert "4.00 × naive<br>1.29 × best<br>a completion 244 µs in memory" in row
    assert re.search(r"\| kept<br>\*\*missed\*\*<br> \|$", row)


def test_every_section_has_a_row() -> None:
    assert set(ROWS) == set(SECTIONS)
