"""The words of the pages in the request's language: Flask-Babel behind types.

Chinese is what the sources say, so for it nothing is looked up: a page says hundreds of texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import flask_babel
from flask import Flask, has_request_context, request
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.filters import sync_do_join
from jinja2.nodes import EvalContext
from markupsafe import Markup

LANGUAGES = {"zh": "中文", "en": "English"}
_SOURCE = "zh"
_COMMA = "、"


def language() -> str:
    """The language of this request: the person's choice; Chinese first, and where there is no request."""
    return chosen() or _SOURCE


def chosen() -> str | None:
    """What the person has chosen on this browser; None: nothing yet, or there is no request."""
    if not has_request_context():
        return None
    cookies = request.cookies
    if "lang" not in cookies:  # a cookie that is asked for and missing costs four times as much
        return None
    name = cookies["lang"]
    return name if name in LANGUAGES else None


def gettext(text: str, **values: object) -> str:
    """The text in the request's language; ``%(name)s`` is filled in."""
    if language() == _SOURCE:
        return text % values if values else text
    return str(flask_babel.gettext(text, **values))


def lazy_gettext(text: str) -> object:
    """The text in the language of the request that prints it: for what is said once for all requests."""
    return LazyString(gettext, text)


def lazy_pgettext(context: str, text: str) -> object:
    """The same where one Chinese word is two in English: the context tells them apart."""
    return LazyString(lambda: text if language() == _SOURCE else str(flask_babel.pgettext(context, text)))


def english() -> bool:
    """Whether this request's page is in English."""
    return language() == "en"


def listed(items: Iterable[str]) -> str:
    """Several things in a row: 甲、乙; in English A, B."""
    return (", " if english() else _COMMA).join(items)


def install(app: Flask) -> None:
    """Let templates say their texts the same way: behind Babel, which brings ``ngettext`` and the rest."""
    app.jinja_env.globals.update({"_": _in_template, "gettext": _in_template})
    app.jinja_env.filters["join"] = _join


@pass_eval_context
def _in_template(context: EvalContext, text: str, /, **values: Any) -> str:
    """As Jinja's own: always a format, so that ``%%`` is one sign; what is filled in is escaped."""
    said = gettext(text)
    if context.autoescape:
        said = Markup(said)  # noqa: S704  # a text of ours
    return said % values if values or "%" in said else said


@pass_eval_context
def _join(context: EvalContext, items: Iterable[Any], between: str = "", attribute: str | int | None = None) -> str:
    """As Jinja's own, but what a list has between its items in Chinese is a comma in English."""
    return sync_do_join(context, items, ", " if between == _COMMA and english() else between, attribute)
