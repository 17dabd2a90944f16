"""Who may see a finding, reply to it and lead it, and what keeps somebody from closing it: the four eyes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine.errors import FourEyes, NotFound
from engine.inspection import words
from engine.model import Actor
from engine.store.tables import audit_finding, audit_finding_entry, history_event, process_instance

_T: Final = audit_finding.c
#: Looking is no deed: who only looked at a case may judge it.
_LOOKS: Final = ("personal.revealed", "attachment.revealed", "case.printed")


def get(connection: Connection, finding_id: int, actor: Actor) -> Row[Any]:
    """The row of a finding that the actor may see.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    row = connection.execute(select(audit_finding).where(_T.id == finding_id)).one_or_none()
    if row is None or not sees(actor, row):
        raise NotFound("there is no such finding", message_zh="没有这条发现,或您没有权限。")
    return row


def sees(actor: Actor, row: Row[Any]) -> bool:
    """Whose business it is: those who audit everybody's cases, who noted it, and who is asked."""
    return words.sees_all(actor) or row.made_by == actor.id or is_asked(actor, row)


def is_asked(actor: Actor, row: Row[Any]) -> bool:
    """Whether the finding is put to the actor, or to a group of the actor's."""
    return row.asked_person == actor.id or (row.asked_group is not None and row.asked_group in actor.groups)


def may_reply(actor: Actor, row: Row[Any]) -> bool:
    """Whether the actor is asked, and no reply has come yet."""
    return row.state == words.OPEN and is_asked(actor, row)


def may_lead(actor: Actor, row: Row[Any]) -> bool:
    """Whether the actor may put a finding to somebody, or ask again: who audits, and is not the one asked."""
    leads = words.sees_all(actor) or row.made_by == actor.id
    return leads and words.may_search(actor) and row.state in (words.OPEN, words.REPLIED)


def why_not_end(connection: Connection, actor: Actor, row: Row[Any]) -> FourEyes | None:
    """What keeps the actor from closing or dismissing a finding, besides the permission: the four eyes."""
    if row.about == actor.id:
        return FourEyes(
            "The finding is about you; somebody else has to close it.", message_zh="这条发现与您有关,须由他人关闭。"
        )
    replied = select(audit_finding_entry.c.number).where(
        audit_finding_entry.c.finding == row.id,
        audit_finding_entry.c.actor == actor.id,
        audit_finding_entry.c.kind == "replied",
    )
    if is_asked(actor, row) or connection.execute(replied).first() is not None:
        return FourEyes(
            "The finding was put to you; somebody else has to close it.", message_zh="这条发现由您答复,须由他人关闭。"
        )
    if row.case_id is not None and _acted(connection, row.case_id, actor.id):
        return FourEyes(
            "You acted in this case; somebody else has to close the finding.",
            message_zh="您办理过这张工单,这条发现须由他人关闭。",
        )
    return None


def _acted(connection: Connection, case_id: str, person: str) -> bool:
    keys = select(process_instance.c.key).where(process_instance.c.case_id == case_id)
    acted = select(history_event.c.seq).where(
        history_event.c.stream.in_(keys), history_event.c.actor == person, history_event.c.kind.not_in(_LOOKS)
    )
    return connection.execute(acted.limit(1)).first() is not None
