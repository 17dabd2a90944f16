"""Questions that every auditor asks, ready to be asked; the page says in full what each means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine.inspection.question import ANY, Question, TimeKind

#: Up to here agents decide by themselves (compensation_approval, rules 1 and 7).
OWN_LIMIT: Final = Decimal(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyQuestion:
    """One of them."""

    #: The pages know its name, and what it means in full.
    id: str
    question: Question


READY: Final[Iterable[ReadyQuestion]] = (
    ReadyQuestion(
        id="unapproved",
        question=Question(unapproved=OWN_LIMIT),
    ),
    ReadyQuestion(
        id="skipped",
        question=Question(skipped=ANY),
    ),
    ReadyQuestion(
        id="repaired",
        question=Question(repaired=True),
    ),
    ReadyQuestion(
        id="excess",
        question=Question(passed=("s02_payout.approve_excess",)),
    ),
    ReadyQuestion(
        id="unmasked",
        question=Question(unmasked=ANY),
    ),
    ReadyQuestion(
        id="reopened",
        question=Question(reopened=True),
    ),
    ReadyQuestion(
        id="slow",
        question=Question(longer=7 * 24 * 60, time=TimeKind.CALENDAR),
    ),
    ReadyQuestion(
        id="buyers",
        question=Question(buyer_paid=Decimal(500)),
    ),
)
