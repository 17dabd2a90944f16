"""A running instance goes on under another version of its process: one transaction, kept in its history with a reason.

Whether its history is possible there, and many at once, is engine.migration's to ask.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager

from engine import access
from engine.definitions import Definitions
from engine.errors import NotAllowed, StepError
from engine.model import Actor, Event
from engine.runtime.cascade import Cascade
from engine.runtime.moving import exposed
from engine.runtime.outside import forget
from engine.runtime.repairs import refusing
from engine.store.streams import append_system

_NOT_MIGRATED = (
    "流程不能这样继续,没有换版本",
    "The process cannot go on like this, and it stays on its version",
)


class Migrations(ABC):
    """The migrations of a runtime; errors of the engine mean that nothing was written."""

    definitions: Definitions

    @abstractmethod
    def _cascade(self, actor: Actor) -> AbstractContextManager[Cascade]:
        """A transaction with the cascade that fills it."""

    def migrate(self, instance_key: int, target: int, actor: Actor, *, mapping: Mapping[str, str], reason: str) -> None:
        """Take an instance over to another version of its process; called processes stay on theirs.

        Args:
            instance_key: the instance.
            target: key of the version.
            actor: who says so; needs P22.
            mapping: element or flow id in the version until now → id in the other one; ids not in it stay.
            reason: why; kept in its history.

        Raises:
            NotAllowed: the actor may not deploy.
            NotFound: there is no such instance or version.
            StepError: the instance cannot go on there, is over, or is of another process; or its personal data would
                not be masked any more.
        """
        if not access.may_deploy(actor):
            raise NotAllowed(f"{actor.id} lacks P22")
        version = self.definitions.get(target)
        with self._cascade(actor) as cascade:
            row = cascade.instance(instance_key)
            if row.process_id != version.process_id:
                raise StepError("This is a version of another process.", message_zh="这是另一个流程的版本。")
            if row.definition == target:
                raise StepError("The case runs on this version already.", message_zh="该工单已经在这个版本上。")
            if exposed(self.definitions.get(row.definition), version, row.variables):
                raise StepError(
                    "The forms of the new version do not say which data are personal.",
                    message_zh="新版本的表单没有标明哪些是个人信息,迁移后会显示出来。",
                )
            value = {"case": row.case_id, "process": row.process_id, "version": version.version}
            append_system(cascade.tx, [Event(kind="case.migrated", value=value)], at=cascade.now, actor=actor.id)
            note = Event(kind="instance.repaired", value={"repair": "migrate", "reason": reason})
            with refusing(_NOT_MIGRATED):
                cascade.migrate(instance_key, version, mapping, (note,))
            forget(cascade, row.case_id)
