"""Which files somebody may put into a case, and the moment in which a file becomes a case's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, update

from engine.attachments.rows import Attachment, find
from engine.errors import InvalidValue
from engine.formcheck import Files
from engine.model import SYSTEM, Actor, Value, Variables, files_in
from engine.store.database import Database, Transaction
from engine.store.tables import attachment


def usable(db: Database, actor: Actor, case_id: str | None = None) -> Files:
    """Gives a form the files that the actor may send with it: own ones that belong to no case, and the case's.

    Args:
        db: the database.
        actor: who fills in the form.
        case_id: the case of the form; None: it starts one.
    """

    def file(item: Value) -> Value:
        with db.read() as connection:
            found = _named(connection, item)
        return found.value if found is not None and _may_use(found, actor, case_id) else None

    return file


def bind(tx: Transaction, variables: Variables, *, case_id: str, actor: Actor, personal: Callable[[str], bool]) -> None:
    """Make the files that variables hold the case's own.

    Args:
        tx: the transaction in which the variables become the case's.
        variables: what somebody sends.
        case_id: the case.
        actor: who sends it.
        personal: whether a variable of this name holds personal data.

    Raises:
        InvalidValue: a file is none of the actor's unused ones and none of the case's, or is not as it was kept.
    """
    for name, value in variables.items():
        for item in files_in(value):
            found = _named(tx.connection, item)
            if found is None or not _may_use(found, actor, case_id):
                raise _foreign(item)
            if found.case_id is None:
                of_case = {"case_id": case_id, "personal": int(personal(name))}
                tx.connection.execute(update(attachment).where(attachment.c.id == found.id).values(of_case))


def refuse_files(actor: Actor, payload: Value) -> None:
    """Files belong to one case: a person's message, which may reach any, brings none.

    Raises:
        InvalidValue: the payload holds one.
    """
    if actor.id != SYSTEM.id:
        for item in files_in(payload):
            raise _foreign(item)


def _named(connection: Connection, item: Value) -> Attachment | None:
    """The file of an id, or of a context that says nothing of it but what is kept."""
    found = find(connection, item.get("id") if isinstance(item, Mapping) else item)
    if found is None or not isinstance(item, Mapping):
        return found
    known = found.value
    return found if all(name in known and known[name] == value for name, value in item.items()) else None


def _may_use(found: Attachment, actor: Actor, case_id: str | None) -> bool:
    if found.case_id is None:
        return found.uploaded_by == actor.id
    return found.case_id == case_id


def _foreign(item: Mapping[str, Value]) -> InvalidValue:
    return InvalidValue(
        f"The file {str(item.get('id'))[:40]!r} has expired or does not belong to this "
        "case. Please upload it again and submit.",
        message_zh="提交的文件已失效,或不属于该工单。请重新上传后再提交。",
    )


def bind_to(tx: Transaction, file_id: str, *, owner: str, actor: Actor, personal: bool = False) -> Attachment:
    """Make an unused upload of the actor's the own of something that is no case.

    No case has such an owner, so the file's own address shows it to nobody: who owns it hands it out.

    Args:
        tx: the transaction in which the owner takes it.
        file_id: the upload.
        owner: what it belongs to, a kind and a key: ``document:7``.
        actor: who has uploaded it.
        personal: whether it holds personal data.

    Raises:
        InvalidValue: it is none of the actor's unused uploads.
    """
    found = find(tx.connection, file_id)
    if found is None or found.case_id is not None or found.uploaded_by != actor.id:
        raise _foreign({"id": file_id})
    values = {"case_id": owner, "personal": int(personal)}
    tx.connection.execute(update(attachment).where(attachment.c.id == found.id).values(values))
    return found
