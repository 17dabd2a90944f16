"""Kefuflow: compiled conditions, and decision tables that say which rows hit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from bench.expressions.work import CONDITIONS, LAST, rows
from engine import dmn
from engine.feel import compile_expression

_HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="bench">'


def value(given: Any) -> Any:
    """A number as a decimal, a date as a date."""
    if isinstance(given, str) and given[:4].isdigit() and given.count("-") == 2:
        return date.fromisoformat(given)
    if isinstance(given, str) and given.replace(".", "").isdigit():
        return Decimal(given)
    return Decimal(given) if type(given) is int else given


def _table(policy: str, offset: int) -> bytes:
    def text(tag: str, inner: str, kind: str = "") -> str:
        return f"<{tag}{kind}><text>{inner}</text></{tag}>"

    columns = (("会员", "boolean"), ("退货原因", "string"), ("订单金额", "number"))
    reads = [text("inputExpression", name, f' typeRef="{kind}"') for name, kind in columns]
    head = "".join(f"<input>{read}</input>" for read in reads)
    rules = "".join(
        "<rule>"
        + text("inputEntry", str(row.member).lower())
        + text("inputEntry", ",".join(f'"{reason}"' for reason in row.reasons))
        + text("inputEntry", f"[{row.low}..{row.high})")
        + text("outputEntry", f'"{row.answer}"')
        + "</rule>"
        for row in rows(offset)
    )
    table = f'<decisionTable hitPolicy="{policy}">{head}<output name="做法" typeRef="string"/>{rules}</decisionTable>'
    return f'{_HEAD}<decision id="d" name="d">{table}</decision></definitions>'.encode()


class Ours:
    """Kefuflow."""

    what = "Kefuflow: FEEL with Chinese names and exact decimals"

    def condition(self, name: str, salt: int) -> Callable[[dict[str, Any]], Any]:
        # An unused name makes every salt's source a new one: the compiler remembers sources.
        expression = compile_expression(CONDITIONS[name].feel, frozenset({f"n{salt}"}))
        return lambda values: expression(values.get)

    def values(self, name: str, which: str) -> dict[str, Any]:
        return {key: value(given) for key, given in getattr(CONDITIONS[name], which).items()}

    def table(self, policy: str, salt: int) -> Callable[[dict[str, Any]], Any] | None:
        decision = dmn.load(_table(policy, salt)).decisions["d"]

        def answer(values: dict[str, Any]) -> Any:
            result = decision.evaluate(values.get)
            return result.output if result.rules == (20,) else None

        return answer

    def table_values(self) -> dict[str, Any]:
        return {key: value(given) for key, given in LAST.items()}
