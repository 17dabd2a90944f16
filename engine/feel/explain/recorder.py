"""Watches one evaluation: which node gave what, and, where one gave null, which of its children made it so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from engine.feel.compiler.core import Closure, Scope
from engine.feel.explain.reasons import MAX_REASONS, Draft, Facts, Reason
from engine.feel.explain.showing import shown
from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.types import Named

#: Numbers of drafts: what made a value null. Every null has at least one; other values have none.
Causes: TypeAlias = tuple[int, ...]

_EXPLAINERS: Final[dict[type, Callable[[Case], Causes]]] = {}
_REMARKS: Final[dict[type, Callable[[Case], None]]] = {}
_DROPPED: Final = -1
#: How often a node is asked: what it says in later rounds of a loop would cost much and tell nothing.
_MAX_ASKED: Final = 20


def explains(kind: type) -> Callable[[Callable[[Case], Causes]], Callable[[Case], Causes]]:
    """Registers who says why a kind of node gave null."""

    def register(function: Callable[[Case], Causes]) -> Callable[[Case], Causes]:
        _EXPLAINERS[kind] = function
        return function

    return register


def remarks(kind: type) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Registers who remarks on a kind of node that gave a value, but perhaps not the one that was meant."""

    def register(function: Callable[[Case], None]) -> Callable[[Case], None]:
        _REMARKS[kind] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Seen:
    """A node that was evaluated."""

    node: Any
    value: Any
    causes: Causes
    #: Which part of the log arose meanwhile.
    log: tuple[int, int]


@dataclass(slots=True)
class Case:
    """A node, the children that were evaluated for it so far, and then its own value."""

    recorder: Recorder
    node: Any
    env: Env
    begin: int
    seen: list[Seen]
    value: Any = None

    @property
    def run(self) -> Run:
        """The run that is watched; for asking it, never for charging it."""
        return self.env.run

    def child(self, node: Any) -> Seen | None:
        """A child's evaluation, the first one in a loop; None when it was not evaluated."""
        found = next((each for each in self.seen if each.node is node), None)
        if found is not None or not isinstance(node, tree.Constant):
            return found
        causes = () if node.value is not None else (self.tell("null_literal", node),)  # compiled into its parent
        return Seen(node, node.value, causes, (0, 0))

    def children(self, *nodes: Any) -> list[Seen]:
        """Those of the nodes that were evaluated."""
        return [found for node in nodes if (found := self.child(node)) is not None]

    def passed(self, *nodes: Any) -> Causes:
        """What made the nodes null that were."""
        return joined(*(found.causes for found in self.children(*nodes) if found.value is None))

    def tell(
        self,
        sentence: str,
        at: Any = None,
        values: tuple[Any, ...] = (),
        facts: Facts | None = None,
    ) -> int:
        """A reason, at a node, a span, or (None) the case's own node; values are shown as FEEL writes them."""
        span = self.node.span if at is None else at if isinstance(at, tuple) else at.span
        return self.recorder.tell(sentence, span, values, facts or {})

    def forgive(self, seen: Seen) -> None:
        """Drop what arose within a child: its author asked whether it is null."""
        self.recorder.forgive(seen)


def joined(*parts: Causes) -> Causes:
    """All of several causes, each once, not more than can be told."""
    return tuple(dict.fromkeys(each for part in parts for each in part))[:MAX_REASONS]


class Recorder:
    """What one watched evaluation remembers."""

    def __init__(self, source: str, known: frozenset[str], owner: Any) -> None:
        self.source = source
        #: Names of the surroundings, for suggesting one.
        self.known = known
        #: The mapping that gives the variables; None when it cannot be asked which there are.
        self.owner = owner
        self.named_types: Named = {}
        #: From what stands around the source to the node that is being evaluated; an error leaves it as it was.
        self.stack: list[Case] = []
        self._drafts: list[Draft] = []
        self._numbers: dict[tuple[str, tree.Span], int] = {}
        #: Numbers of drafts as they arose.
        self._log: list[int] = []
        self._bodies: set[int] = set()
        #: Node → how often its value was remarked on.
        self._remarked: Counter[int] = Counter()
        #: Node → how often its null was explained, and how the last time.
        self._explained: dict[int, tuple[int, Causes]] = {}
        #: (a scope's values, name) → those values, and what made the name's value null.
        self._origins: dict[tuple[int, str], tuple[Any, Causes]] = {}

    def observe(self, node: tree.Node, scope: Scope, closure: Closure) -> Closure:
        """The closure that is watched, for a unit's ``observer``."""
        self.named_types = scope.unit.named_types
        if isinstance(node, tree.Function):
            self._bodies.add(id(node.body))
        stack, log = self.stack, self._log

        def watched(env: Env) -> Any:
            case = Case(self, node, env, len(log), [])
            if id(node) in self._bodies:
                self._arguments(env)
            stack.append(case)
            case.value = value = closure(env)  # an error leaves the stack as it is, which tells where
            stack.pop()
            causes = self._judge(case)
            stack[-1].seen.append(Seen(node, value, causes, (case.begin, len(log))))
            if causes:
                self._entry(node, env, causes)
            return value

        return watched

    def _judge(self, case: Case) -> Causes:
        kind, node = type(case.node), id(case.node)
        if case.value is not None:
            if kind in _REMARKS and self._remarked[node] < _MAX_ASKED:
                self._remarked[node] += 1
                _REMARKS[kind](case)
            return ()
        asked, last = self._explained.get(node, (0, ()))
        if asked >= _MAX_ASKED:
            return last
        causes = _EXPLAINERS[kind](case) if kind in _EXPLAINERS else ()
        causes = causes or joined(*(seen.causes for seen in case.seen)) or (case.tell("undefined"),)
        self._explained[node] = asked + 1, causes
        return causes

    def tell(self, sentence: str, span: tree.Span, values: tuple[Any, ...], facts: Facts) -> int:
        """The number of a reason; the same one at the same place is known already."""
        number = self._numbers.setdefault((sentence, span), len(self._drafts))
        if number == len(self._drafts):
            self._drafts.append(Draft(sentence, span, facts, tuple(map(shown, values))))
        self._log.append(number)
        return number

    def told(self, sentence: str) -> Causes:
        """A reason that was told somewhere already."""
        return tuple(number for (known, _), number in self._numbers.items() if known == sentence)[:1]

    def forgive(self, seen: Seen) -> None:
        """Drop what arose within a node; what arose elsewhere and was only read there stays."""
        begin, end = seen.node.span
        for index in range(*seen.log):
            number = self._log[index]
            if number != _DROPPED and begin <= self._drafts[number].span[0] and self._drafts[number].span[1] <= end:
                self._log[index] = _DROPPED

    def origin(self, values: Any, name: str) -> Causes:
        """What made a name of a scope, an entry of a context or an item of a list null, when that was seen."""
        return self._origins.get((id(values), name), (None, ()))[1]

    def remember(self, values: Any, name: str, causes: Causes) -> None:
        """What made a name of a scope, an entry of a context or an item of a list null."""
        self._origins[id(values), name] = (values, causes)  # held, so that no other takes its id

    def _entry(self, node: tree.Node, env: Env, causes: Causes) -> None:
        """An entry of a context was null: later ones may read it."""
        around = self.stack[-1].node
        if isinstance(around, tree.ContextLiteral):
            for key, expression in around.entries:
                if expression is node:
                    self.remember(env.values, key, causes)

    def _arguments(self, env: Env) -> None:
        """The body of a function begins: where its null parameters come from."""
        call = self.stack[-1]
        if not isinstance(call.node, tree.Call) or not call.seen or call.seen[0].node is not call.node.function:
            return  # a built-in function calls it
        function = call.seen[0]
        if type(function.value) is not FeelFunction or function.value.overloads:
            return
        names = call.node.names or function.value.parameters
        for name, argument in zip(names, call.node.arguments, strict=False):
            if found := call.passed(argument):
                self.remember(env.values, name, found)

    def reasons(self, causes: Causes) -> tuple[tuple[Reason, ...], int]:
        """The reasons to tell, and how many more there are; causes of the result are kept before notes."""
        times = Counter(self._log)
        order = dict.fromkeys(number for number in self._log if number != _DROPPED)
        order |= dict.fromkeys(causes)
        kept = sorted(order, key=lambda number: number not in causes)[:MAX_REASONS]
        told = [
            self._drafts[number].reason(self.source, "cause" if number in causes else "note", max(1, times[number]))
            for number in sorted(kept)
        ]
        return tuple(told), len(order) - len(kept)
