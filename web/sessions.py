"""The session, a signed cookie: when it began, when its person last did something, when the password was last given."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import current_app, request, session

from engine.accounts import Account
from engine.clock import SystemClock
from engine.login_sessions import LIFETIME
from web.wiring import parts

#: For so long nobody who has given the password is asked for it again.
CONFIRMED_FOR: Final = timedelta(minutes=10)
#: Where the session keeps the second of its log-in: a cookie is dated anew whenever something in it changes.
SINCE: Final = "since"
#: Where it keeps which of the listed log-ins it is.
ID: Final = "login"
#: Where it keeps the second of its last use, to the minute …
USED: Final = "used"
#: … so that not every answer carries a cookie.
_GRAIN: Final = 60
#: Where it keeps the second in which the password was given last.
CONFIRMED: Final = "confirmed"
#: Where a session that is none yet keeps whose password was right, with the account's epoch and the second of it.
WAITING: Final = "waiting"
#: For so long a code may follow the password.
WAITS_FOR: Final = timedelta(minutes=5)
#: Header of what a page's script asks for while its person is at it; what polls goes without.
BY_PERSON: Final = "X-Used"


def now() -> int:
    """Seconds since 1970 on the machine's own clock: a virtual one is moved by days while people work."""
    return int(SystemClock().now().timestamp())


def begin(account: Account) -> None:
    """A new session: what was in it before log-in does not survive it."""
    session.clear()
    session.permanent = True
    session[SINCE] = now()
    session[ID] = parts().logins.begin(account, request.headers.get("User-Agent", ""), seconds=now())
    confirm()


def own_id() -> str:
    """Which of the listed log-ins this session is; "": of before there was a list."""
    return str(session.get(ID, ""))


def wait_for_code(user_id: str, epoch: int) -> None:
    """The password was right; a code has to follow before there is a session."""
    session.clear()
    session[WAITING] = [user_id, epoch, now()]


def waits_for_code() -> tuple[str, int] | None:
    """Whose password was right a moment ago, and in which epoch of the account; None: nobody's."""
    found = session.get(WAITING)
    if not isinstance(found, list) or len(found) != 3 or now() - found[2] >= WAITS_FOR.total_seconds():
        return None
    return str(found[0]), int(found[1])


def is_over() -> bool:
    """Whether it has lasted for a shift, or nobody has used it for too long; one without a beginning is over, too."""
    since = session.get(SINCE)
    if not isinstance(since, int) or now() - since >= LIFETIME.total_seconds():
        return True
    return bool(now() - _last_use(since) >= current_app.config["KEFUFLOW_IDLE_SECONDS"])


def use() -> None:
    """Note that the person has done something, if it was the person who did."""
    if "HX-Request" in request.headers and BY_PERSON not in request.headers:
        return
    if own_id():
        parts().logins.use(own_id(), seconds=now())
    if now() - _last_use(session.get(SINCE, 0)) >= _GRAIN:
        session[USED] = now()


def _last_use(since: int) -> int:
    used = session.get(USED)
    return used if isinstance(used, int) else since


def confirm() -> None:
    """Note that the person has given the password just now."""
    session[CONFIRMED] = now()


def is_confirmed() -> bool:
    """Whether the person has given the password in the last ten minutes."""
    confirmed = session.get(CONFIRMED)
    return isinstance(confirmed, int) and 0 <= now() - confirmed < CONFIRMED_FOR.total_seconds()
