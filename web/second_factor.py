"""The own second factor: set up with an app, recovery codes, taken off; each time the password is asked for."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import second_factor, totp
from engine.errors import InvalidValue, NotFound
from web import confirmation, errors, identity, notes, security, sessions
from web.account import page as account_page
from web.i18n import gettext
from web.identity import actor
from web.wiring import parts

bp = Blueprint("second_factor", __name__)
#: What the app calls us.
_ISSUER = "Kefuflow"


@bp.post("/account/factor")
@security.limiter.limit(security.LOGIN_RATE)
def begin() -> ResponseReturnValue:
    """303 to the page with the QR code; 422 without the own password."""
    _check_offered()
    if not confirmation.is_given(always=True):
        return account_page(confirmation.sentence()), 422
    try:
        second_factor.begin(parts().db, actor().id)
    except InvalidValue as refused:
        return account_page(errors.sentence(refused)), 422
    return redirect(url_for("second_factor.show"), code=303)


@bp.get("/account/factor")
def show() -> ResponseReturnValue:
    """The secret as a QR code, and where its first code is typed; only just behind the password."""
    page = _setting_up()
    return redirect(url_for("account.show"), code=303) if page is None else page


@bp.post("/account/factor/confirmation")
@security.limiter.limit(security.LOGIN_RATE)
def confirm() -> ResponseReturnValue:
    """The recovery codes, once; every other session of the person has ended. 422 when the code is wrong."""
    _check_offered()
    typed = request.form.get("code", "")[:64]
    try:
        codes = second_factor.enrol(parts().db, actor(), typed, seconds=sessions.now(), at=parts().clock.now())
    except InvalidValue as refused:
        page = _setting_up(errors.sentence(refused))
        return redirect(url_for("account.show"), code=303) if page is None else (page, 422)
    identity.stay()
    return _codes(codes)


@bp.post("/account/factor/codes")
@security.limiter.limit(security.LOGIN_RATE)
def renew() -> ResponseReturnValue:
    """Ten new recovery codes, once; 422 without the own password."""
    if not confirmation.is_given(always=True):
        return account_page(confirmation.sentence()), 422
    try:
        return _codes(second_factor.renew_codes(parts().db, actor(), at=parts().clock.now()))
    except InvalidValue as refused:
        return account_page(errors.sentence(refused)), 422


@bp.post("/account/factor/removal")
@security.limiter.limit(security.LOGIN_RATE)
def remove() -> ResponseReturnValue:
    """303 to the own account without a second factor; 422 without the own password, and for who must have one."""
    if identity.must_have_factor(current_user.account):
        return account_page(gettext("您的岗位必须使用二次验证,不能关闭。")), 422
    if not confirmation.is_given(always=True):
        return account_page(confirmation.sentence()), 422
    try:
        with parts().db.begin() as tx:
            second_factor.remove(tx, actor().id, actor=actor(), at=parts().clock.now())
    except InvalidValue as refused:
        return account_page(errors.sentence(refused)), 422
    identity.stay()
    notes.add(gettext("二次验证已关闭。您在其他电脑上的登录已结束。"))
    return redirect(url_for("account.show"), code=303)


def _check_offered() -> None:
    if current_app.config["KEFUFLOW_SECOND_FACTOR"] == "off":
        raise NotFound("no second factor is offered")


def _setting_up(problem: str | None = None) -> Response | None:
    """The page with the secret; None: none waits, or the password was given too long ago."""
    secret = second_factor.waiting_secret(parts().db, actor().id) if sessions.is_confirmed() else None
    if secret is None:
        return None
    code = segno.make_qr(totp.uri(secret, issuer=_ISSUER, account=actor().id), error="m")
    page = render_template(
        "account/factor.html",
        account=current_user.account,
        owes=identity.owes(),
        picture=code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        secret=totp.secret_text(secret),
        issuer=_ISSUER,
        problem=problem,
    )
    return _not_kept(page)


def _codes(codes: tuple[str, ...]) -> Response:
    return _not_kept(render_template("account/codes.html", account=current_user.account, owes=None, codes=codes))


def _not_kept(page: str) -> Response:
    """No browser keeps it."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
