"""Log-in and log-out; the home page of each role."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from engine import accounts
from engine.accounts import Account
from web import navigation, security
from web.i18n import gettext
from web.identity import SESSION_LIFETIME, SINCE, Person, actor, now
from web.links import local_target
from web.wiring import parts

bp = Blueprint("login", __name__)


def install(app: Flask) -> None:
    """Cookies of the session: not for scripts, not sent from other sites, over for good after a shift."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME="kefuflow",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )


@bp.get("/login")
def show() -> ResponseReturnValue:
    """The log-in page; who is logged in already goes home."""
    if current_user.is_authenticated:
        return redirect(url_for("login.home"), code=303)
    return _page(request.args.get("next"))


@bp.post("/login")
@security.limiter.limit(security.LOGIN_RATE)
def submit() -> ResponseReturnValue:
    """303 into the product, or 401 with the page: wrong, locked and unknown look the same."""
    user_id = request.form.get("user_id", "").strip().lower()
    password = request.form.get("password", "")
    account = accounts.verify(parts().db, parts().clock, user_id[:64], password, demo=parts().demo)
    if account is None:
        problem = gettext("账号或密码不对。连续输错十次,账号会锁定 15 分钟。")
        return _page(request.form.get("next"), problem=problem, user_id=user_id[:64]), 401
    session.clear()  # what was in the session before log-in does not survive it
    session.permanent = True
    session[SINCE] = now()
    login_user(Person(account))
    return redirect(local_target(request.form.get("next")), code=303)


@bp.post("/logout")
def leave() -> ResponseReturnValue:
    """303 to the log-in page; every session of the person ends, and the browser forgets the pages it keeps."""
    accounts.log_out(parts().db, parts().clock, actor())
    logout_user()
    session.clear()
    answer = redirect(url_for("login.show"), code=303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.get("/")
def home() -> ResponseReturnValue:
    """Where the person's day begins."""
    return redirect(url_for(navigation.home(actor())), code=303)


@bp.get("/welcome")
def nothing() -> ResponseReturnValue:
    """For somebody without any group yet."""
    return render_template("login/nothing.html")


def _page(target: str | None, *, problem: str | None = None, user_id: str = "") -> str:
    people: tuple[Account, ...] = ()
    if parts().demo:
        people = tuple(a for a in accounts.list_accounts(parts().db) if a.demo and a.active)
    return render_template(
        "login/login.html",
        target=local_target(target, ""),
        problem=problem,
        user_id=user_id,
        demo_people=people,
        demo_password=current_app.config["KEFUFLOW_DEMO_PASSWORD"] if people else None,
    )
