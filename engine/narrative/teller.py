"""Tells one event: who did it, with which values, and which smaller events its sentence tells of besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from engine.access import GROUPS
from engine.model import SYSTEM
from engine.narrative.patterns import BAD
from engine.narrative.reading import Reading, ref, value_of
from engine.narrative.told import Facts, Ref, Sentence
from engine.narrative.tongue import Tongue
from engine.queries import EventView

#: Shorter waits are not worth a word.
WORTH_SAYING = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Teller:
    """What every sentence is made with."""

    tongue: Tongue
    reading: Reading
    facts: Facts
    #: Person → the group in which they acted last in this case.
    acted: dict[str, str] = field(default_factory=dict)

    def who(self, event: EventView) -> str:
        """主管周敏; the system; a person without a name by the role alone."""
        return self.person(event.actor, event.actor_name)

    def person(self, id_: str, name: str = "") -> str:
        """A person by role and name."""
        if id_ == SYSTEM.id:
            return self.tongue.word("system")
        group = self._group(id_)
        known = name and name != id_
        if group is None:
            return name if known else id_
        role = self.tongue.role(group)
        if not known:
            return role
        return f"{role} {name}" if self.tongue.english else f"{role}{name}"

    def _group(self, id_: str) -> str | None:
        groups = self.facts.groups.get(id_, frozenset())
        acted = self.acted.get(id_)
        if acted is not None and (not groups or acted in groups):
            return acted
        return next((group for group in GROUPS if group in groups), acted)

    def remember(self, event: EventView) -> None:
        """By a task that somebody completes people know in which role they act."""
        began = self.reading.began.get(ref(event))
        groups = value_of(began).get("groups") if event.kind == "user_task.completed" and began is not None else None
        if isinstance(groups, list | tuple) and groups and event.actor != SYSTEM.id:
            belongs = self.facts.groups.get(event.actor, frozenset())
            self.acted[event.actor] = next((str(one) for one in groups if one in belongs), str(groups[0]))

    def step(self, event: EventView) -> str:
        """The element's name in quotation marks."""
        return self.tongue.step(event.element_name)

    def after(self, event: EventView) -> str:
        """How long it had waited, where that is an hour or more."""
        waited = self.reading.waited(event)
        if waited is None or waited < WORTH_SAYING:
            return ""
        return self.tongue.word("after", span=self.tongue.span(waited))

    def why(self, event: EventView, *names: str) -> str:
        """The first reason that the event gives."""
        given = value_of(event)
        text = next((given[name] for name in names or ("reason",) if given.get(name)), None)
        return self.tongue.word("why", text=self.tongue.text(str(text))) if text else ""

    def quoted(self, event: EventView, *names: str) -> str:
        """What somebody wrote, in quotation marks."""
        given = value_of(event)
        text = self.tongue.text(str(next((given[name] for name in names if given.get(name)), "")))
        return self.tongue.word("text", text=text.rstrip("。."))

    def named(self, event: EventView, id_: object, name: object = None) -> str:
        """A person or a group that an event speaks of by id; nobody for None."""
        text = str(id_ or "")
        if not text:
            return self.tongue.word("nobody")
        known = str(name or event.people_names.get(text) or "")
        if not known and (text in GROUPS or "," in text):
            return self.tongue.groups(text)
        if known == self.tongue.group(text):
            return known
        return self.person(text, known or self._seen(text))

    def _seen(self, id_: str) -> str:
        return next((one.actor_name for one in self.reading.events if one.actor == id_), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A kind of sentence with what fills it in, and further events that it tells of."""

    kind: str
    facts: dict[str, str]
    besides: tuple[Ref, ...] = ()


#: Makes what is said of an event; None: there is nothing to say.
Saying: TypeAlias = Callable[[Teller, EventView], Said | None]


def sentence(teller: Teller, event: EventView, said: Said) -> Sentence:
    """The sentence without its time of day."""
    text = teller.tongue.say(said.kind, **said.facts)
    refs = tuple(dict.fromkeys((ref(event), *said.besides)))
    return Sentence(text=text, refs=refs, at=event.at, bad=said.kind in BAD)
