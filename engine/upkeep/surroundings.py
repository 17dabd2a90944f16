"""What lies around a database: room on the disk, keys, the folder of contents, the outbox folder."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from engine import second_factor
from engine.upkeep.backup import SIGNING_KEY
from engine.upkeep.files import free_bytes
from engine.upkeep.findings import Finding, finding

LEAST_FREE: Final = 1 << 30
_LARGEST_LOG: Final = 256 << 20
_LARGEST_OUTBOX: Final = 1 << 30
_KEY_BYTES: Final = 32
#: What no row names is swept after a day; what is older was forgotten by the sweep.
_UNNAMED_FOR: Final = timedelta(days=3)
_CONTENT: Final = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})(\.thumb)?")
_UNFINISHED: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}(\.thumb)?\.[0-9a-f]{16}\.part")


def room(database: Path, contents: Path, outbox: Path, *, least: int = LEAST_FREE) -> Iterator[Finding]:
    """Disks that will soon be full, and what grows on them.

    Args:
        database: its file.
        contents: the folder of contents; it may not be there.
        outbox: the folder into which messages are delivered; it may not be there.
        least: bytes that must be free.
    """
    low, seen = [], set()
    for folder in (database.parent, contents, outbox):
        if folder.is_dir() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            free = free_bytes(folder)
            if free < least:
                low.append(f"{folder}: {free >> 20:,} MiB free, {least >> 20:,} wanted")
    yield from finding("disk", "a disk is nearly full", "磁盘空间不足", low)
    log = database.with_name(f"{database.name}-wal")
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        en = "the write-ahead log does not begin anew: somebody reads the database without an end"
        yield from finding("log_grows", en, "预写日志过大:有程序长期占用数据库", [f"{log.stat().st_size >> 20:,} MiB"])
    size = sum(path.stat().st_size for path in outbox.glob("*.jsonl")) if outbox.is_dir() else 0
    if size > _LARGEST_OUTBOX:
        en = "the outbox folder has grown; delete files that the bridge has read"
        yield from finding("outbox_grows", en, "发件文件夹过大,请清理已读取的文件", [f"{size >> 20:,} MiB"])


def keys(connection: Connection, places: Mapping[str, Path]) -> Iterator[Finding]:
    """Key files that others may read, that hold no key, or that are gone.

    Args:
        connection: the database.
        places: where keys lie, by their names (``engine.upkeep.backup.key_files``).
    """
    open_to, malformed = [], []
    for path in places.values():
        if not path.exists():
            continue
        found = path.stat()
        if stat.S_IMODE(found.st_mode) & 0o077:
            open_to.append(f"{path}: mode {stat.S_IMODE(found.st_mode):04o}")
        if not stat.S_ISREG(found.st_mode) or found.st_size != _KEY_BYTES:
            malformed.append(path)
    yield from finding("key_open", "others may read a key; chmod 600", "密钥文件权限过宽,请改为 600", open_to)
    yield from finding("key_malformed", "a file holds no key of 32 bytes", "密钥文件内容有误", malformed)
    signed = connection.execute(text("SELECT count(*) FROM signing_key")).scalar_one()
    if signed and not places[SIGNING_KEY].exists():
        en = "the key that signs heads is gone: the next one names itself, which audit verify tells"
        yield from finding("key_lost", en, "签名密钥丢失,新密钥将无人担保", [places[SIGNING_KEY]])
    enciphered = connection.execute(text("SELECT count(*) FROM second_factor")).scalar_one()
    if enciphered and not places[second_factor.FILE].exists():
        en = "the key of the second factors is gone: nobody who has one can log in; kefuflow user remove-factor"
        yield from finding("factor_key_lost", en, "二次验证密钥丢失,相关账号无法登录", [places[second_factor.FILE]])


def contents(connection: Connection, folder: Path, now: datetime) -> Iterator[Finding]:
    """Uploaded files that are missing or cut off, and what lies in their folder and does not belong there.

    Args:
        connection: the database.
        folder: the folder of contents; it may not be there.
        now: aware, by the machine's clock, which files are dated by.
    """
    rows = connection.execute(text("SELECT sha256, max(size) FROM attachment WHERE erased_at IS NULL GROUP BY sha256"))
    named = {str(sha256): int(size) for sha256, size in rows}
    foreign, unnamed, there = [], [], {}
    old = (now - _UNNAMED_FOR).timestamp()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode) and re.fullmatch("[0-9a-f]{2}", name):
            continue
        content = _CONTENT.fullmatch(name)
        if not stat.S_ISREG(found.st_mode) or not (content or _UNFINISHED.fullmatch(name)):
            foreign.append(name)
        elif content is None or content[2] not in named:
            unnamed += [name] if found.st_mtime < old else []
        elif content[3] is None:
            there[content[2]] = found.st_size
    yield from finding(
        "content_missing", "uploaded files are missing; restore them from a backup", "上传的文件丢失,请从备份恢复",
        sorted(named.keys() - there.keys()),
    )  # fmt: skip
    cut = sorted(one for one, size in there.items() if size != named[one])
    yield from finding("content_size", "uploaded files have another size than recorded", "上传的文件大小不符", cut)
    en = "files lie in the folder of contents that are none of ours"
    yield from finding("content_foreign", en, "附件文件夹中有不属于系统的文件", foreign)
    en = "contents that no row names were not swept for days: the worker's hourly look does not run"
    yield from finding("content_unnamed", en, "无人引用的附件多日未清理", unnamed)
