"""Kinds of resources that an owner works on, the ids that they may have, and the files that hold them."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from engine.definitions.bundle import BPMN, DECISION, FORM, MAX_BYTES, SCENARIO, SUFFIXES, TEMPLATE, kind_of
from engine.errors import InvalidValue, NotFound

#: In the order in which pages list them.
KINDS: Final = (BPMN, DECISION, FORM, TEMPLATE, SCENARIO)
_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}")


def check_kind(kind: str) -> str:
    """The kind itself.

    Raises:
        NotFound: there is no such kind.
    """
    if kind not in SUFFIXES:
        raise NotFound(f"there is no kind {kind[:20]!r} of resource")
    return kind


def check_id(resource_id: str) -> str:
    """The id itself.

    Raises:
        InvalidValue: other programs would not read it.
    """
    if not _ID.fullmatch(resource_id):
        raise InvalidValue(
            f"{resource_id[:60]!r} is no id: a letter, then letters, digits, dots, dashes and underscores, at most 100",
            message_zh="编号须以英文字母开头,只含英文字母、数字、点、短横线和下划线,最长 100 个字符;中文请写在名称里。",
        )
    return resource_id


def file_name(kind: str, resource_id: str) -> str:
    """The name of the file that holds a resource."""
    return resource_id + SUFFIXES[kind]


def resource_of(name: str) -> tuple[str, str] | None:
    """Kind and id by the name of a file; None: it is none of ours. What a file defines may have other ids."""
    kind = kind_of(name)
    return None if kind is None else (kind, PurePath(name).stem)


def check_content(content: bytes) -> bytes:
    """The content itself.

    Raises:
        InvalidValue: it is too large, or no text.
    """
    if len(content) > MAX_BYTES:
        raise InvalidValue("the content is larger than 2 MB", message_zh="内容超过 2 MB,没有保存。")
    try:
        content.decode()
    except UnicodeDecodeError as problem:
        raise InvalidValue("the content is not UTF-8", message_zh="内容不是 UTF-8 文本,没有保存。") from problem
    return content
