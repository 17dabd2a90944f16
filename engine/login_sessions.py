"""Where people are logged in: a row for each log-in of the last shift, so that its person can look and end one.

Every request asks whether its session was ended, and says when it was used; one process serves a database, so both
are kept in memory, and only begin and end are written.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from sqlalchemy import delete, insert, select, update

from engine.accounts import Account, record
from engine.errors import NotFound
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import login_session

#: A shift with its overtime; then one logs in again, however busy the session was.
LIFETIME: Final = timedelta(hours=12)
_ID_BYTES: Final = 16
#: Of what a browser says of itself.
_MOST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A log-in that is not over; times are seconds since 1970 by the machine's clock."""

    id: str
    began: int
    used: int
    #: What the browser said of itself.
    browser: str


class LoginSessions:
    """The log-ins of a database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._used: dict[str, int] = {}

    @cached_property
    def _ended(self) -> set[str]:
        with self._db.read() as connection:
            return set(connection.execute(select(login_session.c.id).where(login_session.c.ended == 1)).scalars())

    def begin(self, account: Account, browser: str, *, seconds: int) -> str:
        """Note a log-in and give its id; those of an earlier shift are forgotten."""
        made = secrets.token_hex(_ID_BYTES)
        past = seconds - int(LIFETIME.total_seconds())
        row = {"id": made, "user": account.id, "epoch": account.session_epoch, "began": seconds}
        with self._db.begin() as tx:
            tx.connection.execute(delete(login_session).where(login_session.c.began <= past))
            tx.connection.execute(insert(login_session).values(**row, browser=browser[:_MOST]))
        self._used = {one: used for one, used in self._used.items() if used > past}
        return made

    def go_on(self, session_id: str, account: Account) -> None:
        """Let a session go on after a change of its own account has ended all of them."""
        epoch = {"epoch": account.session_epoch}
        with self._db.begin() as tx:
            tx.connection.execute(update(login_session).where(login_session.c.id == session_id).values(epoch))

    def use(self, session_id: str, *, seconds: int) -> None:
        """Note that its person has done something."""
        self._used[session_id] = seconds

    def is_ended(self, session_id: str) -> bool:
        """Whether its person has ended it from elsewhere."""
        return session_id in self._ended

    def list_of(self, account: Account, *, seconds: int, idle: int) -> tuple[LoginSession, ...]:
        """The log-ins of an account that are not over, the newest first.

        Args:
            account: whose.
            seconds: now.
            idle: after so many seconds without use a session is over.
        """
        of = (login_session.c.user == account.id, login_session.c.epoch == account.session_epoch)
        past = seconds - int(LIFETIME.total_seconds())
        query = select(login_session).where(*of, login_session.c.ended == 0, login_session.c.began > past)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(login_session.c.began.desc(), login_session.c.id)).all()
        found = (
            LoginSession(id=row.id, began=row.began, used=self._used.get(row.id, row.began), browser=row.browser)
            for row in rows
        )
        return tuple(one for one in found if seconds - one.used < idle)

    def end(self, actor: Actor, session_id: str, *, at: datetime) -> None:
        """End one of the actor's own, and record it.

        Raises:
            NotFound: there is none of that id, it is somebody else's, or over already.
        """
        mine = (login_session.c.id == session_id, login_session.c.user == actor.id, login_session.c.ended == 0)
        ended = self._ended
        with self._db.begin() as tx:
            if tx.connection.execute(update(login_session).where(*mine).values(ended=1)).rowcount != 1:
                raise NotFound("there is no such log-in", message_zh="没有这个登录,或者已经结束。")
            record(tx, "user.session_ended", {"user": actor.id}, actor=actor, at=at)
        ended.add(session_id)
