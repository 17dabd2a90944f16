"""How far a migration and each of its cases are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Life of a migration."""

    #: The dry run asks of every case whether it can.
    CHECKING = "checking"
    #: The dry run is done; somebody decides.
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class CaseStatus(StrEnum):
    """One instance of a migration."""

    WAITING = "waiting"
    #: The dry run found nothing against it.
    POSSIBLE = "possible"
    #: Its history is not possible in the target; an owner may say that it goes over all the same.
    UNPROVEN = "unproven"
    #: It has no place in the target.
    REFUSED = "refused"
    MIGRATED = "migrated"
    #: It has ended, or is on another version, by the time it was its turn.
    GONE = "gone"


#: What a runner has work with.
AT_WORK: Final = (Status.CHECKING.value, Status.RUNNING.value)
