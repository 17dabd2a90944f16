"""Comments on a case: added, never changed; withdrawn within five minutes, and still in the history then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from engine.accounts import Account
from engine.clock import from_microseconds, instant_or_none
from engine.collaboration.at_case import (
    MAX_TEXT,
    AtCase,
    at_case,
    check_follows,
    checked_task,
    checked_text,
    visible_facts,
)
from engine.collaboration.people import mentioned, suggested
from engine.errors import InvalidValue, NotFound
from engine.masking import mask_within
from engine.model import Actor
from engine.notifications import Notice, Occasion, say, tell
from engine.runtime import Runtime
from engine.store.tables import comment as table
from engine.store.tables import user

#: How long one's own comment can be withdrawn.
WITHDRAWABLE: Final = timedelta(minutes=5)
MAX_COMMENT: Final = MAX_TEXT
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as people see it: mobile numbers in it are masked, a withdrawn one has no text."""

    id: int
    case_id: str
    #: The user task at which it was written.
    task: int | None
    author: str
    author_name: str
    text: str
    #: Ids of the people mentioned.
    mentions: tuple[str, ...]
    added_at: datetime
    withdrawn_at: datetime | None

    def may_withdraw(self, person: str, now: datetime) -> bool:
        """Whether the person can withdraw it still."""
        return self.withdrawn_at is None and self.author == person and now - self.added_at < WITHDRAWABLE


def comment(runtime: Runtime, case_id: str, text: str, actor: Actor, *, task: int | None = None) -> int:
    """Add a comment to a case, and tell those whom it mentions; gives its id.

    Args:
        runtime: the runtime.
        case_id: whose.
        text: plain text, at most 2000 characters; @name and @account mention people.
        actor: who writes.
        task: the user task at which it is written.

    Raises:
        NotFound: there is no such case or task, or the actor may not write in it.
        InvalidValue: the text is empty or too long, or somebody mentioned may not see the case.
    """
    check_follows(actor)
    with at_case(runtime, case_id, actor) as case:
        said = checked_text(text, "评论")
        at_task = checked_task(case.connection, case_id, task)
        people = mentioned(case.connection, said, case.facts)
        return _add(case, said, actor, at_task, tuple(one.id for one in people))


def _add(case: AtCase, said: str, actor: Actor, task: int | None, mentions: tuple[str, ...]) -> int:
    row = {
        "case_id": case.row.case_id,
        "task": task,
        "author": actor.id,
        "text": said,
        "mentions": ",".join(mentions),
        "added_at": case.cascade.at,
    }
    made: int = case.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    case.note("comment.added", {"comment": made, "text": mask_within(said), "mentions": list(mentions)}, task=task)
    notice = Notice(
        occasion=Occasion.MENTIONED,
        text=say("mentioned", who=actor.name, case=case.row.case_id),
        case_id=case.row.case_id,
        task=task,
        page=f"/cases/{case.row.case_id}#comment-{made}",
    )
    tell(case.cascade.tx, mentions, notice, at=case.cascade.now, actor=actor.id)
    return made


def withdraw_comment(runtime: Runtime, case_id: str, comment_id: int, actor: Actor) -> None:
    """Withdraw one's own comment; doing it again changes nothing.

    Raises:
        NotFound: the case has no such comment of the actor's.
        InvalidValue: it is older than five minutes.
    """
    with at_case(runtime, case_id, actor) as case:
        row = case.connection.execute(
            select(table).where(table.c.id == comment_id, table.c.case_id == case_id)
        ).one_or_none()
        if row is None or row.author != actor.id:
            raise NotFound(f"{actor.id} has no comment {comment_id}", message_zh="没有这条评论,或它不是您写的。")
        if row.withdrawn_at is not None:
            return
        if case.cascade.now - from_microseconds(row.added_at) >= WITHDRAWABLE:
            raise InvalidValue(
                "A comment can be withdrawn within 5 minutes only. You can write another one that corrects it.",
                message_zh="评论只能在发出后 5 分钟内撤回,可再写一条更正。",
            )
        case.connection.execute(update(table).where(table.c.id == comment_id).values(withdrawn_at=case.cascade.at))
        case.note("comment.withdrawn", {"comment": comment_id}, task=row.task)


def comments_of(connection: Connection, case_id: str, *, limit: int = _SHOWN) -> tuple[Comment, ...]:
    """The newest comments of a case, the newest last; who asks must be allowed to see the case."""
    newest = (
        select(table, user.c.name)
        .outerjoin(user, user.c.id == table.c.author)
        .where(table.c.case_id == case_id)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return tuple(
        Comment(
            id=row.id,
            case_id=row.case_id,
            task=row.task,
            author=row.author,
            author_name=row.name or row.author,
            text="" if row.withdrawn_at is not None else mask_within(row.text),
            mentions=tuple(row.mentions.split(",")) if row.mentions else (),
            added_at=from_microseconds(row.added_at),
            withdrawn_at=instant_or_none(row.withdrawn_at),
        )
        for row in reversed(connection.execute(newest).all())
    )


def read_comments(connection: Connection, case_id: str, actor: Actor) -> tuple[Comment, ...]:
    """The same for somebody of whom it is not known yet whether he may see the case.

    Raises:
        NotFound: there is no such case for the actor.
    """
    check_follows(actor)
    visible_facts(connection, case_id, actor, writes=False)
    return comments_of(connection, case_id)


def whom_to_mention(connection: Connection, case_id: str, begun: str, actor: Actor) -> list[tuple[str, Account]]:
    """Whom the actor may mention on a case, by the beginning of a name or account.

    Raises:
        NotFound: there is no such case for the actor.
    """
    check_follows(actor)
    return suggested(connection, visible_facts(connection, case_id, actor, writes=True), begun, actor)
