"""One draft of a change: read, saved as it is typed, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from flask import Response
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.definitions.bundle import MAX_BYTES
from engine.errors import InvalidValue, NotFound, StepError
from engine.model import Finding
from engine.queries.base import Names
from engine.studio import Draft, DraftConflict, file_name
from engine.studio.kinds import check_kind
from web import errors
from web import format as words
from web.i18n import english, gettext
from web.identity import actor, needs, sees_studio
from web.posted import sent_object
from web.studio.blueprint import bp
from web.wiring import parts

#: Kind → the module whose ``page`` shows a draft of it.
_EDITORS: Final = {
    "bpmn": "web.studio.bpmn_editor",
    "decision": "web.studio.dmn_editor",
    "form": "web.studio.form_editor",
    "template": "web.studio.text_editor",
    "scenario": "web.studio.scenarios",
}
_PLACE: Final = "/studio/changes/<int:key>/edit/<kind>/<path:id>"


@bp.get(_PLACE)
@needs(sees_studio)
def edit_draft(key: int, kind: str, id: str) -> ResponseReturnValue:  # noqa: A002  # the word of the address
    """The editor of a draft; who may not write reads."""
    check_kind(kind)
    page: Callable[[Draft], ResponseReturnValue] | None = getattr(import_module(_EDITORS[kind]), "page", None)
    if page is None:
        raise NotFound(f"there is no editor for {kind}")
    return page(draft_of(key, kind, id))


@bp.post(_PLACE)
@needs(access.may_deploy)
def save_draft(key: int, kind: str, id: str) -> ResponseReturnValue:  # noqa: A002
    """200 with the new revision; 409 with what somebody else has saved; 422 with the reason. Nothing else is JSON."""
    sent = sent_object()
    revision = sent.get("revision")
    if type(revision) is not int:
        return {"message": gettext("请求有误,没有保存。")}, 422
    now = parts().clock.now()
    try:
        content = _in_old_words(key, kind, id, _content(sent))
        with parts().db.begin() as tx:
            saved = studio.save_draft(tx, actor(), key, kind, id, content, revision, now)
    except DraftConflict as conflict:
        return _conflict(conflict), 409
    except (StepError, InvalidValue) as problem:
        return {"message": errors.sentence(problem)}, 422
    return {"revision": saved, "saved_at": words.moment(now, now)}


@bp.post("/studio/changes/<int:key>/lint/<kind>/<path:id>")
@needs(sees_studio)
def lint_draft(key: int, kind: str, id: str) -> ResponseReturnValue:  # noqa: A002
    """What the lint says of a text that is not saved yet, inside its change and what is in force."""
    draft_of(key, kind, id)
    try:
        content = _content(sent_object())
    except InvalidValue as problem:
        return {"message": errors.sentence(problem)}, 422
    with parts().db.read() as connection:
        found = studio.check_draft(connection, parts().definitions, key, file_name(kind, id), content)
    return {"findings": [told(finding) for finding in found]}


@bp.get("/studio/changes/<int:key>/surroundings")
@needs(sees_studio)
def surroundings(key: int) -> ResponseReturnValue:
    """What editors offer to choose from; drafts of the change win over what is in force."""
    with parts().db.read() as connection:
        studio.read_change(connection, key)
        files = studio.files_around(connection, key)
    return studio.surroundings(files)


@bp.get("/studio/content/<digest>")
@needs(sees_studio)
def content(digest: str) -> Response:
    """A resource of any version as text."""
    with parts().db.read() as connection:
        found = studio.read_content(connection, digest)
    return Response(found, mimetype="text/plain")


def draft_of(key: int, kind: str, resource_id: str) -> Draft:
    """A draft as this person may have it.

    Raises:
        NotFound: the change has no such draft.
    """
    with parts().db.read() as connection:
        found = studio.read_draft(connection, key, kind, resource_id)
    return found if access.may_deploy(actor()) else replace(found, editable=False)


def told(finding: Finding) -> dict[str, Any]:
    """A finding as editors read it, in the person's language."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "element": finding.element,
        "file": finding.file,
        "message": finding.en if english() else finding.zh,
    }


def _content(sent: dict[str, Any]) -> bytes:
    text = sent.get("content")
    if not isinstance(text, str):
        raise InvalidValue("the request has no text", message_zh="请求里没有内容。")
    if len(text) > MAX_BYTES:
        raise InvalidValue("the content is larger than 2 MB", message_zh="内容超过 2 MB,没有保存。")
    try:
        return text.encode()
    except UnicodeEncodeError as problem:
        raise InvalidValue("the content has half characters", message_zh="内容里有不完整的字符,没有保存。") from problem


def _in_old_words(key: int, kind: str, resource_id: str, content: bytes) -> bytes:
    """The content as it is to be kept: what was not edited in the words in which it was there, if its editor can."""
    write: Callable[[bytes, bytes, bytes | None], bytes] | None = getattr(_editor_of(kind), "in_old_words", None)
    if write is None:
        return content
    with parts().db.read() as connection:
        draft = studio.read_draft(connection, key, kind, resource_id)
        in_force = studio.read_content(connection, draft.base_hash) if draft.base_hash else None
    return write(content, draft.content, in_force)


def _editor_of(kind: str) -> ModuleType:
    return import_module(_EDITORS[check_kind(kind)])


def _conflict(conflict: DraftConflict) -> dict[str, Any]:
    draft = conflict.draft
    with parts().db.read() as connection:
        who = Names(connection, parts().definitions, {draft.saved_by}).person(draft.saved_by)
    return {
        "revision": draft.revision,
        "content": draft.content.decode(errors="replace"),
        "saved_by": who,
        "saved_at": words.moment(draft.saved_at, parts().clock.now()),
        "message": errors.sentence(conflict),
    }
