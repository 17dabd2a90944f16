"""Connectors that write to customers, couriers and staff."""

from __future__ import annotations

from typing import Final

from engine import accounts, outbox, shop
from engine.access import GROUPS
from engine.connectors.context import JobContext
from engine.errors import JobFailed, NotFound
from engine.labels import labels_for
from engine.model import Event, Value, Variables
from engine.notifications import Notice, Occasion, members_of, tell

#: The input mapping by which a diagram computes whom a notice goes to.
_NOTIFY_GROUPS: Final = "notify_groups"
#: The same of single people.
_NOTIFY_PEOPLE: Final = "notify_people"
#: To whom a reminder goes when no courier is named.
_ANY_COURIER: Final = "快递"


def send_message(job: JobContext) -> Variables:
    """Write the template of the header ``template`` to the customer.

    Raises:
        JobFailed: no template of that code is deployed, or nobody knows the customer.
    """
    write_template(job)
    return {}


def write_template(job: JobContext) -> None:
    """As ``send_message``, for a connector that does something besides."""
    customer = _text(job, "customer_id")
    if customer is None:
        raise JobFailed(f"{job.element} has no customer_id to write to", message_zh="没有客户ID,无法发送消息。")
    _from_template(job, "customer", customer)


def remind_courier(job: JobContext) -> Variables:
    """Write the template of the header ``template`` to the courier of the parcel.

    Raises:
        JobFailed: no template of that code is deployed.
    """
    _from_template(job, "courier", _text(job, "courier") or _ANY_COURIER)
    return {}


def notify_staff(job: JobContext) -> Variables:
    """Write the header ``text`` to the groups of the header ``groups`` (ids joined by commas), in the page too.

    The header ``template`` names a text that may stand in place of ``text``. The input mapping ``notify_groups`` (ids
    as in the header, or a list of them) takes the place of ``groups`` when it is not empty; ``notify_people``, an
    account's id or a list of them, are told besides, or alone where no groups are named.

    Raises:
        JobFailed: a header is missing, a group or an account is none, or no template of that code is deployed.
    """
    template_hash, text = _text_of(job) if job.headers.get("template") else ("", job.headers.get("text"))
    groups = _groups(job.inputs.get(_NOTIFY_GROUPS)) or _groups(job.headers.get("groups"))
    people = _groups(job.inputs.get(_NOTIFY_PEOPLE))
    if not text or not (groups or people):
        raise JobFailed(f"{job.element} needs the headers text and groups", message_zh="通知缺少内容或对象。")
    names = _check_known(job, groups, people)
    to = ",".join([*sorted(groups), *names])
    said = _write(job, "staff", to, job.headers.get("template", ""), template_hash, text)
    notice = Notice(occasion=Occasion.NOTICE, text=said, case_id=job.case_id, once=f"outbox:{job.job_id}")
    tell(job.tx, {*members_of(job.tx.connection, groups), *people}, notice, at=job.now)
    return {}


def _check_known(job: JobContext, groups: frozenset[str], people: frozenset[str]) -> list[str]:
    """The names of the people, by id."""
    unknown = sorted(groups - GROUPS.keys())
    if unknown:
        named = "、".join(f"“{group[:40]}”" for group in unknown)
        raise JobFailed(f"{job.element} notifies unknown groups {unknown}", message_zh=f"通知的岗位{named}不存在。")
    found = {one: accounts.find_in(job.tx.connection, one) for one in sorted(people)}
    gone = [one for one, account in found.items() if account is None]
    if gone:
        named = "、".join(f"“{one[:40]}”" for one in gone)
        raise JobFailed(f"{job.element} notifies unknown accounts {gone}", message_zh=f"通知的账号{named}不存在。")
    return [account.name for account in found.values() if account is not None]


def _groups(said: Value) -> frozenset[str]:
    """Ids out of a text with commas or a list; none where there is nothing of the sort."""
    names = said.split(",") if isinstance(said, str) else said if isinstance(said, list | tuple) else ()
    return frozenset(name for name in (str(one).strip() for one in names) if name)


def _from_template(job: JobContext, audience: str, recipient: str) -> None:
    template_hash, text = _text_of(job)
    _write(job, audience, recipient, job.headers.get("template", ""), template_hash, text)


def _text_of(job: JobContext) -> tuple[str, str]:
    """Hash and text of the template that the header names."""
    code = job.headers.get("template", "")
    try:
        return job.definitions.template(code)
    except NotFound as problem:
        raise JobFailed(
            f"{job.element} has no template {code!r}", message_zh=f"没有话术模板“{code}”,请先发布。"
        ) from problem


def _write(job: JobContext, audience: str, recipient: str, code: str, template_hash: str, text: str) -> str:
    """Write a text with its placeholders filled in; gives what it says then."""
    known = {**job.case, **job.variables}
    if not shop.SETTINGS.keys().isdisjoint(outbox.placeholders(text)):
        # Over what the case holds, so that no message can send the customer's goods elsewhere; a diagram may.
        set_now = shop.read_settings(job.tx.connection, known.get("shop"))
        known |= {**dict.fromkeys(shop.SETTINGS), **set_now, **job.inputs}
    labels = accounts.named(job.tx.connection, labels_for(job.deployed), outbox.placeholders(text))
    said = outbox.render(text.strip(), known, labels)
    if audience == "customer":
        address = _address(job, recipient, known.get("shop"))
        said = said if address is None else outbox.addressed(said, address)
    put_out(job, audience, recipient, said, code, template_hash)
    return said


def _address(job: JobContext, customer_id: str, shop_name: object) -> str | None:
    """How the customer is addressed (as ``outbox.address_for``), of what was read with the job; None: as written."""
    addressing, said = job.definitions.addressing, None
    if addressing.by_customer and (job.wanted is None or job.wanted.customer_id != customer_id):
        said = outbox.preferred_address(job.tx.connection, customer_id)
    elif addressing.by_customer and job.wanted is not None:
        said = job.wanted.address
    if said is None and addressing.follows_channel(shop_name):
        return outbox.address_on(_text(job, "channel"))
    return said


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
