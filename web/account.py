"""我的账号: the own password, and what there is to know of the second factor."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import accounts, second_factor
from engine.errors import InvalidValue
from web import confirmation, errors, identity, notes, security
from web.i18n import gettext
from web.identity import actor
from web.links import local_target
from web.wiring import parts

bp = Blueprint("account", __name__)


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
        problem=problem,
    )
