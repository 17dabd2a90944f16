"""Language and light or dark: kept in a cookie, changed from any page."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from web.links import local_target

bp = Blueprint("preferences", __name__)
LANGUAGES = {"zh": "中文", "en": "English"}
THEMES = ("auto", "light", "dark")
_YEAR = 365 * 24 * 3600


def language() -> str:
    """The language of this request: the person's choice; Chinese first."""
    chosen = request.cookies.get("lang", "")
    return chosen if chosen in LANGUAGES else "zh"


def theme() -> str:
    """Light, dark, or auto: what the person's system says."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def install(app: Flask) -> None:
    """Set the locale of every request and tell the templates of both choices."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale="zh", default_timezone="Asia/Shanghai", locale_selector=language)
    app.jinja_env.globals.update(language=language, theme=theme, languages=LANGUAGES)


@bp.post("/preferences")
def save() -> ResponseReturnValue:
    """303 back to where the person was; unknown choices change nothing."""
    answer = redirect(local_target(request.form.get("next")), code=303)
    for name, known in (("lang", tuple(LANGUAGES)), ("theme", THEMES)):
        chosen = request.form.get(name)
        if chosen in known:
            answer.set_cookie(name, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return answer
