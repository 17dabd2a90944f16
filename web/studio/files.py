"""Files from a desktop modeler: checked, and put into a change, or in force where nobody else has to look."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.definitions.bundle import SUFFIXES
from engine.errors import DefinitionRefused, InvalidValue, NotFound, StepError
from engine.model import Finding, Severity
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.studio.blueprint import bp
from web.studio.review import deployed_words
from web.studio.uploads import CARRIED, attachment, sent_files
from web.wiring import parts

#: What an owner may take home to change.
_KINDS = frozenset({"decision", "form", "template", "scenario"})


@bp.get("/studio/definitions/<int:key>.bpmn")
@needs(sees_studio)
def download(key: int) -> Response:
    """The diagram of a version as it was deployed, to be saved."""
    xml = parts().queries.definition_xml(key, actor())
    deployed = parts().definitions.get(key)
    return attachment(xml, f"{deployed.process_id}.bpmn", "application/xml")


@bp.get("/studio/resources/<kind>/<resource_id>")
@needs(sees_studio)
def resource(kind: str, resource_id: str) -> Response:
    """A decision, form, text or scenario file in force, to be saved, changed and deployed again."""
    if kind not in _KINDS:
        raise NotFound("there is no such kind of resource")
    content = parts().queries.resource_content(kind, resource_id, actor())
    return attachment(content, f"{resource_id}{SUFFIXES[kind]}", "application/octet-stream")


@bp.get("/studio/deploy")
@needs(access.may_deploy)
def files() -> ResponseReturnValue:
    """Choose files."""
    return _page({}, None)


@bp.post("/studio/check")
@needs(access.may_deploy)
def check() -> ResponseReturnValue:
    """What the lint says of the files; nothing is written. 422 where a deployment would be refused."""
    try:
        sent = sent_files()
    except InvalidValue as problem:  # an archive
        notes.add(errors.sentence(problem), "bad")
        return redirect(url_for("studio.files"), code=303)
    if not sent:
        return _nothing_sent()
    findings = _findings(sent)
    return _page(sent, findings), 422 if _refused(findings) else 200


@bp.post("/studio/deploy")
@needs(access.may_deploy)
def deploy() -> ResponseReturnValue:
    """303 to what is in force now; 422 with the findings when the lint refuses; 409 where somebody else has to look."""
    sent = sent_files()
    if not sent:
        return _nothing_sent()
    if _needs_review():
        raise StepError(
            "Files go into a change first, which somebody else reviews.",
            message_zh="须先放进一项变更,由另一位同事审核后再发布。",
        )
    findings = _findings(sent)
    if _refused(findings):
        return _page(sent, findings), 422
    try:
        deployment = parts().definitions.deploy(sent, actor(), reason=gettext("从桌面建模器导入"))
    except DefinitionRefused as refusal:
        return _page(sent, [finding for finding in refusal.findings if isinstance(finding, Finding)]), 422
    notes.add(deployed_words(deployment))
    return redirect(url_for("studio.index"), code=303)


def _findings(sent: dict[str, bytes]) -> list[Finding]:
    return [*parts().definitions.check(sent), *studio.check_files(sent)]


def _needs_review() -> bool:
    with parts().db.read() as connection:
        return studio.read_settings(connection).four_eyes


def _nothing_sent() -> ResponseReturnValue:
    notes.add(gettext("请先选择要检查的文件。"), "warn")
    return redirect(url_for("studio.files"), code=303)


def _refused(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _page(sent: dict[str, bytes], findings: list[Finding] | None) -> str:
    with parts().db.read() as connection:
        living = studio.list_changes(connection, alive=True)
    found = findings or ()
    return render_template(
        "studio/deploy.html",
        findings=None if findings is None else studio.in_order(found),
        refused=_refused(found),
        needs_review=_needs_review(),
        living=living,
        accept=",".join((*SUFFIXES.values(), ".zip")),
        chosen={name: b64encode(content).decode() for name, content in sent.items()},
        sizes={name: len(content) for name, content in sent.items()},
        prefix=CARRIED,
    )
