"""The record of a case, executed once more as it was: every wait with how it ended, every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import HistoryBroken
from engine.model import Command, IncidentOpened, Migrate
from engine.rerun.live import Live, Sort, Wait
from engine.rerun.recorded import RecordedCase, RecordedInstance, RulesByHash, RulesOf


@dataclass(slots=True)
class Memory:
    """What one recorded instance went through."""

    recorded: RecordedInstance
    live: Live
    #: Every wait there ever was, by id.
    waits: dict[int, Wait]
    #: Incidents there ever were, by id.
    incidents: dict[int, IncidentOpened]
    #: What elements of its first version are called in its last one, where it went over to others.
    renamed: Mapping[str, str] = field(default_factory=dict)

    def counterparts(self, renamed: Mapping[str, str]) -> dict[tuple[Sort, str, int], Wait]:
        """The waits by their sort, element and number, elements under the names that they have elsewhere."""
        return {(wait.sort, renamed.get(wait.element, wait.element), wait.n): wait for wait in self.waits.values()}


def remember(case: RecordedCase, rules_of: RulesOf, rules_by_hash: RulesByHash | None = None) -> dict[int, Memory]:
    """Execute a recorded case as it was; by key of the instance, in the order of the record.

    Args:
        case: as it was recorded.
        rules_of: the rules under which an instance began.
        rules_by_hash: those to which a recorded migration led; needed for instances that went over.

    Raises:
        EngineError: a command cannot be executed: the record is not what these rules gave.
    """
    return {instance.key: _remember(instance, rules_of, rules_by_hash) for instance in case.instances}


def _remember(instance: RecordedInstance, rules_of: RulesOf, rules_by_hash: RulesByHash | None) -> Memory:
    live = Live(instance.key, rules_of(instance), recorded=instance)
    memory = Memory(instance, live, {}, {})
    for recorded in instance.commands:
        before, command = live.state, recorded.command
        if isinstance(command, Migrate):
            if rules_by_hash is None:
                raise HistoryBroken("the instance went over to a version that nobody can give")
            outcome, opened, ended = live.go_over(rules_by_hash(command.target), command, recorded.facts)
            memory.renamed = _composed(memory.renamed, command.mapping)
        else:
            outcome, opened, ended = live.apply(command, recorded.facts)
        for wait in opened:
            memory.waits[wait.id] = wait
        for wait in ended:
            if wait.completed and wait.id == target_of(recorded.command):
                wait.answer, wait.asked_in = recorded, before
        for incident in outcome.incidents:
            memory.incidents[incident.id] = incident
    return memory


def _composed(first: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    """One renaming after the other."""
    return {**then, **{old: then.get(new, new) for old, new in first.items()}}


def target_of(command: Command) -> int | None:
    """Id of the wait, token or incident that a command is about; None: it is about the whole instance."""
    target = getattr(command, "id", None)
    return target if isinstance(target, int) else None
