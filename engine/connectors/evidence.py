"""A connector that hands evidence in to the platform that decides a complaint (13)."""

from __future__ import annotations

from collections.abc import Mapping

from engine.connectors.context import JobContext
from engine.connectors.messages import put_out
from engine.errors import JobFailed
from engine.masking import mask_within
from engine.model import Event, Value, Variables


def submit_evidence(job: JobContext) -> Variables:
    """Write ``evidence_statement`` and the names of ``evidence_files`` to the platform; the history has the hashes.

    Gives ``evidence_submitted_at``. Mobile numbers in the statement are masked.

    Raises:
        JobFailed: there is no statement, or no file.
    """
    statement, files = job.variables.get("evidence_statement"), job.variables.get("evidence_files")
    if not isinstance(statement, str) or not statement.strip():
        raise JobFailed(f"{job.element} needs evidence_statement", message_zh="没有举证说明,无法提交凭证。")
    if not isinstance(files, list) or not files:
        raise JobFailed(f"{job.element} needs evidence_files", message_zh="没有凭证文件,无法提交凭证。")
    named = [_file(job, file) for file in files]
    number = job.variables.get("platform_case_no")
    text = f"{mask_within(statement.strip())}\n凭证:{'、'.join(str(file['name']) for file in named)}"
    platform = number if isinstance(number, str) and number else "平台"
    put_out(job, "platform", platform, text)
    told = {"platform_case_no": number, "statement": mask_within(statement.strip()), "files": named}
    job.notes.append(Event(kind="evidence.submitted", element=job.element, value=told))
    return {"evidence_submitted_at": job.now}


def _file(job: JobContext, file: Value) -> Mapping[str, Value]:
    """Name and hash of a file as a form keeps it: a context, or its name alone."""
    if isinstance(file, str) and file:
        return {"name": file, "sha256": None}
    if isinstance(file, Mapping) and isinstance(file.get("name"), str):
        return {"name": file["name"], "sha256": file.get("sha256")}
    raise JobFailed(f"{job.element}: evidence_files holds no file", message_zh="凭证文件的数据有误,无法提交。")
