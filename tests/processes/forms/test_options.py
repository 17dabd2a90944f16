"""What can be chosen in a form is named by an id: a label that was cut at a slash or a bracket leaves other values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.each import each
from tests.processes.process_drawing import ROOT

_FORMS = sorted((ROOT / "forms").rglob("*.form"))
_VALUE = re.compile(r"[A-Za-z0-9_]+")


def options(components: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for component in components:
        yield from component.get("values") or ()
        yield from options(component.get("components", []))


@each("path", _FORMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_option_has_an_id_and_a_whole_label(path: Path) -> None:
    for option in options(json.loads(path.read_text("utf-8"))["components"]):
        assert _VALUE.fullmatch(option["value"]), option
        assert option["label"].count("(") == option["label"].count(")"), option
