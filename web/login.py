"""Log-in and log-out; the home page of each role."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError

from engine import accounts, logins, second_factor
from engine.accounts import Account
from engine.login_sessions import LIFETIME
from web import conduct, draft_tokens, drafts, handover, i18n, navigation, security, sessions
from web.draft_tokens import Kept
from web.i18n import gettext
from web.identity import Person, actor
from web.links import local_target
from web.wiring import parts

bp = Blueprint("login", __name__)


def install(app: Flask) -> None:
    """Cookies of the session: not for scripts, not sent from other sites, over for good after a shift.

    Behind TLS its name begins so that a browser takes it from this host alone: a neighbour cannot plant one.
    """
    app.config.update(
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME="__Host-kefuflow" if app.config["SESSION_COOKIE_SECURE"] else "kefuflow",
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
    """303 into the product, or 401 with the page: wrong, locked and unknown look the same.

    Who has a second factor gets the page that asks for its code.
    """
    user_id = request.form.get("user_id", "").strip().lower()
    password = request.form.get("password", "")
    asks = current_app.config["KEFUFLOW_SECOND_FACTOR"] != "off"
    found = (parts().db, parts().clock, user_id[:64], password)
    account = logins.verify(*found, demo=parts().demo, second_factor=asks)
    if account is None:
        problem = gettext("账号或密码不对。连续输错十次,账号会锁定 15 分钟。")
        kept = draft_tokens.carried()
        return _page(request.form.get("next"), problem=problem, user_id=user_id[:64], kept=kept), 401
    if asks and account.second_factor:
        sessions.wait_for_code(account.id, account.session_epoch)
        return _code_page()
    return _enter(account)


@bp.post("/login/code")
@security.limiter.limit(security.LOGIN_RATE)
def submit_code() -> ResponseReturnValue:
    """303 into the product; 401 with the page when the code is wrong; 303 to the log-in page when it came too late."""
    waiting = sessions.waits_for_code()
    if waiting is None or not _still_waits(*waiting):
        return redirect(url_for("login.show", next=local_target(request.form.get("next"), "") or None), code=303)
    typed = request.form.get("code", "")[:64]
    account = second_factor.verify(parts().db, parts().clock, waiting[0], typed, seconds=sessions.now())
    if account is None:
        problem = gettext("验证码不对,或已经用过。请等手机上出现新的验证码。连续输错十次,账号会锁定 15 分钟。")
        return _code_page(problem), 401
    return _enter(account)


def _still_waits(user_id: str, epoch: int) -> bool:
    """Whether the account is as it was when the password was right."""
    account = accounts.find(parts().db, user_id)
    return account is not None and account.session_epoch == epoch and (parts().demo or not account.demo)


def _code_page(problem: str | None = None) -> str:
    target = local_target(request.form.get("next"), "")
    return render_template("login/code.html", target=target, problem=problem, kept=draft_tokens.carried())


def _enter(account: Account) -> ResponseReturnValue:
    """Begin the session, and lead to where the person wanted to go."""
    sessions.begin(account)
    login_user(Person(account))
    conduct.note_owed(account.actor)
    if chosen := i18n.chosen():
        accounts.keep_language(parts().db, account.id, chosen)
    back = drafts.back_after_login(draft_tokens.carried(), account.actor)
    return redirect(back or local_target(request.form.get("next")), code=303)


@bp.post("/login/again")
def again() -> ResponseReturnValue:
    """The log-in page, 401, to who sent a form when the log-in had run out: it carries what was typed."""
    kept = draft_tokens.posted_form()
    if kept is None:
        raise CSRFError("no form of ours")
    if current_user.is_authenticated:  # logged in again in another window: the form only has to be sent again
        return redirect(drafts.back_after_login(kept, actor()) or url_for("login.home"), code=303)
    problem = gettext("登录已过期,没有提交。您填写的内容还在,登录后继续。")
    return _page(draft_tokens.page_of(kept.subject), problem=problem, user_id=kept.user, kept=kept), 401


@bp.post("/logout")
def leave() -> ResponseReturnValue:
    """303 to the log-in page; near the end of a shift with open work first a page that offers to hand it over.

    Every session of the person ends, and the browser forgets the pages it keeps.
    """
    if request.form.get("anyway") != "1" and (sentence := handover.warned_on_leaving(actor())):
        return render_template("handover/leaving.html", sentence=sentence)
    logins.log_out(parts().db, parts().clock, actor())
    logout_user()
    session.clear()
    answer = redirect(url_for("login.show"), code=303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


security.csrf.exempt(again)  # the session that its token was for is over, and it changes nothing


@bp.get("/")
def home() -> ResponseReturnValue:
    """Where the person's day begins."""
    return redirect(url_for(navigation.home(actor())), code=303)


@bp.get("/welcome")
def nothing() -> ResponseReturnValue:
    """For somebody without any group yet."""
    return render_template("login/nothing.html")


def _page(target: str | None, *, problem: str | None = None, user_id: str = "", kept: Kept | None = None) -> str:
    people: tuple[Account, ...] = ()
    if parts().demo:
        people = tuple(a for a in accounts.list_accounts(parts().db) if a.demo and a.active)
    return render_template(
        "login/login.html",
        target=local_target(target, ""),
        problem=problem,
        user_id=user_id,
        kept=kept,
        demo_people=people,
        demo_password=current_app.config["KEFUFLOW_DEMO_PASSWORD"] if people else None,
    )
