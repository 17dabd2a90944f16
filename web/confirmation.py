"""The own password is asked for again before an account changes: who finds an open desk must not take it over."""

from __future__ import annotations

from typing import Final

from flask import request

from engine import logins
from web import sessions
from web.i18n import gettext
from web.identity import actor
from web.wiring import parts

#: The field in which it is typed.
FIELD: Final = "own_password"


def is_given(*, always: bool = False) -> bool:
    """Whether the person has given the own password with this form, or did so in the last ten minutes.

    Wrong ones count as at log-in: ten lock the account.

    Args:
        always: it has to stand in this form.
    """
    if not always and sessions.is_confirmed():
        return True
    typed = request.form.get(FIELD, "")
    if not typed or not logins.confirm(parts().db, parts().clock, actor().id, typed):
        return False
    sessions.confirm()
    return True


def sentence() -> str:
    """What is said to who has not given it."""
    if not request.form.get(FIELD):
        return gettext("请输入您自己的密码,再保存。")
    return gettext("您自己的密码不对,没有保存。连续输错十次,账号会锁定 15 分钟。")
