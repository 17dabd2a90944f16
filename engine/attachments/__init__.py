"""Files that people upload: judged by their content, kept once, bound to one case, shown to who may see it."""

from __future__ import annotations

from engine.attachments.binding import bind, bind_to, refuse_files, usable
from engine.attachments.folder import Folder
from engine.attachments.judge import FileRefused
from engine.attachments.keeping import keep
from engine.attachments.rows import Attachment, NoSuchFile, find, get, list_of_case
from engine.attachments.samples import sample
from engine.attachments.sweeping import UNUSED_FOR, drop_unnamed, erase_case, erase_within, sweep

__all__ = [
    "UNUSED_FOR",
    "Attachment",
    "FileRefused",
    "Folder",
    "NoSuchFile",
    "bind",
    "bind_to",
    "drop_unnamed",
    "erase_case",
    "erase_within",
    "find",
    "get",
    "keep",
    "list_of_case",
    "refuse_files",
    "sample",
    "sweep",
    "usable",
]
