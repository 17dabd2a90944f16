"""What a variable holds of an uploaded file: a context that names it and proves its content, never the content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeGuard

from engine.model.words import Value

#: Keys of the context: {id, name, type, size, sha256}. ``type`` is the media type that the content showed, ``size``
#: counts bytes, ``sha256`` is the content's in hexadecimal digits.
FILE_KEYS: Final = frozenset({"id", "name", "type", "size", "sha256"})


def is_file(value: Value) -> TypeGuard[Mapping[str, Value]]:
    """Whether a value is the context of a file."""
    return isinstance(value, Mapping) and value.keys() == FILE_KEYS


def files_in(value: Value) -> Iterator[Mapping[str, Value]]:
    """The contexts of files within a value, however deep."""
    if is_file(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from files_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from files_in(item)
