"""Language, light or dark, keys of one letter: kept in cookies, changed from any page.

The language is kept with the account, too: mails are written in it.
"""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_login import current_user

from engine import accounts
from web import i18n
from web.i18n import LANGUAGES, language
from web.links import local_target
from web.wiring import parts

__all__ = ["LANGUAGES", "bp", "install", "keys", "language", "theme"]

bp = Blueprint("preferences", __name__)
THEMES = ("auto", "light", "dark")
KEYS = ("on", "off")
_YEAR = 365 * 24 * 3600


def theme() -> str:
    """Light, dark, or auto: what the person's system says."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def keys() -> str:
    """Whether keys of one letter do something: "on"; "off" for who speaks to the computer or strikes them unawares."""
    return "off" if request.cookies.get("keys") == "off" else "on"


def install(app: Flask) -> None:
    """Set the locale of every request and tell the templates of both choices."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=language)
    i18n.install(app)
    app.jinja_env.globals.update(language=language, theme=theme, keys=keys, languages=LANGUAGES)


@bp.post("/preferences")
def save() -> ResponseReturnValue:
    """303 back to where the person was; unknown choices change nothing."""
    answer = redirect(local_target(request.form.get("next")), code=303)
    for name, known in (("lang", tuple(LANGUAGES)), ("theme", THEMES), ("keys", KEYS)):
        chosen = request.form.get(name)
        if chosen in known:
            answer.set_cookie(name, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    if current_user.is_authenticated and request.form.get("lang") in LANGUAGES:
        accounts.keep_language(parts().db, current_user.account.id, request.form["lang"])
    return answer
