"""The words of the pages in the request's language: Flask-Babel behind types."""

from __future__ import annotations

import flask_babel


def gettext(text: str, **values: object) -> str:
    """The text in the request's language; ``%(name)s`` is filled in."""
    return str(flask_babel.gettext(text, **values))


def lazy_gettext(text: str) -> object:
    """The text in the language of the request that prints it: for what is said once for all requests."""
    return flask_babel.lazy_gettext(text)


def english() -> bool:
    """Whether this request's page is in English."""
    locale = flask_babel.get_locale()
    return locale is not None and locale.language == "en"
