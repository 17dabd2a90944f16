"""From a buyer's first sentence to the process that it needs: ranked suggestions, by two tables that owners edit.

``first_sentence`` says what words mean; ``dmn_aftersales_routing`` turns a class of after-sales matters into a process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, select

from engine import dmn, search, shop
from engine.definitions import bytes_of
from engine.errors import EngineError
from engine.model import Actor, Value
from engine.queries import studio
from engine.queries.base import RUNNING
from engine.queries.buyers_words import normalised, numbers_in, order_said
from engine.queries.process_views import StartOption
from engine.queries.starting import situation_of
from engine.queries.visibility import visible_case
from engine.store.tables import current_resource, definition, process_instance, resource

if TYPE_CHECKING:
    from engine.definitions import Definitions

_log = structlog.get_logger(__name__)
#: Id of the decision: words of a sentence → class or process, hints, ``weight`` and ``reason``.
WORDS: Final = "first_sentence"
#: Id of the decision: class of an after-sales matter → ``target``.
ROUTING: Final = "dmn_aftersales_routing"
#: Where every after-sales contact may begin: offered where the words say nothing.
GENERAL_ENTRY: Final = "a03_aftersales_first_contact"
#: Weights of one process, added up: from so many on it is most likely the right one; with fewer it is not shown.
_SURE: Final = Decimal(90)
_LEAST: Final = Decimal(20)
_MOST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What the tables say of a sentence: a process, deployed or not."""

    process_id: str
    #: Class of the after-sales matter; None: the words name the process itself.
    problem_class: str | None
    reason: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A process that the person may start, and why it fits the sentence."""

    option: StartOption
    problem_class: str | None
    #: Empty for the general entry.
    reason: str
    #: Whether it is most likely the right one.
    sure: bool
    #: Number of a running case of this process about the same order.
    running: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """The answer to a sentence."""

    #: The order that the sentence or the page is about; None: nobody said.
    order_id: str | None
    #: The best one first; empty where neither the words nor the general entry help.
    found: tuple[Suggestion, ...]
    #: Whether the words said something.
    understood: bool


def rank(words: dmn.Decision, routing: dmn.Decision, sentence: str, order_stage: str | None = None) -> tuple[Hint, ...]:
    """What the tables say, the best first; pure.

    Args:
        words: the decision ``first_sentence``.
        routing: the decision ``dmn_aftersales_routing``.
        sentence: as the buyer typed it.
        order_stage: stage of the order at hand; None: nobody knows of which order the buyer speaks.

    Raises:
        EngineError: a table is broken. Don't retry.
    """
    said = normalised(sentence)
    if not said:
        return ()
    rows = _rows(words.evaluate({"sentence": said, "order_stage": order_stage}.get).output)
    overseas = any(row.get("overseas") is True for row in rows)
    found: dict[str, Hint] = {}
    strongest: dict[str, Decimal] = {}
    for row in rows:
        process, weight, reason = _target(routing, row, overseas=overseas), row.get("weight"), row.get("reason")
        if process is None or not isinstance(weight, Decimal):
            continue
        before = found.get(process)
        if before is None or weight > strongest[process]:
            strongest[process] = weight
            kind, why = row.get("problem_class"), reason if isinstance(reason, str) else ""
            class_ = kind if isinstance(kind, str) else None
        else:
            class_, why = before.problem_class, before.reason
        total = weight if before is None else before.weight + weight
        found[process] = Hint(process_id=process, problem_class=class_, reason=why, weight=total)
    kept = (hint for hint in found.values() if hint.weight >= _LEAST)
    return tuple(sorted(kept, key=lambda hint: -hint.weight))  # of equals the table's first one


def _rows(output: object) -> list[Mapping[str, Value]]:
    return [row for row in output if isinstance(row, dict)] if isinstance(output, list) else []


def _target(routing: dmn.Decision, row: Mapping[str, Value], *, overseas: bool) -> str | None:
    problem_class = row.get("problem_class")
    if problem_class is None:
        process = row.get("process")
        return process if isinstance(process, str) else None
    inputs = {"problem_class": problem_class, "overseas": overseas, "missing_only": row.get("missing_only") is True}
    target = routing.evaluate(inputs.get).output
    return target if isinstance(target, str) else None


def read_suggestions(
    connection: Connection, definitions: Definitions, actor: Actor, sentence: str, sought: str, *, now: datetime
) -> Suggestions:
    """What the actor may start for a sentence, the best first.

    Args:
        connection: reads.
        definitions: what is deployed.
        actor: what he may not start is not offered.
        sentence: as the buyer typed it; an order's or parcel's number in it counts.
        sought: number of the order that the page is about, or "".
        now: aware.
    """
    order_id, facts = _order(connection, [*numbers_in(sentence), *filter(None, [sought])])
    stage = None if facts is None else _stage(connection, facts, now)
    hints = _hints(connection, sentence, stage)
    options = {option.process_id: option for option in studio.list_startable(connection, definitions, actor)}
    offered = [hint for hint in hints if hint.process_id in options][:_MOST]
    running = _running(connection, actor, order_id, [hint.process_id for hint in offered])
    found = tuple(
        Suggestion(
            option=options[hint.process_id],
            problem_class=hint.problem_class,
            reason=hint.reason,
            sure=hint.weight >= _SURE,
            running=running.get(hint.process_id),
        )
        for hint in offered
    )
    if not found and GENERAL_ENTRY in options and normalised(sentence):
        entry = options[GENERAL_ENTRY]
        found = (Suggestion(option=entry, problem_class=None, reason="", sure=False, running=None),)
    return Suggestions(order_id=order_id or order_said(sentence), found=found, understood=bool(offered))


def _order(connection: Connection, numbers: Iterable[str]) -> tuple[str | None, Mapping[str, Value] | None]:
    """The first order that a number names, with its facts; a customer's number names the order of who has only one."""
    for number in numbers:
        ids = search.orders_of_number(connection, number, limit=2)
        if ids and (len(ids) == 1 or ids[0].upper() == number.upper()):
            return ids[0], shop.order_facts(connection, ids[0])
    return None, None


def _stage(connection: Connection, facts: Mapping[str, Value], now: datetime) -> str | None:
    waybill_no = facts.get("waybill_no")
    parcel = shop.parcel_facts(connection, waybill_no) if isinstance(waybill_no, str) else None
    stage = situation_of(facts, parcel, now)["order_stage"]
    return stage if isinstance(stage, str) else None


def _hints(connection: Connection, sentence: str, stage: str | None) -> tuple[Hint, ...]:
    """What the tables in force say; nothing where there are none or one is broken."""
    query = (
        select(current_resource.c.id, resource.c.content)
        .join(resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == "decision", current_resource.c.id.in_((WORDS, ROUTING)))
    )
    contents = {row.id: bytes_of(row.content) for row in connection.execute(query)}
    if WORDS not in contents or ROUTING not in contents:
        return ()
    try:
        return rank(_decision(contents[WORDS], WORDS), _decision(contents[ROUTING], ROUTING), sentence, stage)
    except EngineError:  # an owner's table must not keep anybody from starting a case
        _log.exception("first_sentence.failed")  # of the sentence nothing is logged
        return ()


@lru_cache(maxsize=8)
def _decision(content: bytes, decision_id: str) -> dmn.Decision:
    return dmn.load(content).decisions[decision_id]


def _running(connection: Connection, actor: Actor, order_id: str | None, processes: Sequence[str]) -> Mapping[str, str]:
    """Process → number of its oldest running case about the order, of those that the actor may see."""
    if order_id is None or not processes:
        return {}
    query = (
        select(definition.c.process_id, process_instance.c.key)
        .join(definition, definition.c.key == process_instance.c.definition)
        .where(
            process_instance.c.order_id == order_id,
            process_instance.c.depth == 0,
            process_instance.c.status.concat("").in_(RUNNING),  # by order, see base.is_open
            definition.c.process_id.in_(processes),
            visible_case(actor),
        )
        .order_by(process_instance.c.key.desc())
    )
    return {row.process_id: str(row.key) for row in connection.execute(query)}
