"""The archive itself: files with a signed list of their hashes, and a verifier that needs none of our code."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from engine.attachments import Attachment, Folder
from engine.casefile.gathering import Gathered, Version
from engine.casefile.paper import Cover
from engine.clock import SHANGHAI
from engine.narrative.hiding import Hide

FORMAT: Final = "kefuflow-case-file/1"
VERIFIER: Final = Path(__file__).with_name("verify.py")
_UNSAFE: Final = re.compile(r"[^\w.()\-\u4e00-\u9fff]+")
_LONGEST: Final = 60


class Archive:
    """A ZIP file that is written once, file by file; its bytes depend on what goes in alone."""

    def __init__(self, out: IO[bytes], at: datetime) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        local = at.astimezone(SHANGHAI)
        self._at = (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second)
        self.hashes: dict[str, str] = {}

    def put(self, name: str, content: bytes) -> None:
        """Write a file."""
        entry = zipfile.ZipInfo(name, self._at)
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        self._zip.writestr(entry, content)
        self.hashes[name] = sha256(content).hexdigest()

    def close(self) -> None:
        """Write the list of files of the archive."""
        self._zip.close()


def manifest(gathered: Gathered, cover: Cover, hashes: Mapping[str, str]) -> bytes:
    """The list of files that is signed."""
    value: dict[str, Any] = {
        "format": FORMAT,
        "case": gathered.case_id,
        "origin": gathered.origin,
        "made_at": cover.made_at.isoformat(),
        "made_by": cover.made_by,
        "reason": cover.reason,
        "unmasked": cover.unmasked,
        "files": dict(sorted(hashes.items())),
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def signed_text(gathered: Gathered, listing: bytes, at: datetime) -> str:
    """What is signed of the list of files."""
    digest = base64.b64encode(sha256(listing).digest()).decode()
    return f"{gathered.origin}\ncase file {gathered.case_id}\n{digest}\n{at:%Y-%m-%dT%H:%M:%SZ}\n"


def version_files(version: Version) -> Iterator[tuple[str, bytes]]:
    """A process version's files, each once, beside its manifest."""
    folder = f"definitions/{version.process_id}-v{version.version}"
    yield f"{folder}/manifest.json", version.manifest
    for name, content in version.parts.values():
        yield f"{folder}/{name}", content


def attachment_files(
    files: tuple[Attachment, ...], folder: Folder, hide: Hide, *, unmasked: bool
) -> Iterator[tuple[Attachment, str | None, bytes]]:
    """Attachments with their names in the archive; those with personal data stay out, unless they are asked for."""
    taken: set[str] = set()
    for file in files:
        content = None if file.erased_at is not None or (file.personal and not unmasked) else folder.read(file.sha256)
        if content is None:
            yield file, None, b""
            continue
        stem, dot, suffix = _UNSAFE.sub("_", str(hide(file.name))).rpartition(".")
        name = f"attachments/{(stem or 'file')[:_LONGEST]}{dot}{suffix[:10]}"
        if name.casefold() in taken:
            name = f"attachments/{file.id[:8]}-{(stem or 'file')[:_LONGEST]}{dot}{suffix[:10]}"
        taken.add(name.casefold())
        yield file, name, content
