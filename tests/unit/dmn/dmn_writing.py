"""Writes decision models for tests: a table is a list of rows."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="https://kefuflow/t">'
)


def model(*parts: str) -> bytes:
    return (HEAD + "".join(parts) + "</definitions>").encode()


def _text(tag: str, text: str, attributes: str = "") -> str:
    return f"<{tag}{attributes}><text>{escape(text)}</text></{tag}>"


def _input(clause: str) -> str:
    """``label: type = expression | allowed values``; all but the expression may be left out."""
    head, _, allowed = clause.partition(" | ")
    name, _, expression = head.partition(" = ")
    label, _, kind = name.partition(": ")
    expression = expression or label
    values = _text("inputValues", allowed) if allowed else ""
    reference = f' typeRef="{kind}"' if kind else ""
    return f"<input label={quoteattr(label)}>{_text('inputExpression', expression, reference)}{values}</input>"


def _output(clause: str) -> str:
    """``name: type | allowed values | default``."""
    head, _, rest = clause.partition(" | ")
    values, _, default = rest.partition(" | ")
    name, _, kind = head.partition(": ")
    attributes = f' name="{name}"' + (f' typeRef="{kind}"' if kind else "")
    inner = (_text("outputValues", values) if values else "") + (
        _text("defaultOutputEntry", default) if default else ""
    )
    return f"<output{attributes}>{inner}</output>"


def table(
    inputs: Sequence[str], outputs: Sequence[str], rows: Sequence[Sequence[str]], policy: str = "UNIQUE", more: str = ""
) -> str:
    width = len(inputs)
    rules = "".join(
        f'<rule id="row_{number}">'
        + "".join(_text("inputEntry" if i < width else "outputEntry", cell) for i, cell in enumerate(row))
        + "</rule>"
        for number, row in enumerate(rows, 1)
    )
    head = "".join(map(_input, inputs)) + "".join(map(_output, outputs))
    return f'<decisionTable id="t" hitPolicy="{policy}"{more}>{head}{rules}</decisionTable>'


def decision(logic: str, name: str = "d", requires: str = "", kind: str = "") -> str:
    reference = f' typeRef="{kind}"' if kind else ""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"{reference}/>{requires}{logic}</decision>'


def literal(text: str) -> str:
    return _text("literalExpression", text)


def needs(*hrefs: str) -> str:
    made = ""
    for href in hrefs:
        kind, _, target = href.partition(":")
        holder = "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"
        made += f'<{holder}><{kind} href="#{target}"/></{holder}>'
    return made
