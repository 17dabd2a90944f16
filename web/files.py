"""Uploaded files: taken in before their form is sent, shown to who may see the case, personal ones on a click."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from engine import attachments, formcheck
from engine.attachments import Attachment, FileRefused, Folder, NoSuchFile
from engine.errors import NotAllowed, StorageUnavailable
from engine.formcheck import MAX_FILES, Files, Schema, Submission
from engine.model import Event
from web import errors
from web.form_files import FileView
from web.i18n import gettext
from web.identity import actor
from web.reveal import write_down
from web.security import limiter
from web.wiring import parts, surroundings

bp = Blueprint("files", __name__, url_prefix="/files")
#: Uploads of one person; a form takes nine.
UPLOAD_RATE: Final = "60 per minute"
#: How long what was shown on a click may be looked at without another one.
SHOWN_SECONDS: Final = 300
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"


def _who() -> str:
    """Uploads are counted by person: a whole team may sit behind one address."""
    return actor().id


@bp.post("")
@limiter.limit(UPLOAD_RATE, key_func=_who)
def upload() -> ResponseReturnValue:
    """One file (part ``file``) of the field ``key``: 201 with its line of the form, 422 with what is wrong, as JSON."""
    sent, key = request.files.get("file"), request.form.get("key", "")
    if sent is None or not _KEY.fullmatch(key):
        return {"error": gettext("没有收到文件,请重新选择。")}, 422
    try:
        kept = _keep(sent.filename or "", sent.stream.read(formcheck.MAX_FILE_BYTES + 1))
    except FileRefused as problem:
        return {"error": errors.sentence(problem)}, 422
    except StorageUnavailable:
        return {"error": gettext("暂时不能保存文件,请稍候再试;如果仍然出现,请告诉系统管理员。")}, 503
    line = render_template("forms/file_line.html", key=key, file=FileView.of(kept.value))
    return {"id": kept.id, "html": line}, 201


@bp.get("/<file_id>")
def show(file_id: str) -> ResponseReturnValue:
    """The content: pictures in the window, documents to be saved; a personal one only behind the logged click."""
    found = _visible(file_id)
    if found.personal and not _was_shown(found):
        return redirect(url_for("files.ask", file_id=found.id), code=303)
    content = Folder.beside(parts().db).read(found.sha256)
    if found.erased_at is not None or content is None:
        return _gone()
    saved = "download" in request.args or not found.is_picture
    return _sent(content, found.media_type, name=found.name, saved=saved, tag=found.sha256)


@bp.get("/<file_id>/thumb")
def thumb(file_id: str) -> ResponseReturnValue:
    """The small picture; none of a document, of a personal file, and of what was given up."""
    found = _visible(file_id)
    small = None if found.personal or found.erased_at else Folder.beside(parts().db).thumb(found.sha256)
    if small is None:
        raise NoSuchFile(f"there is no small picture of {found.id}")
    return _sent(small, "image/jpeg", name="thumb.jpg", saved=False, tag=f"{found.sha256}-thumb")


@bp.get("/<file_id>/reveal")
def ask(file_id: str) -> ResponseReturnValue:
    """Says that looking at a personal file is logged, and offers the button."""
    found = _visible(file_id)
    if not found.personal:
        return redirect(url_for("files.show", file_id=found.id), code=303)
    return render_template("files/reveal.html", file=found, may_reveal=_may_reveal(found))


@bp.post("/<file_id>/reveal")
def reveal(file_id: str) -> ResponseReturnValue:
    """303 to the content for five minutes; who looked at it stands in the case's history."""
    found = _visible(file_id)
    if not _may_reveal(found):
        raise NotAllowed(
            "You may not look at personal data. If you need it for your work, ask a supervisor.",
            message_zh="您没有查看个人信息的权限;如办理需要,请联系主管。",
        )
    if found.case_id is not None and found.personal:
        event = Event(kind="attachment.revealed", value={"file": found.id, "sha256": found.sha256})
        write_down(found.case_id, event, "attachment")
    return redirect(url_for("files.show", file_id=found.id, seen=_signer().dumps([found.id, actor().id])), code=303)


def _may_reveal(found: Attachment) -> bool:
    return found.case_id is None or surroundings().reveals_files(found.case_id, actor())


# --- forms ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a form posted, its files taken in: their ids stand with the others."""

    raw: dict[str, str | list[str]]
    #: Field key → (Chinese, English) sentence of the first file that could not be taken.
    refused: Mapping[str, tuple[str, str]]


def usable(case_id: str | None = None) -> Files:
    """The files that the person may send with a form of the case, or with one that starts a case."""
    return attachments.usable(parts().db, actor(), case_id)


def receive(schema: Schema, raw: Mapping[str, str | list[str]]) -> Received:
    """Take in files that came with the form itself, as browsers without scripts send them."""
    taken: dict[str, str | list[str]] = dict(raw)
    refused: dict[str, tuple[str, str]] = {}
    for field in formcheck.fields(schema) if request.files else ():
        given = raw.get(field.key, [])
        ids = [given] if isinstance(given, str) else list(given)
        sent = [file for file in request.files.getlist(field.key) if file.filename] if field.is_files else []
        for file in sent[: MAX_FILES + 1 - len(ids)]:  # one too many is enough to be told of it
            try:
                ids.append(_keep(file.filename or "", file.stream.read(formcheck.MAX_FILE_BYTES + 1)).id)
            except FileRefused as problem:
                name = (file.filename or "")[:80]
                refused.setdefault(
                    field.key,
                    (f"{field.label}:“{name}”{problem.message_zh}", f"{field.label}: “{name}”: {problem.sentence_en}"),
                )
        if sent:
            taken[field.key] = ids
    return Received(raw=taken, refused=refused)


def with_refused(submission: Submission, received: Received) -> Submission:
    """The submission with what is wrong with files at their fields, in the order of the form."""
    if not received.refused:
        return submission
    zh = {key: words[0] for key, words in received.refused.items()}
    en = {key: words[1] for key, words in received.refused.items()}
    return replace(submission, errors={**submission.errors, **zh}, errors_en={**submission.errors_en, **en})


# --- the same for all ----------------------------------------------------------------------------


def _keep(name: str, content: bytes) -> Attachment:
    db = parts().db
    return attachments.keep(db, Folder.beside(db), name, content, actor=actor(), now=parts().clock.now())


def _visible(file_id: str) -> Attachment:
    """A file that the person may see: an own upload, or one of a case that is visible (P05).

    Raises:
        NotFound: in every other case the same.
    """
    with parts().db.read() as connection:
        found = attachments.get(connection, file_id)
    if found.case_id is not None:
        parts().queries.check_case(found.case_id, actor())
    elif found.uploaded_by != actor().id:
        raise NoSuchFile(f"there is no file {found.id}")
    return found


def _was_shown(found: Attachment) -> bool:
    try:
        return bool(_signer().loads(request.args.get("seen", ""), max_age=SHOWN_SECONDS) == [found.id, actor().id])
    except BadSignature:
        return False


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="files.reveal")


def _sent(content: bytes, media_type: str, *, name: str, saved: bool, tag: str) -> Response:
    """A content as it must never be taken for a page: its own type, no sniffing, nothing runs."""
    answer: Any = send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=saved, download_name=name, etag=tag, conditional=True
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer  # type: ignore[no-any-return]  # send_file gives a Response of this application


def _gone() -> ResponseReturnValue:
    text = gettext("文件内容已按个人信息保护规定清除,或已不在服务器上;历史中仍保留它的名称和校验值。")
    return errors.page(410, gettext("文件已清除"), text)
