"""zen-engine 2.1.3: a language and tables of its own, in Rust."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import zen

from bench.expressions.work import CONDITIONS, LAST, TABLE_NAMES, rows


def value(given: Any) -> Any:
    """A number as a float; a date stays a text, which its ``d()`` reads."""
    return float(given) if isinstance(given, str) and given.replace(".", "").isdigit() else given


def _table(offset: int) -> str:
    fields = ("member", "reason", "amount")
    rules = [
        {
            "_id": f"r{number}",
            "member": str(row.member).lower(),
            "reason": ",".join(f'"{reason}"' for reason in row.reasons),
            "amount": f"[{row.low}..{row.high})",
            "answer": f'"{row.answer}"',
        }
        for number, row in enumerate(rows(offset), 1)
    ]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": field, "name": field, "field": field} for field in fields],
        "outputs": [{"id": "answer", "name": "answer", "field": "answer"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "out", "type": "outputNode", "name": "out", "content": {}},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return json.dumps({"nodes": [{**node, "position": {"x": 0, "y": 0}} for node in nodes], "edges": edges})


class Zen:
    """zen-engine."""

    what = "zen-engine 2.1.3: its own language with ASCII names and binary floats; hit policy first, with its trace"

    def condition(self, name: str, salt: int) -> Callable[[dict[str, Any]], Any]:
        evaluate: Callable[[dict[str, Any]], Any] = zen.compile_expression(CONDITIONS[name].zen).evaluate
        return evaluate

    def values(self, name: str, which: str) -> dict[str, Any]:
        condition = CONDITIONS[name]
        return {condition.names[key]: value(given) for key, given in getattr(condition, which).items()}

    def table(self, policy: str, salt: int) -> Callable[[dict[str, Any]], Any] | None:
        if policy != "FIRST":
            return None  # it has no unique
        decision = zen.ZenEngine().create_decision(_table(salt))
        options = {"trace": True}

        def answer(values: dict[str, Any]) -> Any:
            found = decision.evaluate(values, options)
            return found["result"]["answer"] if found["trace"]["table"]["traceData"]["rule"]["_id"] == "r20" else None

        return answer

    def table_values(self) -> dict[str, Any]:
        return {TABLE_NAMES[key]: value(given) for key, given in LAST.items()}


class ZenWithoutTrace(Zen):
    """The same, without the trace."""

    what = "the same without its trace: the answer alone"

    def table(self, policy: str, salt: int) -> Callable[[dict[str, Any]], Any] | None:
        if policy != "FIRST":
            return None
        decision = zen.ZenEngine().create_decision(_table(salt))
        return lambda values: decision.evaluate(values)["result"]["answer"]
