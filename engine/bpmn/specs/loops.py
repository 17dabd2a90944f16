"""Activities in rounds: multi-instance and standard loops. The loop's token holds those of its rounds.

Source: BPMN 2.0.2 §13.3.6, §13.3.7.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from engine.bpmn.problem import Problem, checked, holds
from engine.bpmn.specs.base import Node, overlaid
from engine.bpmn.specs.events import send, throw_signal, thrown_message
from engine.bpmn.trigger import EventDefinition, Trigger
from engine.model import MessageThrown, Value

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.feel import Expression

MAX_ITEMS: Final = 1_000


class Loop(Node):
    """An activity that is done in rounds, each by a token of ``inner`` with a local ``loopCounter``."""

    inner: Node

    def begin(self, token: Token, counter: int, **given: Value) -> Token:
        """Begin a round; its number counts from 1."""
        following: Token = token.workflow.token(self.inner, token, side=token.side)
        following.given = following.local = {"loopCounter": Decimal(counter), **given}
        return following

    @abstractmethod
    def round_over(self, token: Token, overlay: Mapping[str, Value]) -> object:
        """What comes of a round that is about to end, evaluated before anything is written; kept as ``leaving``."""

    @abstractmethod
    def next_round(self, token: Token) -> None:
        """A round is over: its token is removed, and the loop goes on or leaves."""

    def rounds(self, token: Token) -> list[Token]:
        """The rounds that are not over."""
        return [held for held in token.held if held.task_spec is self.inner]


class StandardLoop(Loop):
    """Repeats while its condition is true, at most so often; the token remembers the rounds that were begun."""

    condition: Expression | None = None
    maximum: Expression | None = None
    test_before: bool = False

    def _run_hook(self, token: Token) -> bool | None:
        if self.test_before and not self._goes_on(token, 0, token.look):
            self.tell_entered(token)
            return True
        self.tell_entered(token)
        self.wait(token)
        token.memory = {"rounds": 1}
        self.begin(token, 1)
        return None

    def round_over(self, token: Token, overlay: Mapping[str, Value]) -> bool:
        """Whether there is another round."""
        rounds = int((token.holder.memory or {})["rounds"])
        return self._goes_on(token.holder, rounds, overlaid(overlay, token.look))

    def next_round(self, token: Token) -> None:
        """Begin it, or leave."""
        around, goes_on = token.holder, token.leaving
        token.remove()
        if goes_on:
            rounds = int((around.memory or {})["rounds"]) + 1
            around.memory = {"rounds": rounds}
            self.begin(around, rounds)
        else:
            around.finish()

    def _goes_on(self, token: Token, rounds: int, look: Callable[[str], Value]) -> bool:
        now = token.workflow.now
        seen = overlaid({"loopCounter": Decimal(rounds)}, look)
        if self.maximum is not None:
            most = self.maximum(seen, now)
            if isinstance(most, bool) or not isinstance(most, (int, Decimal)):
                raise Problem("expression", "the loop's maximum is no number")
            if rounds >= most:
                return False
        return self.condition is None or holds(self.condition, seen, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """An event that a multi-instance activity throws as its items complete."""

    definition: EventDefinition
    #: With the first item only.
    once: bool = False
    #: With each item after which it is true.
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class _Leaving:
    """What was worked out for an item that completes."""

    #: What all items have given so far, if that is kept.
    outputs: list[Value] | None = None
    done: bool = False
    thrown: tuple[tuple[EventDefinition, MessageThrown | None], ...] = ()


class MultiInstance(Loop):
    """Does its activity for every item of a collection, one after the other or all at once.

    Its token remembers how many items there are (n), were begun (begun) and completed (done), and of a sequential one
    the items; what the items give is a local variable of it, the output collection. The token of an item remembers its
    place, since anybody may write over ``loopCounter``.
    """

    sequential: bool = False
    collection: Expression | None = None
    cardinality: Expression | None = None
    input_element: str | None = None
    output_collection: str | None = None
    output_element: Expression | None = None
    completion: Expression | None = None
    behaviours: tuple[Behaviour, ...] = ()

    def _run_hook(self, token: Token) -> bool | None:
        items = self._items(token)
        n = len(items)
        self.tell_entered(token, {"instances": n})
        if self.output_collection is not None:
            token.local = {**(token.local or {}), self.output_collection: [None] * n}
        token.memory = {"n": n, "begun": 1 if self.sequential else n, "done": 0}
        if not n:
            return True
        self.wait(token)
        if self.sequential:
            if self.collection is not None:
                token.memory["items"] = items
            items = items[:1]
        for place, item in enumerate(items):
            self._begin_item(token, place, item)
        return None

    def _begin_item(self, token: Token, place: int, item: Value) -> None:
        given = {} if self.input_element is None else {self.input_element: item}
        self.begin(token, place + 1, **given).memory = {"place": place}

    def _items(self, token: Token) -> list[Value]:
        if self.collection is None:
            return [None] * self._number(token)
        items: list[Value] = self.collection(token.look, token.workflow.now)
        if not isinstance(items, list):
            raise Problem("multi_instance", f"the collection {self.collection.source} is no list")
        if len(items) > MAX_ITEMS:
            raise Problem("multi_instance", f"there are more than {MAX_ITEMS} items")
        checked(items, "multi_instance", "the collection")
        return items

    def _number(self, token: Token) -> int:
        number: Any = None if self.cardinality is None else self.cardinality(token.look, token.workflow.now)
        if isinstance(number, bool) or not isinstance(number, (int, Decimal)) or number != int(number):
            raise Problem("multi_instance", "the number of instances is no whole number")
        if not 0 <= number <= MAX_ITEMS:
            raise Problem("multi_instance", f"the number of instances is not between 0 and {MAX_ITEMS}")
        return int(number)

    def round_over(self, token: Token, overlay: Mapping[str, Value]) -> _Leaving:
        """What the item gives, whether all are done with it, and what is thrown."""
        around, now = token.holder, token.workflow.now
        look = overlaid(overlay, token.look)
        memory, place = around.memory or {}, int((token.memory or {})["place"])
        done = int(memory["done"]) + 1
        seen: dict[str, Value] = {
            "numberOfInstances": Decimal(int(memory["n"])),
            "numberOfActiveInstances": Decimal(len(self.rounds(around)) - 1),
            "numberOfCompletedInstances": Decimal(done),
            "numberOfTerminatedInstances": Decimal(0),
            "loopCounter": Decimal(place + 1),
        }
        outputs = None
        if self.output_collection is not None:
            outputs = seen[self.output_collection] = self._outputs_with(around, place, look)
        after = overlaid(seen, look)
        over = self.completion is not None and holds(self.completion, after, now)
        thrown = [
            (b.definition, self._message(b.definition, token))
            for b in self.behaviours
            if (not b.once or done == 1) and (b.condition is None or holds(b.condition, after, now))
        ]
        return _Leaving(outputs, over, tuple(thrown))

    def _message(self, definition: EventDefinition, token: Token) -> MessageThrown | None:
        if definition.trigger is not Trigger.MESSAGE:
            return None
        return thrown_message(definition, token, self.element)

    def _outputs_with(self, around: Token, place: int, look: Callable[[str], Value]) -> list[Value]:
        """The output collection, with what an item gives in its place.

        Raises:
            Problem: it cannot be kept, or something in an item wrote over the collection.
        """
        given = None if self.output_element is None else self.output_element(look, around.workflow.now)
        outputs = (around.local or {}).get(self.output_collection or "")
        if not isinstance(outputs, list) or len(outputs) != (around.memory or {})["n"]:
            raise Problem("output", f"the output collection {self.output_collection} was written over")
        return [*outputs[:place], *checked([given], "output", "the output element"), *outputs[place + 1 :]]

    def next_round(self, token: Token) -> None:
        """Keep what the item gives, throw what is to be thrown, then go on or leave."""
        around = token.holder
        leaving = token.leaving or _Leaving()  # skipped: it gives nothing
        if self.output_collection is not None and around.local is not None and leaving.outputs is not None:
            around.local[self.output_collection] = leaving.outputs
        token.remove()
        memory = around.memory = dict(around.memory or {})
        memory["done"] = int(memory["done"]) + 1
        for definition, message in leaving.thrown:
            self._throw(around, definition, message)
            if around.gone:
                return
        begun, n = int(memory["begun"]), int(memory["n"])
        if leaving.done:
            around.workflow.cancel_all(self.rounds(around))
            around.finish()
        elif begun < n:
            memory["begun"] = begun + 1
            self._begin_item(around, begun, memory["items"][begun] if "items" in memory else None)
        elif not self.rounds(around):
            around.finish()

    def _throw(self, around: Token, definition: EventDefinition, message: MessageThrown | None) -> None:
        if message is not None:
            send(around, message, own_number=False)
        elif definition.trigger is Trigger.SIGNAL:
            throw_signal(around, definition, {})
        else:
            around.workflow.throw_escalation(around, definition.name or "", {}, element=self.element)

    def _outputs_of(self, token: Token) -> dict[str, Value]:
        if self.output_collection is None:
            return {}
        return {self.output_collection: (token.local or {})[self.output_collection]}
