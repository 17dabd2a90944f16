"""Makes the case file of a case: read in one snapshot, signed, told in the system's history before a byte leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

from engine import access, audit
from engine.attachments import Folder
from engine.bpmn import picture
from engine.casefile.archive import VERIFIER, Archive, attachment_files, manifest, signed_text, version_files
from engine.casefile.gathering import Gathered, Stream, gather
from engine.casefile.opening import history_json, proof_json, texts_of
from engine.casefile.paper import Content, Cover, page
from engine.clock import SHANGHAI
from engine.definitions import Definitions
from engine.errors import InvalidValue, NotAllowed, StepError
from engine.history.checkpoint import key_hash, sign_text
from engine.model import Actor, Event
from engine.narrative import MOST_EVENTS, events_of, tell_case
from engine.narrative.hiding import nothing, personal
from engine.narrative.of_case import labels_of_case
from engine.queries import CaseView, Queries
from engine.store.database import Database
from engine.store.streams import append_system

MAX_REASON: Final = 500
#: So many bytes of an archive stay in memory, the rest in a temporary file.
_SPOOLED: Final = 16 * 1024 * 1024
#: So often is a case read again that somebody went on with meanwhile.
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case file that may leave: its history has been written. ``content`` stands at its beginning."""

    name: str
    content: IO[bytes]
    sha256: str
    size: int


def may_make(actor: Actor, *, unmasked: bool = False) -> bool:
    """Whether the actor may take a case file: auditors masked ones (P23), who has P15 also with personal data."""
    if unmasked:
        return access.may(actor, "P15")
    return access.reach(actor, "P23") is access.Reach.YES or access.may(actor, "P15")


def make(
    db: Database,
    definitions: Definitions,
    queries: Queries,
    signer: audit.Signer,
    actor: Actor,
    case_id: str,
    *,
    at: datetime,
    reason: str,
    unmasked: bool = False,
) -> CaseFile:
    """The signed archive of a case.

    Args:
        db, definitions, queries: of the installation.
        signer: signs what is new of the log, and the archive.
        actor: who takes it.
        case_id: the case.
        at: aware UTC.
        reason: what for.
        unmasked: with personal data as they are.

    Raises:
        NotFound: there is no such case, or the actor may not see it.
        NotAllowed: the actor may not take it.
        InvalidValue: no reason.
        StepError: the history is longer than a case file can be.
    """
    if not may_make(actor, unmasked=unmasked):
        raise NotAllowed(f"{actor.id} may not take case files", message_zh="您没有制作案卷的权限。")
    if not reason.strip():
        raise InvalidValue("Please write what the case file is for.", message_zh="请写明案卷的用途。")
    queries.check_case(case_id, actor)
    cover = Cover(
        made_by=f"{actor.name or actor.id}({actor.id})",
        made_at=at,
        reason=reason.strip()[:MAX_REASON],
        unmasked=unmasked,
    )
    gathered = _gather(db, signer, case_id, at)
    content = _content(db, definitions, queries, actor, gathered, cover)
    out = cast(IO[bytes], SpooledTemporaryFile(_SPOOLED))  # noqa: SIM115  whoever takes it closes it
    _write(out, db, signer, definitions, content)
    digest, size = _digest(out)
    value = {"case": case_id, "sha256": digest, "bytes": size, "masked": not unmasked, "reason": cover.reason}
    with db.begin() as tx:
        append_system(tx, [Event(kind="case_file.made", value=value)], at=at, actor=actor.id)
    name = f"案卷-{case_id}-{at.astimezone(SHANGHAI):%Y%m%d-%H%M}.zip"
    return CaseFile(name=name, content=out, sha256=digest, size=size)


def _gather(db: Database, signer: audit.Signer, case_id: str, at: datetime) -> Gathered:
    """The case with all its events under the newest head; somebody may go on with it between head and snapshot."""
    for _ in range(_TRIES):
        audit.seal(db, signer, at)
        audit.make_ready(db, signer, at)
        with db.read() as connection:
            gathered = gather(connection, case_id)
        if gathered.is_sealed:
            return gathered
    raise StepError("The case is being worked on. Please try again.", message_zh="工单正在办理,请稍后再试。")


def _content(
    db: Database, definitions: Definitions, queries: Queries, actor: Actor, gathered: Gathered, cover: Cover
) -> Content:
    case = queries.case(gathered.case_id, actor)
    events = events_of(queries, gathered.case_id, actor)
    if len(events) > MOST_EVENTS:
        raise StepError(
            f"A case file holds at most {MOST_EVENTS} events.", message_zh=f"案卷最多 {MOST_EVENTS} 条事件。"
        )
    story = tell_case(db, definitions, case, events, now=cover.made_at, english=False)
    labels = labels_of_case(definitions, case)
    hide = nothing if cover.unmasked else personal([labels])
    return Content(
        cover=cover,
        hide=hide,
        gathered=gathered,
        case=case,
        events=events,
        story=story,
        labels=labels,
        pictures={},
        files={},
        values=texts_of(gathered.streams, hide),
    )


def _write(out: IO[bytes], db: Database, signer: audit.Signer, definitions: Definitions, content: Content) -> None:
    gathered, cover = content.gathered, content.cover
    archive = Archive(out, cover.made_at)
    pictures: dict[int, list[str]] = {}
    for stream in gathered.streams:
        archive.put(f"history/{stream.key}.json", history_json(stream, content.hide))
        for number, drawn in enumerate(_pictures(definitions, content.case, stream)):
            name = f"diagrams/{stream.key}{f'-{number}' if number else ''}.svg"
            archive.put(name, drawn.encode())
            pictures.setdefault(stream.key, []).append(name)
    for version in gathered.versions:
        for name, data in version_files(version):
            archive.put(name, data)
    files: dict[str, str | None] = {}
    for file, kept, data in attachment_files(gathered.files, Folder.beside(db), content.hide, unmasked=cover.unmasked):
        files[file.id] = kept
        if kept is not None:
            archive.put(kept, data)
    archive.put("proof.json", proof_json(gathered))
    archive.put("verify.py", VERIFIER.read_bytes())
    archive.put("index.html", page(replace(content, pictures=pictures, files=files)))
    listing = manifest(gathered, cover, archive.hashes)
    text = signed_text(gathered, listing, cover.made_at)
    hash_ = key_hash(gathered.origin, gathered.keys[-1].public)
    archive.put("manifest.json", listing)
    archive.put("manifest.sig", sign_text(text, gathered.origin, hash_, signer.sign(text)).encode())
    archive.close()


def _pictures(definitions: Definitions, case: CaseView, stream: Stream) -> list[str]:
    view = next((one for one in case.instances if one.key == stream.key), None)
    if view is None:
        return []
    marks = picture.Marks(
        done=frozenset(id_ for id_, count in view.done.items() if count),
        active=view.tokens,
        taken=frozenset(view.flows),
        incidents=view.incidents,
    )
    return [sheet.svg for sheet in picture.sheets(definitions.get(view.definition_key).xml, marks)]


def _digest(out: IO[bytes]) -> tuple[str, int]:
    digest, size = sha256(), out.tell()
    out.seek(0)
    while block := out.read(1 << 20):
        digest.update(block)
    out.seek(0)
    return digest.hexdigest(), size
