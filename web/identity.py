"""Who is asking: the logged-in person, checked anew with every request, and the guards that routes put before them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user

from engine import access, accounts, second_factor
from engine.accounts import Account
from engine.errors import NotAllowed
from engine.model import Actor
from web import draft_tokens, sessions
from web.wiring import parts

P = ParamSpec("P")
R = TypeVar("R")

#: Endpoints that anybody may call.
PUBLIC = frozenset({
    "login.show", "login.submit", "login.submit_code", "login.again", "preferences.save", "static",
    "probes.alive", "probes.ready", "metrics.show",
})  # fmt: skip


#: What is open to who owes something of the own account: where it is settled, and leaving.
_TO_SETTLE = frozenset({
    "account.show", "account.set_password", "login.leave",
    "second_factor.begin", "second_factor.show", "second_factor.confirm",
})  # fmt: skip


class Person(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """An account as the session knows it: the id with the epoch that ends older sessions."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.actor = account.actor

    def get_id(self) -> str:
        """What the signed session keeps."""
        return f"{self.account.session_epoch}:{self.account.id}"


def install(app: Flask) -> None:
    """Load the person of each request; every page but the public ones needs one."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses change under people on phones; the epoch ends sessions
    manager.user_loader(_load)
    app.before_request(_require_login)


def _load(token: str) -> Person | None:
    if sessions.is_over():
        return None
    epoch, _, user_id = token.partition(":")
    account = parts().logins.account_of(sessions.own_id(), user_id)
    if account is None or not account.active or (account.demo and not parts().demo):
        return None
    return Person(account) if str(account.session_epoch) == epoch else None


def _require_login() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if current_user.is_authenticated:
        sessions.use()
        return _settle()
    g.login_needed = True
    if draft_tokens.is_kept():
        return redirect(url_for("login.again"), code=307)  # with what was typed
    target = request.full_path.rstrip("?") if request.method == "GET" and "HX-Request" not in request.headers else None
    return redirect(url_for("login.show", next=target if target != "/" else None), code=303)


def owes() -> str | None:
    """What the person has to settle before anything else.

    ``password`` that somebody else has set; ``factor``, the second one of who leads where the shop demands it;
    None: nothing.
    """
    account: Account = current_user.account
    if account.password_given:
        return "password"
    return "factor" if must_have_factor(account) and not account.second_factor else None


def must_have_factor(account: Account) -> bool:
    """Whether this shop lets the person in with a second factor only."""
    demanded = current_app.config["KEFUFLOW_SECOND_FACTOR"] == "managers"
    return demanded and not account.groups.isdisjoint(second_factor.MANAGERS)


def _settle() -> ResponseReturnValue | None:
    """Every page leads to the own account until what is owed is settled."""
    if request.endpoint in _TO_SETTLE or owes() is None:
        return None
    if "HX-Request" in request.headers:  # its answer would stand in the middle of a page
        return "", 204
    target = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("account.show", next=target), code=303)


def stay() -> None:
    """Go on with this session after a change of the own account has ended all of them."""
    account = accounts.get(parts().db, actor().id)
    if sessions.own_id():
        parts().logins.go_on(sessions.own_id(), account)
    login_user(Person(account))


def actor() -> Actor:
    """The person of this request; only behind log-in."""
    return cast(Actor, current_user.actor)


def needs(permission: Callable[[Actor], bool]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a route: who lacks the permission sees a 404, as if the page did not exist."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not permission(actor()):
                raise NotAllowed(f"{actor().id} may not use {request.endpoint}")
            return view(*args, **kwargs)

        return guarded

    return guard


def works_on_cases(person: Actor) -> bool:
    """P04: has an inbox."""
    return access.may(person, "P04")


def sees_cases(person: Actor) -> bool:
    """P05: sees at least some cases."""
    return access.may(person, "P05")


def repairs_cases(person: Actor) -> bool:
    """P07: helps on cases that are stuck, suspends and cancels them."""
    return access.may(person, "P07")


def starts_cases(person: Actor) -> bool:
    """P01–P03: may start some process by hand."""
    return any(access.may(person, permission) for permission in ("P01", "P02", "P03"))


def sees_studio(person: Actor) -> bool:
    """P22 in any degree: deploys, approves or reads."""
    return access.reach(person, "P22") is not access.Reach.NO


def audits(person: Actor) -> bool:
    """P23 on cases; an administrator, who may read the log of admin actions only, has no cases to audit."""
    return access.may_audit(person)
