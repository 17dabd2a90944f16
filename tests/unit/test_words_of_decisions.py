"""What decision tables say reads in Chinese: every code of theirs has a word, in a form or in ``engine.labels``."""

import json
import re
from pathlib import Path

from engine import dmn
from engine.labels import labels_of
from tests.each import each

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r'"([a-z][a-z0-9_]*)"')
#: Read by the machine alone, and by its own pages.
_INTERNAL = {
    "start_offer",
    "first_sentence",
    "task_sla",
    "audit_agent_month",
    "audit_payment",
    "audit_step",
    "audit_windows",
}
LABELS = labels_of({str(path): json.loads(path.read_bytes()) for path in sorted((ROOT / "forms").rglob("*.form"))})
TABLES = sorted((ROOT / "processes" / "decisions").glob("*.dmn"))


@each("path", [path for path in TABLES if path.stem not in _INTERNAL], ids=lambda path: path.stem)
def test_every_code_of_a_table_has_a_word(path):
    for decision in dmn.load(path.read_bytes()).decisions.values():
        names = [clause.expression for clause in decision.inputs] + [clause.name for clause in decision.outputs]
        cells = [(name, cell) for rule in decision.rules for name, cell in zip(names, rule.cells, strict=True)]
        codes = {(name, code) for name, cell in cells for code in _CODE.findall(cell)}
        assert [each for each in sorted(codes) if LABELS.value(*each) == each[1]] == []
        assert [clause.name for clause in decision.outputs if not (clause.label or LABELS.names.get(clause.name))] == []
