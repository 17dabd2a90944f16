"""Connectors that write to customers, couriers and staff."""

from __future__ import annotations

from typing import Final

from engine import outbox
from engine.connectors.context import JobContext
from engine.errors import JobFailed, NotFound
from engine.labels import labels_for
from engine.model import Event, Variables

#: To whom a reminder goes when no courier is named.
_ANY_COURIER: Final = "快递"


def send_message(job: JobContext) -> Variables:
    """Write the template of the header ``template`` to the customer.

    Raises:
        JobFailed: no template of that code is deployed, or nobody knows the customer.
    """
    customer = _text(job, "customer_id")
    if customer is None:
        raise JobFailed(f"{job.element} has no customer_id to write to", message_zh="没有客户ID,无法发送消息。")
    _from_template(job, "customer", customer)
    return {}


def remind_courier(job: JobContext) -> Variables:
    """Write the template of the header ``template`` to the courier of the parcel.

    Raises:
        JobFailed: no template of that code is deployed.
    """
    _from_template(job, "courier", _text(job, "courier") or _ANY_COURIER)
    return {}


def notify_staff(job: JobContext) -> Variables:
    """Write the header ``text`` to the groups of the header ``groups`` (ids joined by commas).

    Raises:
        JobFailed: a header is missing.
    """
    text, groups = job.headers.get("text"), job.headers.get("groups")
    if not text or not groups:
        raise JobFailed(f"{job.element} needs the headers text and groups", message_zh="通知缺少内容或对象。")
    recipient = ",".join(sorted({group.strip() for group in groups.split(",") if group.strip()}))
    _write(job, "staff", recipient, "", "", text)
    return {}


def _from_template(job: JobContext, audience: str, recipient: str) -> None:
    code = job.headers.get("template", "")
    try:
        template_hash, text = job.definitions.template(code)
    except NotFound as problem:
        raise JobFailed(
            f"{job.element} has no template {code!r}", message_zh=f"没有话术模板“{code}”,请先发布。"
        ) from problem
    _write(job, audience, recipient, code, template_hash, text)


def _write(job: JobContext, audience: str, recipient: str, code: str, template_hash: str, text: str) -> None:
    said = outbox.render(text.strip(), {**job.case, **job.variables}, labels_for(job.deployed))
    put_out(job, audience, recipient, said, code, template_hash)


def put_out(job: JobContext, audience: str, recipient: str, text: str, code: str = "", template_hash: str = "") -> None:
    """Write a finished text to the outbox, with the job that delivers it and a note for the history.

    Args:
        job: the job that writes it.
        audience: customer, courier, staff or platform.
        recipient: who of them.
        text: as it goes out.
        code: of the template that it was made of.
        template_hash: of that template at this moment.
    """
    message = outbox.Message(
        id=job.job_id,
        instance=job.instance_key,
        case_id=job.case_id,
        element=job.element,
        audience=audience,
        recipient=recipient,
        channel=_text(job, "channel"),
        template=code,
        template_hash=template_hash,
        text=text,
        written_at=job.now,
    )
    outbox.write(job.tx, message)
    job.jobs.append(outbox.delivery_job(message))
    value = {"audience": audience, "template": code, "template_hash": template_hash, "text": message.text}
    job.notes.append(Event(kind="outbox.written", element=job.element, value=value))


def _text(job: JobContext, name: str) -> str | None:
    value = job.variables.get(name)
    return value if isinstance(value, str) and value else None
