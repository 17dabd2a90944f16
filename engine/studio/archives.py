"""Files as one archive, the same bytes for the same files; and archives from anywhere, within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from engine.bpmn import Definition
from engine.definitions import Deployed
from engine.definitions.bundle import BPMN, DECISION, FORM, MAX_BYTES, SCENARIO, SUFFIXES, ids_of, kind_of
from engine.errors import InvalidValue
from engine.model import Actor
from engine.store.database import Transaction
from engine.studio.changes import check_alive
from engine.studio.drafts import put_draft
from engine.studio.kinds import check_content, file_name

MAX_FILES: Final = 300
#: Of all files of an archive together, unpacked.
MAX_TOTAL: Final = 32_000_000
#: A date that all entries bear: when something was packed says nothing about it.
_DATE: Final = (2020, 1, 1, 0, 0, 0)
#: Readable by everybody, an ordinary file.
_MODE: Final = 0o100644 << 16
#: What systems add to archives by themselves.
_RUBBISH: Final = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive of files by their names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _MODE
            archive.writestr(entry, content)
    return packed.getvalue()


def files_of_process(in_force: Mapping[str, bytes], deployed: Deployed) -> dict[str, bytes]:
    """The files of a process among all that is in force: diagram, forms, decisions and scenarios.

    Args:
        in_force: as ``files_in_force`` gives them.
        deployed: the version in force.
    """
    definition: Definition = deployed.definition
    wanted = {file_name(BPMN, deployed.process_id), file_name(SCENARIO, deployed.process_id)}
    wanted |= {file_name(FORM, form) for form in definition.forms}
    return {
        name: content
        for name, content in in_force.items()
        if name in wanted or (kind_of(name) == DECISION and definition.decisions & {*ids_of(DECISION, name, content)})
    }


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of an archive from anywhere, by the paths in it.

    Raises:
        InvalidValue: it is no archive, holds too much, or something that an archive of ours does not hold.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = [entry for entry in opened.infolist() if not _is_rubbish(entry)]
            if len(entries) > MAX_FILES:
                raise _refusal(f"压缩包里的文件超过 {MAX_FILES} 个。", f"the archive holds more than {MAX_FILES} files")
            files: dict[str, bytes] = {}
            for entry in entries:
                _check_entry(entry, files)
                files[entry.filename] = _read_entry(opened, entry)
                if sum(map(len, files.values())) > MAX_TOTAL:
                    raise _refusal("压缩包解开后超过 32 MB。", "the archive is larger than 32 MB when unpacked")
            return files
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as problem:
        raise _refusal("压缩包打不开,可能已损坏。请重新打包后再上传。", "the archive cannot be opened") from problem


def import_files(
    tx: Transaction, actor: Actor, change: int, files: Mapping[str, bytes], now: datetime
) -> tuple[tuple[str, str], ...]:
    """Put files into a change as drafts; gives kind and id of each.

    Args:
        tx: the caller's transaction.
        actor: who imports.
        change: key of the change.
        files: name or path → content. What a diagram, a decision or a form defines is read from it; texts and
            scenarios are called as their files.
        now: aware UTC.

    Raises:
        NotAllowed, NotFound, ChangeClosed: the change cannot be altered.
        InvalidValue: a file is none of ours, too large, no text, cannot be read, or is there twice.
    """
    check_alive(tx.connection, change)
    placed: dict[tuple[str, str], str] = {}
    for path, content in sorted(files.items()):
        try:
            place = _place_of(path, check_content(content))
            if place in placed:
                zh = f"“{place[1]}”在 {placed[place]} 里已有一份,请只留一份。"
                raise _refusal(zh, f"{place[1]} stands in {placed[place]} as well")
            put_draft(tx, actor, change, *place, content, now)
        except InvalidValue as problem:
            raise _refusal(f"{path}:{problem.message_zh}", f"{path}: {problem}") from problem
        placed[place] = path
    return tuple(placed)


def _place_of(path: str, content: bytes) -> tuple[str, str]:
    """Kind and id of a file."""
    name = PurePosixPath(path).name
    kind = kind_of(name)
    if kind is None:
        accepted = SUFFIXES.values()
        raise _refusal(f"只接受 {'、'.join(accepted)} 文件。", f"it is none of {', '.join(accepted)}")
    stem = PurePosixPath(name).stem
    defined = ids_of(kind, name, content)
    if not defined:
        raise _refusal("内容读不出来,不知道它定义什么。", "it cannot be read")
    return kind, stem if stem in defined else defined[0]


def _check_entry(entry: zipfile.ZipInfo, files: Mapping[str, bytes]) -> None:
    name = entry.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or not name.isprintable():
        raise _refusal("压缩包里有不安全的路径。", f"the archive holds an unsafe path: {name[:100]!r}")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refusal("压缩包的压缩方式不支持,请用普通的 zip。", "the archive is packed by an unusual method")
    if entry.flag_bits & 0x1:
        raise _refusal("压缩包有密码,请去掉密码后再上传。", "the archive is encrypted")
    if entry.external_attr >> 28 == 0o12:
        raise _refusal("压缩包里有链接,只接受普通文件。", "the archive holds links")
    if name in files:
        raise _refusal(f"压缩包里有两个 {name}。", f"the archive holds {name} twice")
    if entry.file_size > MAX_BYTES:
        raise _refusal(f"{name} 超过 2 MB。", f"{name} is larger than 2 MB")


def _read_entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Its content, however much smaller its head says that it is."""
    with opened.open(entry) as packed:
        content = packed.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refusal(f"{entry.filename} 超过 2 MB。", f"{entry.filename} is larger than 2 MB")
    return content


def _is_rubbish(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return entry.is_dir() or not _RUBBISH.isdisjoint(parts) or (bool(parts) and parts[-1].startswith("._"))


def _refusal(zh: str, en: str) -> InvalidValue:
    return InvalidValue(en, message_zh=zh)
