"""Texts that went out: no braces, and nothing missing that the flow knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from tests.processes.process_drawing import ROOT
from tests.processes.walks.record import Record

_NOTHING = "暂无"
#: What a text says of an order too that the shop does not know.
_ALWAYS = frozenset({"order_id", "waybill_no", "payout_amount", "comp_amount", "repair_fee", "price_difference"})
#: What need not be known when a text goes out: (template or element, name) → why.
OPTIONAL: dict[tuple[str, str], str] = {
    ("T06B", "courier_ticket_no"): "not every courier gives a number",
    ("T10A", "last_location"): "the agent need not enter it, and the courier may not tell",
    ("T10B", "last_location"): "as in T10A",
    ("C10B", "last_location"): "as in T10A",
    ("act_tm_intercept", "waybill_no"): "06 may be told that an order has left whose parcel nobody knows",
}


def text_rules(record: Record) -> Iterator[str]:
    """Sentences on what does not hold."""
    for letter in record.letters:
        if letter.template or letter.audience == "staff":
            yield from _letter(record, letter)


def _letter(record: Record, letter: Row[Any]) -> Iterator[str]:
    source = _source(record, letter)
    if source is None:
        return
    if "{" in letter.text:  # nobody enters one
        yield f"case {letter.case_id}: {letter.element} wrote a brace: {letter.text}"
    for name in _missing(source, letter.text):
        optional = (letter.template or letter.element, name) in OPTIONAL
        unknown = record.instances[letter.instance].row.order_id not in record.walk.world.orders
        if not optional and not (unknown and name not in _ALWAYS):
            yield f"case {letter.case_id}: {letter.element} ({letter.template}) does not know {name}: {letter.text}"


def _source(record: Record, letter: Row[Any]) -> str | None:
    if letter.template:
        return (ROOT / f"processes/templates/{letter.template}.txt").read_text("utf-8").strip()
    process_id = record.instances[letter.instance].process_id
    node = record.drawing(process_id).nodes.get(letter.element)
    return None if node is None else node.headers.get("text")


def _missing(source: str, text: str) -> list[str]:
    """Names of the placeholders that read 暂无."""
    names = re.findall(r"\{([^{}]+)\}", source)
    if _NOTHING not in text:
        return []
    pattern = re.sub(r"\\\{[^{}]+?\\\}", "(.*?)", re.escape(source))
    found = re.fullmatch(pattern, text, re.DOTALL)
    if found is None:
        return ["?"]
    return [name for name, value in zip(names, found.groups(), strict=True) if value == _NOTHING]
