"""The view of a field for files, and of a file wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.formcheck import Field, Files
from engine.formcheck.files import KIND_NAMES, accepted, count_bounds, kind_names, largest
from engine.model import Value, is_file
from web.i18n import english, gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file, ready to be printed."""

    id: str
    name: str
    #: JPG, PNG, WebP or PDF.
    kind: str
    is_picture: bool
    size_words: str
    #: Shown masked; looking at it is logged.
    personal: bool

    @classmethod
    def of(cls, value: Mapping[str, Value], *, personal: bool = False) -> FileView:
        """The view of a file's context."""
        return cls(
            id=str(value["id"]),
            name=str(value["name"]),
            kind=KIND_NAMES.get(str(value["type"]), ""),
            is_picture=str(value["type"]).startswith("image/"),
            size_words=size_words(int(value["size"])),
            personal=personal,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesView:
    """What a field for files shows beside its label."""

    given: tuple[FileView, ...]
    #: ``accept`` of the input.
    accept: str
    most: int
    #: Bytes of one file.
    largest: int
    largest_words: str
    takes_pictures: bool
    #: What may be uploaded, as a sentence.
    rules: str
    #: Shown masked where it is not entered.
    personal: bool


def files_view(field: Field, typed: str | list[str], known: Value, files: Files) -> FilesView | None:
    """The view of a field for files; None for other fields.

    Args:
        field: any field.
        typed: ids of the files that were given.
        known: the field's value where it is shown and not entered, else None.
        files: gives the files that may be used; others are left out.
    """
    if not field.is_files:
        return None
    ids: Iterable[str] = [typed] if isinstance(typed, str) else typed
    given = [file for one in ids if one and (file := files(one)) is not None] if known is None else files_of(known)
    types, (least, most), limit = accepted(field), count_bounds(field), largest(field)
    return FilesView(
        given=tuple(FileView.of(file, personal=known is not None and field.masked) for file in given),
        accept=field.accept or ",".join(sorted(types)),
        most=most,
        largest=limit,
        largest_words=size_words(limit),
        takes_pictures=any(kind.startswith("image/") for kind in types),
        rules=_rules(kind_names(types), least, most, size_words(limit)),
        personal=field.masked,
    )


def files_of(value: Value) -> list[Mapping[str, Value]]:
    """The files of a variable that holds nothing else; none for every other value."""
    items = value if isinstance(value, list | tuple) else [value]
    return list(items) if items and all(is_file(item) for item in items) else []


def size_words(size: int) -> str:
    """812 KB, 3.4 MB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    megabytes = f"{size / 1024 / 1024:.1f}"
    return f"{megabytes.removesuffix('.0')} MB"


def _rules(kinds: str, least: int, most: int, limit: str) -> str:
    shown = kinds.replace("、", ", ") if english() else kinds
    if least > 1:
        return gettext(
            "%(kinds)s,%(least)s 到 %(most)s 个,每个不超过 %(limit)s", kinds=shown, least=least, most=most, limit=limit
        )
    return gettext("%(kinds)s,最多 %(most)s 个,每个不超过 %(limit)s", kinds=shown, most=most, limit=limit)
