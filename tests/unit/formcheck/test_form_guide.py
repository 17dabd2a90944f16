"""The guide to forms says what the lint takes."""

import json
import re
from pathlib import Path

from engine.formcheck import check_schema
from tests.unit.formcheck.form_samples import form, text

GUIDE = (Path(__file__).parents[3] / "docs" / "forms.md").read_text(encoding="utf-8")


def test_every_example_of_the_guide_passes_the_lint():
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
    assert {example["type"] for example in examples} == {"dynamiclist", "text", "expression"}
    assert check_schema(json.dumps(form(text(), *examples)).encode(), "guide.form") == []
