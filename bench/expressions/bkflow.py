"""bkflow-feel 1.2.0: FEEL in Python, without tables: twenty conditions in turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from bkflow_feel import parser, transformer

from bench.expressions.work import CONDITIONS, LAST, TABLE_NAMES, RuleRow, rows


def value(given: Any) -> Any:
    """A number as a float, a date as a date."""
    if isinstance(given, str) and given[:4].isdigit() and given.count("-") == 2:
        return date.fromisoformat(given)
    return float(given) if isinstance(given, str) and given.replace(".", "").isdigit() else given


def _condition(row: RuleRow) -> str:
    first, second = row.reasons
    member = f"member = {str(row.member).lower()}"
    return f'{member} and (reason = "{first}" or reason = "{second}") and amount >= {row.low} and amount < {row.high}'


class Bkflow:
    """bkflow-feel."""

    what = "bkflow-feel 1.2.0: FEEL with ASCII names and binary floats; no tables: twenty conditions in turn"

    def condition(self, name: str, salt: int) -> Callable[[dict[str, Any]], Any]:
        evaluate: Callable[[dict[str, Any]], Any] = transformer.transform(
            parser.parse(CONDITIONS[name].bkflow)
        ).evaluate
        return evaluate

    def values(self, name: str, which: str) -> dict[str, Any]:
        condition = CONDITIONS[name]
        return {condition.names[key]: value(given) for key, given in getattr(condition, which).items()}

    def table(self, policy: str, salt: int) -> Callable[[dict[str, Any]], Any] | None:
        pairs = [(transformer.transform(parser.parse(_condition(row))), row.answer) for row in rows(salt)]

        def first(values: dict[str, Any]) -> Any:
            for condition, answer in pairs:
                if condition.evaluate(values):
                    return answer
            return None

        def unique(values: dict[str, Any]) -> Any:
            answers = [answer for condition, answer in pairs if condition.evaluate(values)]
            return answers[0] if len(answers) == 1 else None

        return unique if policy == "UNIQUE" else first

    def table_values(self) -> dict[str, Any]:
        return {TABLE_NAMES[key]: value(given) for key, given in LAST.items()}
