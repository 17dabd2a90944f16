"""The guard of the process tests works: a text that Python would evaluate is noticed."""

from __future__ import annotations

import pytest

from tests.engine.shop_desk import ShopDesk


def test_eval_and_exec_raise_while_processes_run(desk: ShopDesk) -> None:
    desk.inquire()
    with pytest.raises(AssertionError, match="eval was called"):
        eval("1 + 1")
    with pytest.raises(AssertionError, match="exec was called"):
        exec("x = 1")
