"""Accounts: who logs in, with which groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, accounts, second_factor
from engine.access import GROUPS
from engine.errors import InvalidValue
from engine.model import Value
from engine.store.database import Transaction
from web import confirmation, errors, notes, security, sessions
from web.i18n import gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("admin", __name__)


@bp.get("/admin")
@needs(access.may_manage_users)
def index() -> ResponseReturnValue:
    """All accounts, and a form for a new one."""
    return _list()


@bp.post("/admin/users")
@security.limiter.limit(security.LOGIN_RATE)
@needs(access.may_manage_users)
def add() -> ResponseReturnValue:
    """303 to the list with the new account; 422 with the form when something is not acceptable."""
    user_id = request.form.get("user_id", "").strip()
    name = request.form.get("name", "").strip()
    groups = request.form.getlist("groups")

    def change(tx: Transaction) -> dict[str, Value]:
        accounts.add(tx, user_id, name, request.form.get("password", ""), groups, given=True)
        return {"name": name, "groups": sorted(groups)}

    problem = _tried("user.added", user_id, change)
    if problem is not None:
        return _list(problem=problem, typed={"user_id": user_id, "name": name, "groups": groups}), 422
    notes.add(gettext("已添加 %(name)s。", name=name))
    return redirect(url_for("admin.index"), code=303)


@bp.get("/admin/users/<user_id>")
@needs(access.may_manage_users)
def user(user_id: str) -> ResponseReturnValue:
    """One account, to be changed."""
    return _user(user_id)


@bp.post("/admin/users/<user_id>/groups")
@security.limiter.limit(security.LOGIN_RATE)
@needs(access.may_manage_users)
def set_groups(user_id: str) -> ResponseReturnValue:
    """303 back to the account; the person logs in anew. Nobody gives up the keys to this page by oneself."""
    groups = request.form.getlist("groups")
    if user_id == actor().id and not access.may_manage_users(replace(actor(), groups=frozenset(groups))):
        return _user(user_id, problem=gettext("不能取消自己的系统管理员岗位,请由另一位管理员办理。")), 422

    def change(tx: Transaction) -> dict[str, Value]:
        before = accounts.set_groups(tx, user_id, groups)
        return {"before": sorted(before), "after": sorted(groups)}

    return _change("user.groups_changed", user_id, change)


@bp.post("/admin/users/<user_id>/customers")
@needs(access.may_manage_users)
def set_customers(user_id: str) -> ResponseReturnValue:
    """303 back to the account, which does not work on cases of these customer ids any more."""
    wanted = request.form.get("customer_ids", "").splitlines()

    def change(tx: Transaction) -> dict[str, Value]:
        before = accounts.set_customer_ids(tx, user_id, wanted)
        return {"before": len(before), "after": len({one.strip() for one in wanted} - {""})}

    return _change("user.customers_changed", user_id, change, confirmed=True)


@bp.post("/admin/users/<user_id>/password")
@security.limiter.limit(security.LOGIN_RATE)
@needs(access.may_manage_users)
def set_password(user_id: str) -> ResponseReturnValue:
    """303 back to the account; a lock is lifted, the person logs in anew and chooses another one."""
    accounts.get(parts().db, user_id)

    def change(tx: Transaction) -> dict[str, Value]:
        accounts.set_password(tx, user_id, request.form.get("password", ""), given=user_id != actor().id)
        return {}

    return _change("user.password_changed", user_id, change)


@bp.post("/admin/users/<user_id>/factor")
@security.limiter.limit(security.LOGIN_RATE)
@needs(access.may_manage_users)
def remove_factor(user_id: str) -> ResponseReturnValue:
    """303 back to the account of who has lost the phone: it logs in with the password alone, and may set up another."""
    accounts.get(parts().db, user_id)
    if not confirmation.is_given():
        return _user(user_id, problem=confirmation.sentence()), 422
    try:
        with parts().db.begin() as tx:
            second_factor.remove(tx, user_id, actor=actor(), at=parts().clock.now())
    except InvalidValue as problem:
        return _user(user_id, problem=errors.sentence(problem)), 422
    notes.add(gettext("已保存。该账号需要重新登录。"))
    return redirect(url_for("admin.user", user_id=user_id), code=303)


@bp.post("/admin/users/<user_id>/active")
@security.limiter.limit(security.LOGIN_RATE)
@needs(access.may_manage_users)
def set_active(user_id: str) -> ResponseReturnValue:
    """303 back to the account, which may log in or no longer; nobody locks himself out."""
    active = request.form.get("active") == "yes"
    if user_id == actor().id and not active:
        return _user(user_id, problem=gettext("不能停用自己的账号。")), 422

    def change(tx: Transaction) -> dict[str, Value]:
        return {"before": accounts.set_active(tx, user_id, active), "after": active}

    return _change("user.activity_changed", user_id, change)


def _change(
    kind: str, user_id: str, change: Callable[[Transaction], dict[str, Value]], *, confirmed: bool = False
) -> ResponseReturnValue:
    problem = _tried(kind, user_id, change, confirmed=confirmed)
    if problem is not None:
        return _user(user_id, problem=problem), 422
    notes.add(gettext("已保存。该账号需要重新登录。"))
    return redirect(url_for("admin.user", user_id=user_id), code=303)


def _tried(
    kind: str, user_id: str, change: Callable[[Transaction], dict[str, Value]], *, confirmed: bool = False
) -> str | None:
    """Change an account for who has given the own password; gives what is wrong. ``confirmed``: it is not needed."""
    if not confirmed and not confirmation.is_given():
        return confirmation.sentence()
    try:
        _record(kind, user_id, change)
    except InvalidValue as problem:
        return errors.sentence(problem)
    return None


def _record(kind: str, user_id: str, change: Callable[[Transaction], dict[str, Value]]) -> None:
    """Change an account and say so in the system's history: both or neither. ``change`` gives what is to be said."""
    with parts().db.begin() as tx:
        value = {"user": user_id, **change(tx)}
        accounts.record(tx, kind, value, actor=actor(), at=parts().clock.now())


def _list(*, problem: str | None = None, typed: dict[str, Value] | None = None) -> str:
    return render_template(
        "admin/index.html",
        people=accounts.list_accounts(parts().db),
        groups=GROUPS,
        problem=problem,
        typed=typed or {},
        asks=not sessions.is_confirmed(),
    )


def _user(user_id: str, *, problem: str | None = None) -> str:
    return render_template(
        "admin/user.html",
        account=accounts.get(parts().db, user_id),
        groups=GROUPS,
        problem=problem,
        asks=not sessions.is_confirmed(),
    )
