"""The vocabulary of passing cases on."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

#: Groups to which cases can be offered: their people can own one.
RECEIVING: Final = ("aftersales", "presales", "supervisor", "dept_manager")
#: So much working time has who is offered something to answer; then the supervisor is told.
ANSWER_WITHIN: Final = timedelta(minutes=30)
#: So long the supervisor who is asked what to do has; then the department managers are told.
INSTRUCT_WITHIN: Final = timedelta(minutes=5)
#: From this transfer of a case on the supervisor is alerted (E07).
ALERT_FROM: Final = 3
MAX_REASON: Final = 200
MAX_NOTE: Final = 500
#: Of a hand-over.
MOST_ITEMS: Final = 200


class Kind(StrEnum):
    """Why something is offered."""

    #: By who has it, for good.
    TRANSFER = "transfer"
    #: At the end of a shift.
    HAND_OVER = "hand_over"
    #: While its owner is away.
    STAND_IN = "stand_in"
    #: Who has it is away and the buyer is in a hurry: the supervisor says what to do.
    INSTRUCTION = "instruction"


class Status(StrEnum):
    """What has become of an offer."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    #: Taken back by who made it, or overtaken by a reassignment.
    WITHDRAWN = "withdrawn"
    #: There is nothing to pass on any more.
    VOID = "void"


class Instruction(StrEnum):
    """What a supervisor says to who asks (a03 ``supervisor_instruct``)."""

    #: Who asks goes on with the case; whose it is stays.
    AUTHORISE = "authorise"
    OTHER = "other_agent"
    SELF = "self"
    WAIT = "wait"
