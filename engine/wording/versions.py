"""The word lists in force, and changing them: process owners do, supervisors propose, managers approve (P21)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from engine import access
from engine.access import Reach
from engine.errors import NotAllowed
from engine.model import Actor
from engine.store import text_versions
from engine.store.database import Transaction
from engine.store.text_versions import TextVersion
from engine.wording import words
from engine.wording.judging import Findings, judge
from engine.wording.words import Words

KIND: Final = "words"
#: There is one pair of lists.
ID: Final = "words"


def read_words(connection: Connection) -> Words:
    """The lists in force; the shipped ones until somebody has changed them."""
    newest = text_versions.newest(connection, KIND, ID)
    return words.shipped() if newest is None else words_of(newest)


def words_of(version: TextVersion) -> Words:
    """The lists as a version, or a proposal, has them."""
    return words.read_words(version.content, version.version or 0)


def check(connection: Connection, text: str, *, context: str = "") -> Findings:
    """What of a text to a customer is banned or promises something, by the lists in force.

    Args:
        connection: a snapshot, or the caller's transaction.
        text: what the customer would read.
        context: presale, aftersale or "".
    """
    return judge(read_words(connection), text, context=context)


def may_read(actor: Actor) -> bool:
    """P21 in any degree."""
    return access.reach(actor, "P21") is not Reach.NO


def may_edit(actor: Actor) -> bool:
    """P21: changes at once."""
    return access.may(actor, "P21")


def may_propose(actor: Actor) -> bool:
    """P21 with approval; whoever approves others' proposals does not propose."""
    return access.reach(actor, "P21") is Reach.PROPOSE


def may_approve(actor: Actor) -> bool:
    """P21: decides about proposals, never about the own one."""
    return access.reach(actor, "P21") is Reach.APPROVE


def save(tx: Transaction, wanted: Words, actor: Actor, *, at: datetime, note: str, based_on: int) -> TextVersion:
    """Make the next version of the lists.

    Raises:
        NotAllowed: the actor may not, or only proposes.
        InvalidValue: a line is wrong, or somebody else was faster.
    """
    if not may_edit(actor):
        raise NotAllowed(f"{actor.id} may not edit word lists")
    content = words.content_of(words.checked(wanted))
    return text_versions.put_in_force(tx, KIND, ID, content, actor, at=at, note=note, based_on=based_on)


def propose(tx: Transaction, wanted: Words, actor: Actor, *, at: datetime, note: str, based_on: int) -> TextVersion:
    """Leave a version of the lists for approval; errors as for ``save``."""
    if not may_propose(actor):
        raise NotAllowed(f"{actor.id} may not propose word lists")
    content = words.content_of(words.checked(wanted))
    return text_versions.propose(tx, KIND, ID, content, actor, at=at, note=note, based_on=based_on)


def approve(tx: Transaction, key: int, actor: Actor, *, at: datetime, answer: str = "") -> TextVersion:
    """Put a proposal in force; errors as for ``text_versions.approve``, and NotAllowed."""
    if not may_approve(actor):
        raise NotAllowed(f"{actor.id} may not approve word lists")
    return text_versions.approve(tx, key, actor, at=at, answer=answer)


def refuse(tx: Transaction, key: int, actor: Actor, *, at: datetime, answer: str) -> TextVersion:
    """Refuse a proposal, or withdraw one's own; errors as for ``text_versions.refuse``, and NotAllowed."""
    if not may_approve(actor) and text_versions.get(tx.connection, key).made_by != actor.id:
        raise NotAllowed(f"{actor.id} may not refuse word lists")
    return text_versions.refuse(tx, key, actor, at=at, answer=answer)
