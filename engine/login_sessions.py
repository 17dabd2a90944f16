"""Where people are logged in: a row for each log-in of the last shift, so that its person can look and end one.

Several programs may serve a database: every request asks the database whether its session was ended. When it was used
is kept in memory until the worker writes it down, so that no page that only shows something waits for who writes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from engine.accounts import Account, find_in, record
from engine.errors import NotFound
from engine.model import Actor
from engine.store.database import Database
from engine.store.statement import Query
from engine.store.tables import login_session

#: A shift with its overtime; then one logs in again, however busy the session was.
LIFETIME: Final = timedelta(hours=12)
_ID_BYTES: Final = 16
#: Of what a browser says of itself.
_MOST: Final = 300
_USED: Final = (
    update(login_session)
    .where(login_session.c.id == bindparam("login"))
    .values(used=func.max(login_session.c.used, bindparam("second")))
)
_ENDED: Final = Query("ended_login", select(login_session.c.ended).where(login_session.c.id == bindparam("id")))


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
        #: Session → second of its last use, of those that are not written down yet.
        self._used: dict[str, int] = {}

    def account_of(self, session_id: str, user_id: str) -> Account | None:
        """Whose session it is; None: there is no such account, or its person has ended the session from elsewhere."""
        with self._db.read() as connection:
            account = find_in(connection, user_id)
            kept = _ENDED.first(connection, {"id": session_id})
        return None if kept is not None and kept.ended else account

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

    def write_down(self, _: object = None) -> bool:
        """Write down which were used, as a look of the worker; it makes no jobs.

        Raises:
            StorageUnavailable: it could not be written; it is at the next look.
        """
        used, self._used = self._used, {}
        rows = [{"login": login, "second": second} for login, second in list(used.items())]
        if not rows:
            return False
        try:
            with self._db.begin() as tx:
                tx.connection.execute(_USED, rows)
        except BaseException:
            self._used = used | self._used
            raise
        return False

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
            LoginSession(id=row.id, began=row.began, used=self._last_use(row), browser=row.browser) for row in rows
        )
        return tuple(one for one in found if seconds - one.used < idle)

    def _last_use(self, row: Row[Any]) -> int:
        return max(int(row.used), int(row.began), self._used.get(row.id, 0))

    def end(self, actor: Actor, session_id: str, *, at: datetime) -> None:
        """End one of the actor's own, and record it.

        Raises:
            NotFound: there is none of that id, it is somebody else's, or over already.
        """
        mine = (login_session.c.id == session_id, login_session.c.user == actor.id, login_session.c.ended == 0)
        with self._db.begin() as tx:
            if tx.connection.execute(update(login_session).where(*mine).values(ended=1)).rowcount != 1:
                raise NotFound("there is no such log-in", message_zh="没有这个登录,或者已经结束。")
            record(tx, "user.session_ended", {"user": actor.id}, actor=actor, at=at)
