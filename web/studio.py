"""The process owner's pages: what is in force, and putting changed files in force."""

from __future__ import annotations

import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from engine import access
from engine.definitions import Deployment
from engine.errors import DefinitionRefused, NotFound
from engine.model import Finding, Severity
from web import notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.security import FILE_LIMIT
from web.wiring import parts

bp = Blueprint("studio", __name__)
_MAX_FILES = 100
#: What an owner may take home to change: kind → suffix of the file.
_SUFFIXES = {"decision": "dmn", "form": "form", "template": "txt"}
#: Name of the hidden field that carries a checked file back, followed by the file's name.
_CARRIED = "file:"


@bp.get("/studio")
@needs(sees_studio)
def index() -> ResponseReturnValue:
    """Processes with their versions, and the decisions, forms and texts in force."""
    queries, person = parts().queries, actor()
    return render_template(
        "studio/index.html",
        processes=queries.processes(person),
        resources=[found for kind in _SUFFIXES for found in queries.resources(person, kind)],
        may_deploy=access.may_deploy(person),
    )


@bp.get("/studio/definitions/<int:key>.bpmn")
@needs(sees_studio)
def download(key: int) -> Response:
    """The diagram of a version as it was deployed, to be saved."""
    xml = parts().queries.definition_xml(key, actor())
    deployed = parts().definitions.get(key)
    return _attachment(xml, f"{deployed.process_id}.bpmn", "application/xml")


@bp.get("/studio/resources/<kind>/<resource_id>")
@needs(sees_studio)
def resource(kind: str, resource_id: str) -> Response:
    """A decision, form or text in force, to be saved, changed and deployed again."""
    if kind not in _SUFFIXES:
        raise NotFound("there is no such kind of resource")
    content = parts().queries.resource_content(kind, resource_id, actor())
    return _attachment(content, f"{resource_id}.{_SUFFIXES[kind]}", "application/octet-stream")


@bp.get("/studio/deploy")
@needs(access.may_deploy)
def files() -> ResponseReturnValue:
    """Choose files."""
    return render_template("studio/deploy.html", findings=None, chosen={})


@bp.post("/studio/check")
@needs(access.may_deploy)
def check() -> ResponseReturnValue:
    """What the lint says of the files; nothing is written. 422 where a deployment would be refused."""
    sent = _sent_files()
    if not sent:
        return _nothing_sent()
    findings = parts().definitions.check(sent)
    return _checked(sent, findings), 422 if _refused(findings) else 200


@bp.post("/studio/deploy")
@needs(access.may_deploy)
def deploy() -> ResponseReturnValue:
    """303 to what is in force now; 422 with the findings when the lint refuses."""
    sent = _sent_files()
    if not sent:
        return _nothing_sent()
    try:
        deployment = parts().definitions.deploy(sent, actor())
    except DefinitionRefused as refusal:
        findings = [finding for finding in refusal.findings if isinstance(finding, Finding)]
        return _checked(sent, findings), 422
    notes.add(_said(deployment))
    return redirect(url_for("studio.index"), code=303)


def _said(deployment: Deployment) -> str:
    if not deployment.versions:
        return gettext("文件已保存。没有流程因此改变,不产生新版本。")
    names = [
        gettext("%(name)s v%(version)s", name=parts().definitions.get(made.key).name, version=made.version)
        for made in deployment.versions
    ]
    return gettext("已发布:%(versions)s。进行中的工单仍按原版本走完。", versions="、".join(names))


def _sent_files() -> dict[str, bytes]:
    """The uploaded files, or those that an earlier check carried back; name → content."""
    found: dict[str, bytes] = {}
    for upload in request.files.getlist("files")[: _MAX_FILES + 1]:
        if upload.filename:
            found[_beside(_plain(upload.filename), found)] = upload.stream.read(FILE_LIMIT + 1)
        upload.close()
    for name, text in request.form.items():
        if name.startswith(_CARRIED):
            try:
                found[_beside(_plain(name.removeprefix(_CARRIED)), found)] = b64decode(text, validate=True)
            except ValueError as problem:
                raise BadRequest("a carried file is damaged") from problem
    if len(found) > _MAX_FILES or any(len(content) > FILE_LIMIT for content in found.values()):
        raise RequestEntityTooLarge
    return found


def _plain(name: str) -> str:
    """The file's own name, as it can be shown: browsers may send a path."""
    shown = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    stem, dot, suffix = PurePosixPath(shown.replace("\\", "/")).name.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:20]}"


def _beside(name: str, others: Collection[str]) -> str:
    """The name, behind ``./`` where another file has it: every process has a start.form."""
    while name in others:
        name = f"./{name}"  # the same name to the lint, which asks the file for its id
    return name


def _nothing_sent() -> ResponseReturnValue:
    notes.add(gettext("请先选择要检查的文件。"), "warn")
    return redirect(url_for("studio.files"), code=303)


def _refused(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _checked(sent: dict[str, bytes], findings: list[Finding]) -> str:
    findings = sorted(findings, key=lambda f: (f.severity is not Severity.ERROR, f.file or "", f.element or ""))
    return render_template(
        "studio/deploy.html",
        findings=findings,
        refused=_refused(findings),
        chosen={name: b64encode(content).decode() for name, content in sent.items()},
        sizes={name: len(content) for name, content in sent.items()},
        prefix=_CARRIED,
    )


def _attachment(content: bytes, name: str, mimetype: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
