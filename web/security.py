"""Headers, limits and tokens that hold for every answer."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect

#: Nothing inline, nothing from elsewhere; small pictures may be written into the style sheet.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
MEGABYTE = 1024 * 1024
#: Every ordinary form.
FORM_LIMIT = MEGABYTE
#: One file of the studio.
FILE_LIMIT = 2 * MEGABYTE
#: All files of one deployment together.
DEPLOY_LIMIT = 16 * MEGABYTE
#: Tries to log in from one address; an account has its own lock.
LOGIN_RATE = "30 per minute"

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def install(app: Flask) -> None:
    """Bound requests first, then check tokens, then answer with the headers."""
    app.before_request(_bound_request)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_headers)


def _bound_request() -> None:
    limit = DEPLOY_LIMIT if request.blueprint == "studio" else FORM_LIMIT
    request.max_content_length = limit
    request.max_form_memory_size = limit
    request.max_form_parts = 500


def _headers(response: Response) -> Response:
    headers = response.headers
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint == "static":
        if request.path.startswith("/static/dist/"):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "private, no-cache"
        headers.add("Vary", "Cookie")
        headers.add("Vary", "HX-Request")  # the same address gives a page or a part of it
    if g.get("login_needed"):
        headers["X-Page"] = "login"
    return response
