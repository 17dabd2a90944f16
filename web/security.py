"""Headers, limits and tokens that hold for every answer."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf import CSRFProtect

#: Nothing inline, nothing from elsewhere; small pictures may be written into the style sheet.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: The editors write their own style attributes; scripts stay as strict as everywhere.
EDITOR_POLICY = POLICY + "; style-src-attr 'unsafe-inline'"
MEGABYTE = 1024 * 1024
#: Every ordinary form.
FORM_LIMIT = MEGABYTE
#: One file of the studio.
FILE_LIMIT = 2 * MEGABYTE
#: All files of one deployment together.
DEPLOY_LIMIT = 16 * MEGABYTE
#: One file that a script uploads, with what is around it.
UPLOAD_LIMIT = 11 * MEGABYTE
#: A form that takes its files along, as browsers without scripts send it.
FORM_WITH_FILES_LIMIT = 92 * MEGABYTE
#: Endpoints of such forms.
_TAKES_FILES = frozenset(
    {"desk.complete", "desk.save_progress", "drafts.save_task", "drafts.save_start", "start.submit"}
)
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
    request.max_form_memory_size = limit
    if request.mimetype == "multipart/form-data" and current_user.is_authenticated:
        limit = _file_limit(limit)
    request.max_content_length = limit
    request.max_form_parts = 500


def _file_limit(limit: int) -> int:
    """Files are set aside on the disk while they come in, so that only those who have logged in may send many."""
    if request.endpoint == "files.upload":
        return UPLOAD_LIMIT
    return FORM_WITH_FILES_LIMIT if request.endpoint in _TAKES_FILES else limit


def lets_editors_style(page: str) -> Response:
    """A page with an editor in it, under the policy that editors need."""
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


def _headers(response: Response) -> Response:
    headers = response.headers
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
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
        if headers.get("Cache-Control") != "no-store":
            headers["Cache-Control"] = "private, no-cache"
        headers.add("Vary", "Cookie")
        headers.add("Vary", "HX-Request")  # the same address gives a page or a part of it
    if g.get("login_needed") or request.endpoint == "login.show":  # a script follows the redirect unseen
        headers["X-Page"] = "login"
    return response
