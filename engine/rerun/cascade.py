"""One command and all that follows from it in a case that runs in memory: callers, called processes, system steps."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from msgspec import structs

from engine import canonical
from engine.errors import EngineError
from engine.model import (
    CallOpened,
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    EscalateCall,
    Facts,
    FailCall,
    JobOpened,
    Opened,
    Outcome,
    Start,
    SubscriptionOpened,
    Value,
    Variables,
)
from engine.rerun.live import Live, Sort, Wait
from engine.rerun.memory import Memory
from engine.rerun.recorded import RecordedInstance, RulesFor
from engine.rerun.stopping import Broken, Lack, Missing, Stop

#: Steps that one command may lead to, and how deep calls may be; as in the real cascade.
_MAX_STEPS: Final = 200
_MAX_DEPTH: Final = 16
_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


@dataclass(frozen=True, slots=True)
class _Todo:
    key: int
    command: Command
    facts: Facts


class Cascade:
    """The instances of one case under the new rules."""

    def __init__(self, memories: Mapping[int, Memory], rules_for: RulesFor, silent: frozenset[str]) -> None:
        """``silent``: job types whose system steps answer nothing, so that it does not matter what they were asked."""
        self.memories = memories
        self.lives: dict[int, Live] = {}
        self._rules_for = rules_for
        self._silent = silent
        self._counterparts: dict[int, dict[tuple[Sort, str, int], Wait]] = {}
        self._children = {
            (memory.recorded.parent, memory.recorded.parent_call): memory.recorded for memory in memories.values()
        }
        self._todo: deque[_Todo] = deque()
        self._next_key = max(memories, default=0) + 1

    def begin(self, recorded: RecordedInstance) -> Live:
        """The root of the case, under the new rules; nothing has run yet."""
        rules = self._rules_for(recorded.process_id, recorded)
        return self._add(Live(recorded.key, rules, recorded=recorded))

    def run(self, live: Live, command: Command, facts: Facts) -> None:
        """Execute a command and everything that follows from it.

        Raises:
            Stop: something in it needs what the record does not say, or cannot be executed.
        """
        self._todo.append(_Todo(live.key, command, facts))
        steps = 0
        while self._todo:
            todo = self._todo.popleft()
            steps += 1
            if steps > _MAX_STEPS:
                raise Stop(broken(live, None, "一步引出的步骤超过 200 个。", "More than 200 steps follow from one."))
            self._step(self.lives[todo.key], todo.command, todo.facts)

    # -- steps ------------------------------------------------------------------------------------

    def _step(self, live: Live, command: Command, facts: Facts) -> None:
        target = getattr(command, "id", None)
        if live.over or (isinstance(command, CompleteJob | CompleteCall) and target not in live.waits):
            return
        try:
            outcome, opened, ended = live.apply(command, facts)
        except EngineError as problem:
            raise Stop(broken(live, None, problem.message_zh or str(problem), str(problem))) from problem
        self._check_incidents(live, outcome)
        for wait in ended:
            if wait.sort is Sort.CALL and not wait.completed:
                self._cancel_children(live, wait, facts)
        for wait in opened:
            self._take_up(live, wait, facts)
        self._answer(live, outcome, facts, cancelled=isinstance(command, Cancel))

    def _check_incidents(self, live: Live, outcome: Outcome) -> None:
        """What went wrong in the record too goes on as it did; what goes wrong only now ends the run."""
        memory = self.memories.get(live.key)
        known = set() if memory is None else {incident.element for incident in memory.incidents.values()}
        for incident in outcome.incidents:
            if incident.element not in known:
                raise Stop(broken(live, incident.element, incident.message, incident.message))

    def _take_up(self, live: Live, wait: Wait, facts: Facts) -> None:
        counterpart = self._counterparts.get(live.key, {}).get((wait.sort, wait.element, wait.n))
        if counterpart is not None and same_message(wait.opened, counterpart.opened):
            wait.counterpart = counterpart
        if isinstance(wait.opened, CallOpened):
            self._call(live, wait, wait.opened, facts)
        elif wait.sort is Sort.JOB and isinstance(wait.opened, JobOpened):
            self._ask(live, wait, wait.opened, facts)

    def _ask(self, live: Live, wait: Wait, job: JobOpened, facts: Facts) -> None:
        """A system step: its answer is the record's where it was asked the same."""
        counterpart = wait.counterpart
        if job.type in self._silent:
            if counterpart is None:
                self._todo.append(_Todo(live.key, CompleteJob(id=wait.id), facts))
            return
        if counterpart is None or not _same_question(job, counterpart):
            raise Stop(missing(live, wait, Lack.JOB))

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, live: Live, wait: Wait, call: CallOpened, facts: Facts) -> None:
        if live.depth + 1 > _MAX_DEPTH:
            raise Stop(broken(live, call.element, "调用超过 16 层。", "Calls are deeper than 16."))
        counterpart = wait.counterpart
        recorded = None
        if counterpart is not None and live.recorded is not None:
            recorded = self._children.get((live.recorded.key, counterpart.id))
        if recorded is None and counterpart is not None and counterpart.answer is not None:
            # Somebody answered in place of the called process, which was never begun.
            if not _same_call(call, counterpart):
                raise Stop(missing(live, wait, Lack.JOB))
            answer = counterpart.answer.command
            self._todo.append(_Todo(live.key, structs.replace(answer, id=wait.id), facts))
            return
        if recorded is not None and (recorded.process_id != call.process_id or recorded.key in self.lives):
            recorded = None
        try:
            rules = self._rules_for(call.process_id, recorded)
        except EngineError as problem:
            raise Stop(broken(live, call.element, problem.message_zh or str(problem), str(problem))) from problem
        key = recorded.key if recorded is not None else self._new_key()
        child = Live(key, rules, recorded=recorded, parent=live.key, parent_call=wait.id, depth=live.depth + 1)
        self._add(child)
        start = next((one for one in recorded.commands if isinstance(one.command, Start)), None) if recorded else None
        variables = dict(call.variables)
        if start is not None and counterpart is not None and isinstance(counterpart.opened, CallOpened):
            variables |= _filled_in(variables, call, counterpart.opened, start.command)
        if start is not None and start.facts.schedule is not None:
            facts = structs.replace(facts, schedule=start.facts.schedule)
        self._todo.append(_Todo(key, Start(variables=variables), facts))

    def _cancel_children(self, live: Live, wait: Wait, facts: Facts) -> None:
        for child in self.lives.values():
            if child.parent == live.key and child.parent_call == wait.id and not child.over:
                self._todo.append(_Todo(child.key, Cancel(reason="the call was cancelled"), facts))

    def _answer(self, live: Live, outcome: Outcome, facts: Facts, *, cancelled: bool) -> None:
        if live.parent is None or live.parent_call is None:
            if outcome.uncaught_error is not None and not cancelled:
                code = outcome.uncaught_error
                raise Stop(broken(live, None, f"错误 {code} 没有被处理。", f"The error {code} is not caught."))
            return
        call = live.parent_call
        for thrown in outcome.escalations:
            escalate = EscalateCall(id=call, escalation_code=thrown.code, variables=thrown.variables)
            self._todo.append(_Todo(live.parent, escalate, facts))
        if not live.over or cancelled:
            return
        command: Command
        if outcome.uncaught_error is not None:
            command = FailCall(id=call, error_code=outcome.uncaught_error)
        else:
            variables = canonical.decode(live.state.variables)
            command = CompleteCall(id=call, variables=variables, end_state=live.end_state)
        self._todo.append(_Todo(live.parent, command, facts))

    def _add(self, live: Live) -> Live:
        self.lives[live.key] = live
        memory = self.memories.get(live.key)
        if memory is not None:
            if memory.renamed:
                through = {old: live.rules.name_of(new) for old, new in memory.renamed.items()}
                live.rules = replace(live.rules, renamed={**live.rules.renamed, **through})
            self._counterparts[live.key] = memory.counterparts(live.rules.renamed)
        return live

    def _new_key(self) -> int:
        self._next_key += 1
        return self._next_key


def _filled_in(given: Variables, call: CallOpened, before: CallOpened, start: Command) -> dict[str, Value]:
    """What the order or the start form gave to the called process beside what its caller handed over."""
    recorded = start.variables if isinstance(start, Start) else {}
    return {
        name: value
        for name, value in recorded.items()
        if given.get(name) is None and name not in call.explicit and before.variables.get(name) is None
    }


def _same_question(job: JobOpened, counterpart: Wait) -> bool:
    was = counterpart.opened
    return isinstance(was, JobOpened) and (job.type, dict(job.variables), dict(job.headers)) == (
        was.type,
        dict(was.variables),
        dict(was.headers),
    )


def _same_call(call: CallOpened, counterpart: Wait) -> bool:
    was = counterpart.opened
    return isinstance(was, CallOpened) and (call.process_id, dict(call.variables)) == (
        was.process_id,
        dict(was.variables),
    )


def same_message(opened: Opened, was: Opened) -> bool:
    """Whether two waits are for the same message or signal; of other waits always."""
    if not isinstance(opened, SubscriptionOpened) or not isinstance(was, SubscriptionOpened):
        return True
    return (opened.message_name, opened.correlation_key) == (was.message_name, was.correlation_key)


def missing(live: Live, wait: Wait, lack: Lack) -> Missing:
    """A wait that the record does not answer."""
    name = live.rules.definition.name_of(wait.element)
    return Missing(lack=lack, process_id=live.process_id, element=wait.element, name=name)


def broken(live: Live, element: str | None, zh: str, en: str) -> Broken:
    """What the new rules cannot run; values of the case that a sentence quotes are left out."""
    return Broken(process_id=live.process_id, element=element, zh=_unquoted(zh), en=_unquoted(en))


def _unquoted(sentence: str) -> str:
    return _QUOTED.sub("'…'", sentence)


def at(facts: Facts, now: datetime) -> Facts:
    """The same facts at another instant."""
    return facts if facts.now == now else structs.replace(facts, now=now)
