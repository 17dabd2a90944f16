"""What may be said to customers: banned phrases block, words of promise warn."""

from engine.wording.judging import Findings, Hit, judge
from engine.wording.versions import (
    approve,
    check,
    may_approve,
    may_edit,
    may_propose,
    may_read,
    propose,
    read_words,
    refuse,
    save,
    words_of,
)
from engine.wording.words import CONTEXTS, Phrase, Words, shipped

__all__ = [
    "CONTEXTS",
    "Findings",
    "Hit",
    "Phrase",
    "Words",
    "approve",
    "check",
    "judge",
    "may_approve",
    "may_edit",
    "may_propose",
    "may_read",
    "propose",
    "read_words",
    "refuse",
    "save",
    "shipped",
    "words_of",
]
