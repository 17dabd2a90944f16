"""我的账号: the own password, and what there is to know of the second factor."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import accounts, second_factor
from engine.errors import InvalidValue
from web import confirmation, errors, identity, notes, security, sessions
from web.i18n import gettext
from web.identity import actor
from web.links import local_target
from web.wiring import parts

bp = Blueprint("account", __name__)
#: Signs by which browsers and systems tell of themselves; the first that is there counts, since each names others.
_BROWSERS = (
    *(("MicroMessenger", "WeChat"), ("QQBrowser", "QQBrowser"), ("Edg", "Edge"), ("OPR/", "Opera")),
    *(("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Mac OS X", "Mac"), ("Linux", "Linux")),
)


@bp.get("/account")
def show() -> ResponseReturnValue:
    """The own account."""
    return page()


@bp.post("/account/password")
@security.limiter.limit(security.LOGIN_RATE)
def set_password() -> ResponseReturnValue:
    """303 back to the account with a new password, and every other session has ended; 422 with what is wrong.

    Who had to replace the first password goes on to where the log-in was to lead.
    """
    wanted = request.form.get("password", "")
    problem = _problem(wanted)
    if problem is None:
        try:
            with parts().db.begin() as tx:
                accounts.set_password(tx, actor().id, wanted)
                value = {"user": actor().id}
                accounts.record(tx, "user.password_changed", value, actor=actor(), at=parts().clock.now())
        except InvalidValue as refused:
            problem = errors.sentence(refused)
    if problem is not None:
        return page(problem), 422
    onwards = local_target(request.form.get("next")) if identity.owes() else url_for("account.show")
    identity.stay()
    notes.add(gettext("密码已修改。您在其他电脑上的登录已结束。"))
    return redirect(onwards, code=303)


@bp.post("/account/sessions")
@security.limiter.limit(security.LOGIN_RATE)
def end_session() -> ResponseReturnValue:
    """303 back to the account, one of whose log-ins has ended; 422 without the password; 404 where there is none."""
    if not confirmation.is_given():
        return page(confirmation.sentence()), 422
    parts().logins.end(actor(), request.form.get("session", "")[:64], at=parts().clock.now())
    notes.add(gettext("该登录已结束。"))
    return redirect(url_for("account.show"), code=303)


def _problem(wanted: str) -> str | None:
    """Why the password is not changed, before the rules for passwords are asked."""
    if current_user.account.demo:
        return gettext("演示账号的密码是公开的,不能修改。")
    if wanted != request.form.get("again", ""):
        return gettext("两次输入的新密码不一致。")
    if not confirmation.is_given(always=True):
        return confirmation.sentence()
    if wanted == request.form.get(confirmation.FIELD):
        return gettext("新密码不能和当前密码相同。")
    return None


@bp.app_template_filter()
def browser_words(said: str) -> str:
    """A browser by what it says of itself: Chrome · Windows."""
    browser = next((word for sign, word in _BROWSERS if sign in said), gettext("其他浏览器"))
    system = next((word for sign, word in _SYSTEMS if sign in said), "")
    return f"{browser} · {system}" if system else browser


@bp.app_template_filter()
def at_second(seconds: int) -> datetime:
    """The moment of a second since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def page(problem: str | None = None) -> str:
    """The own account; to who owes something, only that."""
    return render_template(
        "account/owed.html" if identity.owes() else "account/index.html",
        account=current_user.account,
        owes=identity.owes(),
        offered=current_app.config["KEFUFLOW_SECOND_FACTOR"] != "off",
        must=identity.must_have_factor(current_user.account),
        codes_left=second_factor.codes_left(parts().db, actor().id),
        target=local_target(request.values.get("next"), ""),
        logins=parts().logins.list_of(
            current_user.account, seconds=sessions.now(), idle=current_app.config["KEFUFLOW_IDLE_SECONDS"]
        ),
        own_login=sessions.own_id(),
        asks=not sessions.is_confirmed(),
        problem=problem,
    )
