"""Tiny real files, for scenarios that say a name where a person would choose a picture."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from PIL import Image

_PICTURES: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_DOCUMENT: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def sample(name: str) -> bytes:
    """The content of a small file of this name: a picture or document by its ending, another for another name.

    A name with another ending gives bytes that no upload takes.
    """
    digest = sha256(name.encode()).digest()
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".pdf":
        return _DOCUMENT.replace(b"%PDF-1.4\n", b"%PDF-1.4\n% " + digest.hex().encode() + b"\n")
    if ending not in _PICTURES:
        return name.encode()
    out = io.BytesIO()
    Image.new("RGB", (8, 8), tuple(digest[:3])).save(out, _PICTURES[ending])
    return out.getvalue()
