"""Messages to the customer that a person sends by hand: a promise, its change, how things stand.

They go out by the outbox as those of diagrams do. Their texts are deployed as templates under the codes below; where
none is, they read as written here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, func, insert, select

from engine import canonical, outbox, wording
from engine.collaboration.at_case import AtCase, at_case, check_follows, checked_text
from engine.definitions import Definitions
from engine.errors import InvalidValue, NotFound
from engine.labels import labels_for
from engine.model import Actor, Value
from engine.runtime import Runtime
from engine.store import sql
from engine.store.instances import InstanceRow
from engine.store.tables import letter as table
from engine.store.tables import outbox as sent
from engine.wording import Hit

#: Ids of their outbox rows: above those that alarms write (see runtime.sla: four soundings of a task). Minus them, the
#: ids of their deliveries stand above all that instances throw, whose tokens' ids stay below 2**58 (see store.fanout).
LETTER_IDS: Final = 2**61
CUSTOMER: Final = "customer"
MAX_LETTER: Final = 500


class UnconfirmedPromise(InvalidValue):
    """A text promises something, and nobody has said that it will be kept. Nothing was sent."""

    code = "unconfirmed_promise"

    def __init__(self, hits: Collection[Hit]) -> None:
        words = "、".join(f"“{hit.found}”" for hit in hits)
        super().__init__(
            f"The text promises something: {', '.join(f'“{hit.found}”' for hit in hits)}. "
            "If it can be kept, tick that and send it; otherwise put it another way.",
            message_zh=f"内容里有承诺:{words}。能做到请勾选确认后再发,否则请改写。",
        )
        self.hits = tuple(hits)


class LetterKind(StrEnum):
    """What a letter is about."""

    PROMISE = "promise"
    CHANGE = "change"
    PROGRESS = "progress"


#: Kind → code of the template that may take the place of the text.
CODES: Final[Mapping[LetterKind, str]] = {
    LetterKind.PROMISE: "TP1A",
    LetterKind.CHANGE: "TP1B",
    LetterKind.PROGRESS: "TP2A",
}
_TEXTS: Final[Mapping[LetterKind, str]] = {
    LetterKind.PROMISE: (
        "亲,您好!您反馈的问题我们已受理,正在为您核实处理,预计{promised_at}前给您答复,请您耐心等待,感谢理解!"
    ),
    LetterKind.CHANGE: (
        "亲,您好!您反馈的问题还需要一些时间处理,让您久等了,非常抱歉。新的答复时间是{promised_at}前,"
        "我们会尽快办妥,感谢您的理解!"
    ),
    LetterKind.PROGRESS: ("亲,您好!您反馈的问题我们一直在跟进处理,有结果会第一时间告诉您,请您放心,感谢您的耐心等待!"),
}


def preview(definitions: Definitions, row: InstanceRow, kind: LetterKind, more: Mapping[str, Value]) -> str:
    """The text of a letter for a case, personal data masked.

    Args:
        definitions: for templates and labels; as of their last ``refresh``.
        row: the case's root instance.
        kind: which.
        more: values over those of the case.
    """
    _, text = template_of(definitions, kind)
    variables = canonical.decode(row.variables)
    known = {**(variables if isinstance(variables, dict) else {}), **row.case_facts(), **more}
    return outbox.render(text.strip(), known, labels_for(definitions.get(row.definition)))


def template_of(definitions: Definitions, kind: LetterKind) -> tuple[str, str]:
    """Hash and text of what a kind of letter is made of; the hash is empty where nothing is deployed."""
    try:
        return definitions.template(CODES[kind])
    except NotFound:
        return "", _TEXTS[kind]


def write_letter(
    case: AtCase,
    kind: LetterKind,
    text: str,
    *,
    submission_key: str | None = None,
    confirmed: Collection[str] | None = (),
) -> int:
    """Write a letter in the transaction of a case; gives its id.

    Args:
        case: whose customer is written to.
        kind: what about.
        text: as it goes out.
        submission_key: of the form that sends it.
        confirmed: words of promise in the text that the actor stands by, which is kept with the case; None: the text
            is a prepared one that nobody has read before, and none is asked for.

    Raises:
        UnconfirmedPromise: it promises something else.
        InvalidValue: nobody knows the customer, the text is empty or too long, or holds a banned phrase.
    """
    row, cascade = case.row, case.cascade
    if not row.customer_id:
        raise InvalidValue(
            "This case has no customer id, so nothing can be sent. Please call the buyer and write a comment.",
            message_zh="这个工单没有客户ID,不能发送。请电话告知买家并写评论。",
        )
    said = checked_text(text, "发给买家的内容", most=MAX_LETTER)
    promised = check_wording(case.connection, said, confirmed)
    made: int = case.connection.execute(
        insert(table)
        .values(
            case_id=row.case_id,
            kind=kind.value,
            written_by=cascade.actor.id,
            written_at=cascade.at,
            submission_key=submission_key,
        )
        .returning(table.c.id)
    ).scalar_one()
    template_hash, _ = template_of(cascade.definitions, kind)
    variables = canonical.decode(row.variables)
    channel = variables.get("channel") if isinstance(variables, dict) else None
    message = outbox.Message(
        id=LETTER_IDS + made,
        instance=row.key,
        case_id=row.case_id,
        element="",
        audience=CUSTOMER,
        recipient=row.customer_id,
        channel=channel if isinstance(channel, str) else None,
        template=CODES[kind] if template_hash else "",
        template_hash=template_hash,
        text=said,
        written_at=cascade.now,
    )
    outbox.write(cascade.tx, message)
    delivery = outbox.delivery_job(message)
    cascade.writes.add(sql.INSERT_JOB, delivery["id"], delivery)
    value = {"audience": CUSTOMER, "template": message.template, "template_hash": template_hash, "text": said}
    if promised:
        case.note("wording.confirmed", {"task": None, "phrases": promised})
    case.note("outbox.written", value)
    return made


def check_wording(connection: Connection, text: str, confirmed: Collection[str] | None) -> list[str]:
    """The words of promise of a text that may go out, each of them confirmed.

    Raises:
        UnconfirmedPromise: it has others than those confirmed.
        InvalidValue: it holds what must not be said to customers; the message says what.
    """
    found = wording.check(connection, text)
    if found.blocked:
        words = "、".join(f"“{hit.found}”" for hit in found.blocked[:5])
        raise InvalidValue(
            "The text holds banned phrases. Please put them another way and send it again.",
            message_zh=f"内容含有禁用语:{words},请改写后再发。",
        )
    if confirmed is None:
        return []
    if any(hit.phrase not in confirmed for hit in found.warned):
        raise UnconfirmedPromise(found.warned)
    return list(dict.fromkeys(hit.phrase for hit in found.warned))


def was_sent(connection: Connection, submission_key: str | None) -> bool:
    """Whether this very form has been sent already."""
    asked = select(table.c.id).where(table.c.submission_key == submission_key)
    return submission_key is not None and connection.execute(asked).first() is not None


def send_progress(
    runtime: Runtime,
    case_id: str,
    text: str,
    actor: Actor,
    *,
    submission_key: str | None = None,
    confirmed: Collection[str] = (),
) -> int | None:
    """Tell the customer how things stand; gives the letter's id, None where this form has been sent already.

    Args:
        runtime, case_id, text, actor: who tells the customer of which case what.
        submission_key: a repeated submission of the same form changes nothing.
        confirmed: words of promise in the text that the actor stands by.

    Raises:
        NotFound: there is no such case for the actor.
        InvalidValue: the case is over, or as for ``write_letter``.
    """
    check_follows(actor)
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        if was_sent(case.connection, submission_key):
            return None
        if case.row.over:
            raise InvalidValue(
                "The case is over; nothing is sent about its progress any more.",
                message_zh="该工单已结束,不再发送进展。",
            )
        return write_letter(case, LetterKind.PROGRESS, text, submission_key=submission_key, confirmed=confirmed)


def preview_progress(runtime: Runtime, case_id: str, actor: Actor) -> str:
    """The ready text by which a customer is told how things stand; the sender may change it.

    Raises:
        NotFound: there is no such case for the actor.
    """
    check_follows(actor)
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        return preview(case.cascade.definitions, case.row, LetterKind.PROGRESS, {})


def last_told(connection: Connection, case_id: str) -> int | None:
    """When the customer was last written to on a case, in microseconds."""
    query = select(func.max(sent.c.written_at)).where(sent.c.case_id == case_id, sent.c.audience == CUSTOMER)
    told: int | None = connection.execute(query).scalar_one()
    return told
