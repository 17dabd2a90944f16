"""Changing scripts and message texts: process owners do, supervisors propose, department managers approve (P21)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine import access
from engine.access import Reach
from engine.clock import Clock
from engine.errors import EngineError, InvalidValue, NotAllowed
from engine.model import Actor
from engine.scripts import library
from engine.scripts.model import Script, checked, content_of, read_script
from engine.store import text_versions
from engine.store.database import Database, Transaction
from engine.store.text_versions import TextVersion

TEMPLATE: Final = "template"
#: Kinds of texts whose proposals are decided here.
KINDS: Final = (library.KIND, TEMPLATE)
#: Puts files in force: name → content; raises DefinitionRefused.
Deploy = Callable[[Mapping[str, bytes]], object]
#: Tells people in the transaction of what happened: who is told (None: those who approve), the kind of sentence,
#: the text's name in it, a page.
Tell = Callable[[Transaction, str | None, str, str, str], None]


def may_edit(actor: Actor) -> bool:
    """P21: changes at once."""
    return access.may(actor, "P21")


def may_propose(actor: Actor) -> bool:
    """P21 with approval."""
    return access.reach(actor, "P21") is Reach.PROPOSE


def may_approve(actor: Actor) -> bool:
    """P21: decides about proposals, never about the own one."""
    return access.reach(actor, "P21") is Reach.APPROVE


def may_read_versions(actor: Actor) -> bool:
    """P21 in any degree."""
    return access.reach(actor, "P21") is not Reach.NO


def save_script(
    tx: Transaction,
    wanted: Script,
    actor: Actor,
    *,
    at: datetime,
    note: str,
    based_on: int,
    channels: Iterable[str],
    tell: Tell,
    retired: bool = False,
) -> TextVersion:
    """Make the next version of a script, or leave it for approval, as far as the actor's permission goes.

    Args:
        tx: the caller's transaction.
        wanted: the script; a new one where nothing stands under its code.
        actor: who writes.
        at: aware UTC.
        note: why; needed for a proposal.
        based_on: the version that the writer had before them, 0 for a new script.
        channels: those that the shop knows.
        tell: tells who approves.
        retired: takes it out of use.

    Raises:
        NotAllowed: the actor lacks P21.
        InvalidValue: something is not in order, or somebody else was faster.
    """
    _check_writer(actor)
    content = {**content_of(checked(wanted, channels=channels)), **({"retired": True} if retired else {})}
    if may_edit(actor):
        made = text_versions.put_in_force(
            tx, library.KIND, wanted.code, content, actor, at=at, note=note, based_on=based_on
        )
        library.write(tx, wanted, made.version or 0, actor, at=at, retired=retired)
        return made
    made = text_versions.propose(tx, library.KIND, wanted.code, content, actor, at=at, note=note, based_on=based_on)
    _tell_approvers(tx, tell, f"{wanted.code} {wanted.situation}")
    return made


def save_template(
    db: Database,
    clock: Clock,
    actor: Actor,
    code: str,
    text: str,
    *,
    deployed: str,
    deployed_by: str,
    note: str,
    based_on: int,
    deploy: Deploy,
    tell: Tell,
) -> TextVersion:
    """Put a new version of a message text in force, or leave it for approval; the lint has been asked.

    Args:
        db: the database.
        clock: for the version's time.
        actor: who writes.
        code: of the message text.
        text: the new text.
        deployed: the text in force; becomes a version of its own where none says the same.
        deployed_by: who deployed it.
        note: why.
        based_on: the version that the writer had before them.
        deploy: puts the file in force.
        tell: tells who approves.

    Raises:
        NotAllowed: the actor lacks P21.
        InvalidValue: nothing changes, or somebody else was faster.
        DefinitionRefused: the lint refuses the text; nothing is kept.
    """
    _check_writer(actor)
    if text.strip() == deployed.strip():
        raise InvalidValue("Nothing has changed, so there is nothing to save.", message_zh="内容没有变化。")
    now = clock.now()
    with db.begin() as tx:
        based_on = _keep_deployed(tx, code, deployed, deployed_by, based_on, now)
    content = {"text": text}
    if may_edit(actor):
        deploy({f"{code}.txt": text.encode()})
        with db.begin() as tx:
            return text_versions.put_in_force(tx, TEMPLATE, code, content, actor, at=now, note=note, based_on=based_on)
    with db.begin() as tx:
        made = text_versions.propose(tx, TEMPLATE, code, content, actor, at=now, note=note, based_on=based_on)
        _tell_approvers(tx, tell, code)
    return made


def approve(
    db: Database,
    clock: Clock,
    actor: Actor,
    key: int,
    *,
    deploy: Deploy,
    channels: Iterable[str],
    tell: Tell,
    answer: str = "",
) -> TextVersion:
    """Put a proposal for a script or a message text in force.

    A message text is deployed between two transactions: whatever happens in between, the proposal can only be
    approved again, which changes nothing a second time.

    Raises:
        NotAllowed: the actor does not approve, or proposed it (FourEyes).
        NotFound: there is no such proposal.
        StepError: it has been decided.
        InvalidValue: something newer is in force, or the script is not in order.
        DefinitionRefused: the lint refuses the message text; the proposal stays.
    """
    _check_approver(actor)
    now = clock.now()
    with db.begin() as tx:
        found = text_versions.begin_approval(tx, key, actor)
        if found.kind not in KINDS:
            raise NotAllowed(f"{found.kind} is decided about elsewhere")
        if found.kind == library.KIND:
            made = text_versions.approve(tx, key, actor, at=now, answer=answer)
            wanted = checked(read_script(found.content), channels=channels)
            retired = found.content.get("retired") is True
            library.write(tx, wanted, made.version or 0, actor, at=now, retired=retired)
            _tell_writer(tx, tell, made)
            return made
    try:
        deploy({f"{found.id}.txt": str(found.content["text"]).encode()})
    except EngineError:
        with db.begin() as tx:
            text_versions.stop_approval(tx, key)
        raise
    with db.begin() as tx:
        made = text_versions.approve(tx, key, actor, at=now, answer=answer)
        _tell_writer(tx, tell, made)
        return made


def refuse(tx: Transaction, actor: Actor, key: int, *, at: datetime, answer: str, tell: Tell) -> TextVersion:
    """Refuse a proposal, or withdraw one's own; errors as for ``text_versions.refuse``, and NotAllowed."""
    found = text_versions.get(tx.connection, key)
    if found.made_by != actor.id:
        _check_approver(actor)
    made = text_versions.refuse(tx, key, actor, at=at, answer=answer)
    if found.made_by != actor.id:
        _tell_writer(tx, tell, made)
    return made


def restored(version: TextVersion, current: Script) -> Script:
    """What an old version of a script says, under the code that it has."""
    return replace(read_script(version.content), code=current.code)


# --- inside ----------------------------------------------------------------------------------------


def _keep_deployed(tx: Transaction, code: str, deployed: str, by: str, based_on: int, now: datetime) -> int:
    """A message text that came in force by a file becomes a version; gives the number to build on."""
    newest = text_versions.newest(tx.connection, TEMPLATE, code)
    if newest is not None and str(newest.content["text"]).strip() == deployed.strip():
        return based_on
    number = 0 if newest is None else newest.version or 0
    if number != based_on:
        return based_on  # somebody was faster: the caller hears so
    person = Actor(id=by, groups=frozenset())
    content = {"text": deployed}
    made = text_versions.put_in_force(tx, TEMPLATE, code, content, person, at=now, note="以文件发布", based_on=number)
    return made.version or 0


def _check_writer(actor: Actor) -> None:
    if not may_edit(actor) and not may_propose(actor):
        raise NotAllowed(f"{actor.id} may not edit scripts")


def _check_approver(actor: Actor) -> None:
    if not may_approve(actor):
        raise NotAllowed(f"{actor.id} may not approve scripts")


def _tell_approvers(tx: Transaction, tell: Tell, name: str) -> None:
    tell(tx, None, "script_waits", name, "/scripts/proposals")


def _tell_writer(tx: Transaction, tell: Tell, made: TextVersion) -> None:
    tell(tx, made.made_by, "script_accepted" if made.version else "script_refused", made.id, f"/scripts/{made.id}")
