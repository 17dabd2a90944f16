"""The proof that the record is whole: signed heads to take home, a check of everything, case files to hand over."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import audit, casefile
from engine.errors import InvalidValue
from engine.history.checkpoint import SignedCheckpoint, read_checkpoints, read_verifier_key, verifier_key
from engine.model import SYSTEM
from engine.queries.system_record import Asked, list_system
from web import errors, posted, system_words
from web.audit_tabs import reads_system
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("proofs", __name__)
_CHECKS = ("history.verified", "history.re_executed")
_HEADS = 20
_MOST_TEXT = 200_000


@bp.get("/audit/proofs")
@needs(reads_system)
def index() -> ResponseReturnValue:
    """Keys and heads, where they are carried, the check that runs, and what earlier ones found."""
    return _page()


@bp.post("/audit/proofs/head")
@needs(reads_system)
def sign() -> ResponseReturnValue:
    """Sign what is new now; 303 to the page with the new head."""
    audit.seal(parts().db, parts().signer, parts().clock.now())
    return redirect(url_for("proofs.index"), code=303)


@bp.get("/audit/proofs/heads.txt")
@needs(reads_system)
def heads() -> ResponseReturnValue:
    """All signed heads as a text file, the oldest first: to be kept elsewhere."""
    with parts().db.read() as connection:
        text = "\n".join(head.note for head in reversed(audit.list_heads(connection)))
    content = BytesIO(text.encode())
    return send_file(content, mimetype="text/plain; charset=utf-8", as_attachment=True, download_name="heads.txt")


@bp.post("/audit/proofs/check")
@needs(reads_system)
def check() -> ResponseReturnValue:
    """Begin to check everything; 422 where a head or key from elsewhere cannot be read."""
    try:
        kept, public = _kept()
    except InvalidValue as problem:
        return _page(problem=errors.sentence(problem)), 422
    parts().checking.start(actor(), heads=kept, public=public)
    return redirect(url_for("proofs.index", _anchor="check"), code=303)


@bp.get("/audit/proofs/progress")
@needs(reads_system)
def progress() -> ResponseReturnValue:
    """How far the check is; asked for every second while it runs."""
    return render_template("audit/_check.html", progress=parts().checking.progress)


@bp.post("/audit/<case_id>/case-file")
@needs(casefile.may_make)
def case_file(case_id: str) -> ResponseReturnValue:
    """The case's signed archive; who took it, and why, stands in the system's history."""
    found = parts()
    made = casefile.make(
        found.db, found.definitions, found.queries, found.signer, actor(), case_id,
        at=found.clock.now(), reason=posted.text("reason", casefile.MAX_REASON),
        unmasked=request.form.get("unmasked") == "1",
    )  # fmt: skip
    return send_file(made.content, mimetype="application/zip", as_attachment=True, download_name=made.name)


@bp.get("/audit/<case_id>/case-file")
@needs(casefile.may_make)
def ask(case_id: str) -> ResponseReturnValue:
    """What goes into the file, and what it is for."""
    case = parts().queries.case(case_id, actor())
    return render_template("audit/case_file.html", case=case, may_unmask=casefile.may_make(actor(), unmasked=True))


def _kept() -> tuple[list[SignedCheckpoint], bytes | None]:
    text, key = request.form.get("heads", "").strip(), request.form.get("key", "")[:400].strip()
    if len(text) > _MOST_TEXT:
        raise InvalidValue(
            "These are too many heads for the page. Please use the command line: kefuflow audit verify --heads FILE.",
            message_zh="树头太多,请改用命令行:kefuflow audit verify --heads 文件。",
        )
    try:
        kept = read_checkpoints(text)
    except ValueError as problem:
        raise InvalidValue(
            "These are no signed heads. Please paste them as they were given.",
            message_zh="这不是签名的树头,请原样粘贴。",
        ) from problem
    try:
        return kept, read_verifier_key(key)[1] if key else None
    except ValueError as problem:
        raise InvalidValue(
            "This is no public key. Please paste it as it was given.", message_zh="这不是公钥,请原样粘贴。"
        ) from problem


def _page(*, problem: str | None = None) -> str:
    found = parts()
    with found.db.read() as connection:
        origin = audit.origin_of(connection) or ""
        keys = [(key, verifier_key(origin, key.public)) for key in audit.list_keys(connection)]
        shown = audit.list_heads(connection, limit=_HEADS)
        carried = audit.list_published(connection, found.head_ways)
        checks = list_system(connection, Asked(kinds=_CHECKS), limit=10)
    return render_template(
        "audit/proofs.html",
        signing_keys=keys[::-1],
        heads=shown,
        carried=carried,
        checks=checks.events,
        said=system_words.SAID,
        progress=found.checking.progress,
        problem=problem,
        heads_text=request.form.get("heads", ""),
        key_text=request.form.get("key", ""),
        system=SYSTEM.id,
    )
