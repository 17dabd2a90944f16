"""The name of a file as people see it: no path, nothing invisible, and an ending that says what it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

MAX_NAME: Final = 80
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
_KNOWN: Final = tuple(ending for endings in _ENDINGS.values() for ending in endings)
_FORBIDDEN: Final = frozenset('<>:"|?*')


def clean_name(name: str, media_type: str) -> str:
    """The name under which a file is kept.

    Args:
        name: as the browser sent it; Chinese stays, folders and what cannot be seen go.
        media_type: of the content, whose ending it gets where it has another.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(" " if char.isspace() else char for char in last if char.isspace() or _is_seen(char))
    words = " ".join(shown.split())
    known = next((ending for ending in _KNOWN if words.lower().endswith(ending)), "")
    stem = words[: len(words) - len(known)]
    ending = known if known in _ENDINGS[media_type] else _ENDINGS[media_type][0]
    return (stem.strip(". ")[: MAX_NAME - len(ending)].rstrip() or "文件") + ending


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ" and char not in _FORBIDDEN
