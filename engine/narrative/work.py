"""What people and the system do in a process: tasks, decisions, jobs, messages, calls, beginnings and ends."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engine.model import SYSTEM, Value
from engine.narrative.reading import mapping_in, payment_in, ref, value_of
from engine.narrative.teller import Said, Saying, Teller
from engine.narrative.told import Ref
from engine.queries import EventView


def _started(teller: Teller, event: EventView) -> Said:
    kind = "instance.started:system" if event.actor == SYSTEM.id else "instance.started"
    values = teller.tongue.pairs(mapping_in(event, "variables"))
    return Said(kind=kind, facts={"who": teller.who(event), "process": event.process_name, "values": values})


def _ended(teller: Teller, event: EventView) -> Said:
    end = value_of(event).get("end_state_name") or value_of(event).get("end_state")
    result = teller.tongue.word("result", text=str(end)) if end else ""
    return Said(kind=event.kind, facts={"result": result}, besides=_of_end(teller, event))


def _of_end(teller: Teller, event: EventView) -> tuple[Ref, ...]:
    """The end event and what it wrote into registers."""
    end = value_of(event).get("end_state")
    kinds = ("element.completed", "register.written")
    return tuple(ref(one) for one in teller.reading.step(event) if one.kind in kinds and one.element == end)


def _task_done(teller: Teller, event: EventView) -> Said:
    given = {**mapping_in(event, "variables")}
    variant, hidden, facts = _variant(teller, event, given)
    besides = [ref(one) for one in teller.reading.beside(event, "register.written", "wording.confirmed")
               if one.kind == "register.written"]  # fmt: skip
    if began := teller.reading.began.get(ref(event)):
        besides.append(ref(began))
    facts |= {
        "who": teller.who(event),
        "again": teller.tongue.nth(teller.reading.times.get(ref(event), 1)),
        "step": teller.step(event),
        "values": teller.tongue.pairs(given, without=hidden),
        "after": teller.after(event),
    }
    return Said(kind=f"user_task.completed{variant}", facts=facts, besides=tuple(besides))


def _variant(
    teller: Teller, event: EventView, given: Mapping[str, Value]
) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """What sort of task it was: its variant, the values that the variant itself says, and these in words."""
    paid = payment_in(event)
    if paid is not None:
        return ":paid", ("pay_ok", "paid_amount"), {"amount": teller.tongue.money(paid)}
    if given.get("pay_ok") is False:
        return ":unpaid", ("pay_ok",), {}
    approved = approval_in(given)
    if approved is not None:
        name, agreed = approved
        return (":approved" if agreed else ":refused"), (name,), {}
    amount = given.get("comp_amount")
    if isinstance(amount, Decimal | int) and not isinstance(amount, bool) and amount > 0:
        return ":proposed", ("comp_amount",), {"amount": teller.tongue.money(amount)}
    return "", (), {}


def approval_in(given: Mapping[str, Value]) -> tuple[str, bool] | None:
    """The variable by which a task approves or refuses, and which of the two."""
    found = ((name, value) for name, value in given.items() if name.endswith("_approved") and isinstance(value, bool))
    return next(found, None)


def _task_over(teller: Teller, event: EventView) -> Said:
    return Said(kind=event.kind, facts={"step": teller.step(event), "after": teller.after(event)})


def _with_values(teller: Teller, event: EventView) -> Said:
    """Of what sets variables: those that it set."""
    given = mapping_in(event, "variables") or mapping_in(event, "payload") or mapping_in(event, "after")
    registers = tuple(ref(one) for one in teller.reading.beside(event, "register.written") if one is not event)
    facts = {
        "who": teller.who(event),
        "step": teller.step(event),
        "values": teller.tongue.pairs(given),
        "after": teller.after(event),
    }
    return Said(kind=event.kind, facts=facts, besides=registers)


def _scripted(teller: Teller, event: EventView) -> Said | None:
    """A script is told where it found something that people have a word for."""
    said = _with_values(teller, event)
    return said if said.facts["values"] or said.besides else None


def _register(teller: Teller, event: EventView) -> Said:
    values = teller.tongue.pairs(mapping_in(event, "values"))
    return Said(kind=event.kind, facts={"step": teller.step(event), "values": values})


def _registered(teller: Teller, event: EventView) -> Said:
    said = _with_values(teller, event)
    came = teller.reading.beside(event, "subscription.correlated")
    facts = {**said.facts, "after": teller.after(came[0])} if came else said.facts
    return Said(kind=said.kind, facts=facts, besides=tuple(map(ref, came)))


def _fired(teller: Teller, event: EventView) -> Said:
    began = teller.reading.began.get(ref(event))
    facts = {"step": teller.step(event), "after": teller.after(event)}
    return Said(kind=event.kind, facts=facts, besides=(ref(began),) if began else ())


def _failed(teller: Teller, event: EventView) -> Said:
    left = value_of(event).get("retries_left")
    count = int(left) if isinstance(left, Decimal | int) else 0
    said = teller.tongue.word("left", count=str(count)) if count else teller.tongue.word("none_left")
    why = teller.why(event, "problem")
    return Said(kind=event.kind, facts={"step": teller.step(event), "why": why, "left": said})


def _called(teller: Teller, event: EventView) -> Said:
    child = teller.reading.called.get(ref(event))
    facts = {
        "process": child.process_name if child else event.element_name or "",
        "again": teller.tongue.nth(teller.reading.times.get(ref(event), 1)),
    }
    return Said(kind=event.kind, facts=facts, besides=(ref(child),) if child else ())


def _came_back(teller: Teller, event: EventView) -> Said:
    ended = teller.reading.came_back.get(ref(event))
    if ended is None:  # its process did not run here: what it set is all that is known
        set_ = mapping_in(event, "after")
        values = teller.tongue.pairs(set_, without=[name for name in set_ if not teller.tongue.is_worded(name, set_)])
        return Said(kind=event.kind, facts={"process": event.element_name or "", "result": values})
    name = value_of(ended).get("end_state_name") or value_of(ended).get("end_state")
    said = teller.tongue.word("result", text=str(name)) if name else ""
    besides = (ref(ended), *_of_end(teller, ended))
    return Said(kind=event.kind, facts={"process": ended.process_name, "result": said}, besides=besides)


def _decided(teller: Teller, event: EventView) -> Said:
    tongue = teller.tongue
    rules = value_of(event).get("rules")
    hit = tongue.listed(tongue.value("", rule) for rule in rules) if isinstance(rules, list | tuple) else ""
    kept = teller.reading.beside(event, "element.completed", "register.written")
    result = _conclusion(teller, event, kept)
    facts = {
        "step": teller.step(event),
        "inputs": tongue.asked(mapping_in(event, "inputs")),
        "rules": tongue.word("rules", rules=hit) if hit else tongue.word("no_rule"),
        "result": tongue.word("concluded", text=result) if result else "",
    }
    return Said(kind=event.kind, facts=facts, besides=tuple(map(ref, kept)))


def _conclusion(teller: Teller, event: EventView, kept: list[EventView]) -> str:
    """The output in the words of the variable that keeps it."""
    output = value_of(event).get("output")
    if isinstance(output, Mapping):
        return teller.tongue.listed(teller.tongue.worded(output))
    holders = [name for one in kept for name, value in mapping_in(one, "after").items() if value == output]
    worded = (name for name in holders if teller.tongue.is_worded(name, {name: output}))
    name = next(worded, "") or teller.tongue.holder(output)
    return teller.tongue.value(name, output) or teller.tongue.word("nothing")


def _written(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    audience = str(given.get("audience") or "")
    to = teller.tongue.word(audience) if audience in _AUDIENCES else audience
    jobs = tuple(map(ref, teller.reading.beside(event, "job.completed")))
    if given.get("template") and event.element:
        facts = {"template": str(given["template"]), "to": to, "step": teller.step(event)}
        return Said(kind=event.kind, facts=facts, besides=jobs)
    kind = "outbox.written:text" if event.element else "outbox.written:letter"
    return Said(
        kind=kind, facts={"who": teller.who(event), "to": to, "text": teller.quoted(event, "text")}, besides=jobs
    )


_AUDIENCES: Final = frozenset({"customer", "courier", "staff", "platform"})


def _order(teller: Teller, event: EventView) -> Said:
    jobs = tuple(map(ref, teller.reading.beside(event, "job.completed")))
    facts = {
        "order": str(value_of(event).get("order_id") or ""),
        "values": teller.tongue.pairs(mapping_in(event, "after")),
    }
    return Said(kind=event.kind, facts=facts, besides=jobs)


def _evidence(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    files = given.get("files")
    names = (
        [mapping.get("name") for mapping in files if isinstance(mapping, Mapping)] if isinstance(files, list) else []
    )
    told = {"evidence": names, "platform_case_no": given.get("platform_case_no")}
    jobs = tuple(map(ref, teller.reading.beside(event, "job.completed")))
    return Said(kind=event.kind, facts={"values": teller.tongue.pairs(told)}, besides=jobs)


def _step_and_why(teller: Teller, event: EventView) -> Said:
    facts = {"step": teller.step(event), "why": teller.why(event, "escalation_code", "message", "reason")}
    return Said(kind=event.kind, facts=facts)


#: Kind → what is said of it.
SAYINGS: Final[dict[str, Saying]] = {
    "instance.started": _started,
    "instance.completed": _ended,
    "element.completed": _scripted,
    "element.skipped": _with_values,
    "user_task.completed": _task_done,
    "user_task.cancelled": _task_over,
    "user_task.progress_saved": _with_values,
    "job.completed": _with_values,
    "job.failed": _failed,
    "job.cancelled": _step_and_why,
    "timer.fired": _fired,
    "subscription.correlated": _with_values,
    "event.registered": _registered,
    "call.started": _called,
    "call.completed": _came_back,
    "decision.evaluated": _decided,
    "register.written": _register,
    "message.thrown": _with_values,
    "signal.thrown": _with_values,
    "escalation.thrown": _step_and_why,
    "incident.created": _step_and_why,
    "incident.resolved": _step_and_why,
    "order.updated": _order,
    "priority.asked": _order,
    "evidence.submitted": _evidence,
    "outbox.written": _written,
    "outbox.delivered": _step_and_why,
}
