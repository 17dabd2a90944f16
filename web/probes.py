"""Whether the program lives, and whether it can work: asked by machines, without log-in, told without personal data."""

from __future__ import annotations

from typing import Final

import structlog
from flask import Blueprint, Response, current_app, jsonify

from engine.queries.readiness import Examiner
from web.wiring import parts

bp = Blueprint("probes", __name__)
_log = structlog.get_logger(__name__)
_EXTENSION: Final = "kefuflow_examiner"
_MEGABYTE: Final = 1024 * 1024


@bp.get("/healthz")
def alive() -> Response:
    """200 whenever the process answers; asks nothing and nobody."""
    return _never_kept(jsonify(alive=True))


@bp.get("/readyz")
def ready() -> Response:
    """200, or 503 with the reason: database, schema, worker, disk."""
    found = _examiner().examine(worker_looks=parts().worker.pulse.is_beating())
    if not found.ready:
        _log.error("not_ready", **found.checks)
    response = _never_kept(jsonify(ready=found.ready, checks=dict(found.checks)))
    response.status_code = 200 if found.ready else 503
    return response


def _examiner() -> Examiner:
    """The one of this application's database."""
    known: dict[str, Examiner] = current_app.extensions
    found = known.get(_EXTENSION)
    if found is None or found.db is not parts().db:
        wanted = current_app.config["KEFUFLOW_MIN_FREE_MB"] * _MEGABYTE
        found = known[_EXTENSION] = Examiner(parts().db, min_free_bytes=wanted)
    return found


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
