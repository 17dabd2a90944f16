"""What people do around a process: hand-overs, questions, promises, looks at personal data, repairs, cancellations."""

from __future__ import annotations

from typing import Final

from engine import shop
from engine.model import Value
from engine.narrative.patterns import WORDS
from engine.narrative.reading import mapping_in, ref, value_of
from engine.narrative.teller import Said, Saying, Teller
from engine.queries import EventView


def _plain(teller: Teller, event: EventView) -> Said:
    """Who, where, why: enough for most kinds."""
    why = teller.why(event, "reason", "note", "text")
    return Said(kind=event.kind, facts={"who": teller.who(event), "step": teller.step(event), "why": why})


def _said(teller: Teller, event: EventView) -> Said:
    """What somebody wrote, and to whom."""
    given = value_of(event)
    facts = {"who": teller.who(event), "text": teller.quoted(event, "text", "question", "after")}
    return Said(kind=event.kind, facts={**facts, "to": teller.named(event, given.get("to"), given.get("to_name"))})


def _passed(teller: Teller, event: EventView) -> Said:
    """From whom to whom, and why."""
    given = value_of(event)
    after = given.get("after") or given.get("to")
    facts = {
        "who": teller.who(event),
        "step": teller.step(event),
        "before": teller.named(event, given.get("before")),
        "to": teller.named(event, after, given.get("to_name")),
        "why": teller.why(event),
    }
    return Said(kind=event.kind, facts=facts)


def _alarmed(teller: Teller, event: EventView) -> Said:
    """Who was told of a due time."""
    given = value_of(event)
    due = given.get("due_at")
    said = teller.tongue.word("due", at=teller.tongue.moment(due)) if due else ""
    to = teller.named(event, given.get("to"), given.get("to_name"))
    return Said(kind=event.kind, facts={"step": teller.step(event), "to": to, "due": said})


def _rescheduled(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    why = str(given.get("why") or "")
    said = teller.tongue.word("why", text=teller.tongue.word(why)) if why in WORDS else ""
    at = teller.tongue.moment(given.get("after"))
    return Said(kind=event.kind, facts={"step": teller.step(event), "at": at, "why": said})


def _followed_up(teller: Teller, event: EventView) -> Said:
    at = value_of(event).get("after")
    facts = {"who": teller.who(event), "step": teller.step(event), "at": teller.tongue.moment(at)}
    return Said(kind=event.kind if at else f"{event.kind}:none", facts=facts)


def _promised(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    by_default = event.kind == "promise.made" and given.get("by_default") is True
    facts = {
        "who": teller.who(event),
        "at": teller.tongue.moment(given.get("promised_at")),
        "before": teller.tongue.moment(given.get("before")),
        "why": teller.why(event),
    }
    return Said(kind=f"{event.kind}:default" if by_default else event.kind, facts=facts)


def _confirmed(teller: Teller, event: EventView) -> Said:
    phrases = value_of(event).get("phrases")
    said = teller.tongue.listed(map(str, phrases)) if isinstance(phrases, list | tuple) else ""
    return Said(kind=event.kind, facts={"who": teller.who(event), "text": teller.tongue.text(said)})


def _revealed(teller: Teller, event: EventView) -> Said:
    name = str(value_of(event).get("field") or "")
    labels = teller.tongue.labels
    shown = labels.names.get(name) or shop.ORDER_LABELS.get(name) or labels.name(name)
    return Said(kind=event.kind, facts={"who": teller.who(event), "text": shown})


def _instructed(teller: Teller, event: EventView) -> Said:
    what = str(value_of(event).get("instruction") or "")
    said = teller.tongue.word(what) if what in WORDS else what
    return Said(kind=event.kind, facts={"who": teller.who(event), "text": said, "why": teller.why(event)})


def _reopened(teller: Teller, event: EventView) -> Said:
    return Said(kind=event.kind, facts={"case": str(value_of(event).get("case") or "")})


def _linked(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    facts = {"case": str(given.get("case") or ""), "process": str(given.get("process") or "")}
    return Said(kind=event.kind, facts=facts)


def _scheduled(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    kind = f"{event.kind}:late" if given.get("late") is True else event.kind
    return Said(kind=kind, facts={"at": teller.tongue.moment(given.get("scheduled_at"))})


def _hurried(teller: Teller, event: EventView) -> Said:
    given = value_of(event)
    priority = str(given.get("after") or "")
    facts = {
        "process": event.process_name,
        "priority": teller.tongue.word(priority) if priority in WORDS else priority,
        "case": str(given.get("by_case") or ""),
    }
    return Said(kind=event.kind, facts=facts)


def _cancelled(teller: Teller, event: EventView) -> Said:
    inner = event.stream != teller.reading.root
    facts = {"who": teller.who(event), "process": event.process_name, "why": teller.why(event)}
    if inner:
        return Said(kind=f"{event.kind}:inner", facts=facts)
    with_it = (one for one in teller.reading.events if (one.kind, one.at) == (event.kind, event.at))
    return Said(kind=event.kind, facts=facts, besides=tuple(map(ref, with_it)))


def _moved(teller: Teller, event: EventView) -> Said:
    return Said(kind=event.kind, facts={"who": teller.who(event), "what": _what_moved(teller, event)})


def _what_moved(teller: Teller, event: EventView) -> str:
    given = value_of(event)
    names = {end: _names(teller, event, given.get(end)) for end in ("cancelled", "activated")}
    return teller.tongue.word("moved", **names)


def _names(teller: Teller, event: EventView, ids: Value) -> str:
    steps = ids if isinstance(ids, list | tuple) else ()
    named = (teller.tongue.step(event.element_names.get(str(id_), str(id_))) for id_ in steps)
    return teller.tongue.listed(named) or teller.tongue.word("nothing")


def _version(teller: Teller, event: EventView) -> str:
    """The number of the version to which the case went, which the same step pins."""
    pinned = [one for one in teller.reading.step(event) if one.kind == "definition.pinned"]
    return str(value_of(pinned[0]).get("version", "")) if pinned else ""


def _migrated(teller: Teller, event: EventView) -> Said:
    """Without the note of who did it: a history that was cut."""
    what = teller.tongue.word("migrated", version=_version(teller, event))
    return Said(kind=event.kind, facts={"what": what, "who": teller.who(event)})


def _repaired(teller: Teller, event: EventView) -> Said:
    """A repair with what the process made of it, which stands in the same step."""
    what, values, besides = "", "", []
    for one in teller.reading.step(event):
        if one.kind == "instance.modified":
            what = _what_moved(teller, one)
        elif one.kind == "instance.migrated":
            what = teller.tongue.word("migrated", version=_version(teller, event))
        elif one.kind == "element.skipped":
            what = teller.tongue.word("skipped", steps=teller.step(one))
        elif one.kind == "incident.resolved":
            what = what or teller.tongue.word("mended", steps=teller.step(one))
        elif one.kind != "user_task.cancelled":
            continue
        values = values or teller.tongue.pairs(mapping_in(one, "after"))
        besides.append(ref(one))
    facts = {"who": teller.who(event), "what": what, "why": teller.why(event), "values": values}
    return Said(kind=event.kind, facts=facts, besides=tuple(besides))


#: Kind → what is said of it.
SAYINGS: Final[dict[str, Saying]] = {
    "instance.cancelled": _cancelled,
    "instance.suspended": _plain,
    "instance.resumed": _plain,
    "instance.repaired": _repaired,
    "instance.modified": _moved,
    "instance.migrated": _migrated,
    "instance.priority_changed": _hurried,
    "user_task.claimed": _plain,
    "user_task.unclaimed": _plain,
    "user_task.assigned": _passed,
    "user_task.reminded": _alarmed,
    "user_task.escalated": _alarmed,
    "user_task.rescheduled": _rescheduled,
    "user_task.follow_up_set": _followed_up,
    "flag_note.written": _plain,
    "wording.confirmed": _confirmed,
    "comment.added": _said,
    "comment.withdrawn": _plain,
    "inquiry.asked": _said,
    "inquiry.answered": _said,
    "inquiry.withdrawn": _plain,
    "inquiry.overdue": _alarmed,
    "feedback.given": _said,
    "exception.reported": _said,
    "exception.acknowledged": _plain,
    "exception.escalated": _alarmed,
    "promise.made": _promised,
    "promise.changed": _promised,
    "promise.confirmed": _promised,
    "promise.broken": _promised,
    "attachment.revealed": _plain,
    "personal.revealed": _revealed,
    "case.printed": _plain,
    "case.result_noted": _said,
    "case.reopened": _reopened,
    "case.linked": _linked,
    "case.scheduled": _scheduled,
    "case.owner_changed": _passed,
    "case.transfer_requested": _passed,
    "case.transfer_accepted": _plain,
    "case.transfer_returned": _plain,
    "case.transfer_withdrawn": _plain,
    "case.transfer_unanswered": _plain,
    "case.instruction_asked": _plain,
    "case.instructed": _instructed,
}
