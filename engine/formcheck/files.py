"""What a filepicker takes: how many files, of which kinds, how large."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from engine.formcheck import messages
from engine.formcheck.messages import Problem
from engine.formcheck.schema import Field
from engine.model import Value

MEGABYTE: Final = 1024 * 1024
#: Bytes of one file, whatever a form says.
MAX_FILE_BYTES: Final = 10 * MEGABYTE
#: Files of one field, whatever a form says.
MAX_FILES: Final = 9
_JPEG, _PNG, _WEBP, _PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
#: What may stand in ``accept`` → the media types that it means. There are no others: a picture is decoded before it is
#: kept, and nothing here can look into a video or an office document.
KINDS: Final[Mapping[str, frozenset[str]]] = {
    ".jpg": frozenset({_JPEG}),
    ".jpeg": frozenset({_JPEG}),
    ".png": frozenset({_PNG}),
    ".webp": frozenset({_WEBP}),
    ".pdf": frozenset({_PDF}),
    "image/*": frozenset({_JPEG, _PNG, _WEBP}),
    _JPEG: frozenset({_JPEG}),
    _PNG: frozenset({_PNG}),
    _WEBP: frozenset({_WEBP}),
    _PDF: frozenset({_PDF}),
}
#: Media type → what people call it.
KIND_NAMES: Final[Mapping[str, str]] = {_JPEG: "JPG", _PNG: "PNG", _WEBP: "WebP", _PDF: "PDF"}
_COUNT: Final = re.compile(r"[0-9]")
_SIZE: Final = re.compile(r"([0-9]{1,2}(?:\.[0-9])?)")


def accepted(field: Field) -> frozenset[str]:
    """Media types that the field takes; all that can be kept where it names none."""
    return accepted_by(field.accept) or frozenset(KIND_NAMES)


def accepted_by(accept: str) -> frozenset[str]:
    """Media types of an ``accept`` text; words that mean none are left out."""
    return frozenset().union(*(KINDS.get(word, frozenset()) for word in words_of(accept)))


def words_of(accept: str) -> list[str]:
    """The words of an ``accept`` text."""
    return [word for part in accept.split(",") if (word := part.strip().lower())]


def count_bounds(field: Field) -> tuple[int, int]:
    """How many files the field takes, both inclusive; the lower one counts once there is a file."""
    most = number_of(field.properties.get("max", "")) if field.multiple else 1
    return number_of(field.properties.get("min", "")) or 0, MAX_FILES if most is None else most


def number_of(text: str) -> int | None:
    """A count of 0 to 9, or None."""
    return int(text) if _COUNT.fullmatch(text) else None


def largest(field: Field) -> int:
    """Bytes of one file of the field: ``max_size`` is given in MB."""
    size = size_of(field.properties.get("max_size", ""))
    return MAX_FILE_BYTES if size is None else size


def size_of(text: str) -> int | None:
    """Bytes of a ``max_size`` of 0.1 to 10 MB, or None."""
    if not _SIZE.fullmatch(text):
        return None
    size = int(Decimal(text) * MEGABYTE)
    return size if 0 < size <= MAX_FILE_BYTES else None


def kind_names(types: frozenset[str]) -> str:
    """JPG、PNG."""
    return "、".join(name for kind, name in KIND_NAMES.items() if kind in types)


def check_files(field: Field, files: Sequence[Mapping[str, Value]]) -> Problem | None:
    """What is wrong with the files of a field, which are known and not none; or None."""
    types, limit = accepted(field), largest(field)
    for file in files:
        if file["type"] not in types:
            return messages.wrong_kind(field.label, str(file["name"]), kind_names(types))
        if file["size"] > limit:
            return messages.file_too_large(field.label, str(file["name"]), limit)
    least, most = count_bounds(field)
    if not least <= len(files) <= most:
        return messages.wrong_count(field.label, len(files), least, most)
    return None
