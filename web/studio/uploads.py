"""Files as browsers send them: chosen, packed into an archive, or carried along in a form after a check."""

from __future__ import annotations

import unicodedata
from base64 import b64decode
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

from flask import Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from engine import studio
from web.security import FILE_LIMIT

MAX_FILES: Final = studio.MAX_FILES
#: An archive holds many files, packed.
ARCHIVE_LIMIT: Final = 8 * 1024 * 1024
#: Name of the hidden field that carries a checked file back, followed by the file's name.
CARRIED: Final = "file:"


def sent_files() -> dict[str, bytes]:
    """Name → content of the uploaded files, those in archives, and those that an earlier check carried back.

    Raises:
        RequestEntityTooLarge: too many of them, or one is too large.
        BadRequest: a carried file is damaged.
        InvalidValue: an archive cannot be read, or holds what it may not.
    """
    found: dict[str, bytes] = {}
    for upload in request.files.getlist("files")[: MAX_FILES + 1]:
        if upload.filename:
            _add(found, upload.filename, upload.stream.read(ARCHIVE_LIMIT + 1))
        upload.close()
    for name, text in request.form.items():
        if name.startswith(CARRIED):
            try:
                _add(found, name.removeprefix(CARRIED), b64decode(text, validate=True))
            except ValueError as problem:
                raise BadRequest("a carried file is damaged") from problem
    return found


def attachment(content: bytes, name: str, mimetype: str) -> Response:
    """A file to be saved."""
    answer = Response(content, mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _add(found: dict[str, bytes], name: str, content: bytes) -> None:
    """Put a file to the others; of an archive, what is in it."""
    if PurePosixPath(name).suffix.lower() != ".zip":
        _keep(found, name, content)
        return
    if len(content) > ARCHIVE_LIMIT:
        raise RequestEntityTooLarge
    for path, one in studio.unpack(content).items():
        _keep(found, path, one)


def _keep(found: dict[str, bytes], name: str, content: bytes) -> None:
    """One file more, within the bounds of all together: small archives unpack to much."""
    total = len(content) + sum(map(len, found.values()))
    if len(found) >= MAX_FILES or len(content) > FILE_LIMIT or total > studio.MAX_TOTAL:
        raise RequestEntityTooLarge
    found[_beside(_plain(name), found)] = content


def _plain(name: str) -> str:
    """The file's own name, as it can be shown: browsers may send a path."""
    shown = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    stem, dot, suffix = PurePosixPath(shown.replace("\\", "/")).name.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:20]}"


def _beside(name: str, others: Collection[str]) -> str:
    """The name, behind ``./`` where another file has it: every process has a start.form."""
    while name in others:
        name = f"./{name}"  # the same name to the lint, which asks the file for its id
    return name
