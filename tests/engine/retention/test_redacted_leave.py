"""A case whose time is over still leaves the house: what stayed of it is exported, and its case file is provable."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from engine import audit, eventlogs, retention
from tests.engine.audit.conftest import seal
from tests.engine.casefile.test_case_file import Given, make
from tests.engine.casefile.test_case_file import stranger as stranger
from tests.engine.retention.conftest import DUE, ZHAO, ZHENG
from tests.engine.shop_desk import ShopDesk


@pytest.fixture
def redacted(desk: ShopDesk, ended: str) -> str:
    """Sealed while its values were there, and again when they are gone."""
    seal(desk)
    desk.clock.advance_to(DUE)
    retention.run(desk.db, desk.definitions, now=desk.clock.now())
    seal(desk)
    return ended


def test_the_record_is_whole_before_and_after(desk: ShopDesk, redacted: str) -> None:
    assert audit.verify(desk.db).whole
    assert audit.re_execute(desk.db, redacted).redacted


@pytest.mark.parametrize("unmasked", [False, True])
def test_a_stranger_checks_the_case_file_of_a_redacted_case(
    desk: ShopDesk, redacted: str, stranger: Path, tmp_path: Path, *, unmasked: bool
) -> None:
    make(desk, ZHAO if unmasked else ZHENG, redacted, tmp_path / "file.zip", unmasked=unmasked)
    given = Given(python=stranger, path=tmp_path / "file.zip", key="", head="")
    code, said = given.check()
    assert code == 0, said
    assert "p10_courier_query v1 的图、表单和决策表就是当时生效的" in said
    assert " 0 个值可证" not in said
    with zipfile.ZipFile(given.path) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    for gone in ("张三", "13800000000", "西湖区"):
        assert gone.encode() not in everything


def test_what_stayed_of_its_values_is_exported(desk: ShopDesk, redacted: str) -> None:
    selection = eventlogs.read_selection(case_ids=[redacted])
    made = eventlogs.export(desk.db, desk.definitions, desk.clock, ZHENG, selection, form="jsonl")
    with made.content as content:
        lines = [json.loads(line) for line in content.read().decode().splitlines()]
    assert any(line.get("value") for line in lines), lines[:3]
    assert "张三" not in json.dumps(lines, ensure_ascii=False)
