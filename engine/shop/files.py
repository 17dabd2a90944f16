"""Reads import files row by row: CSV as shops' programs write it, or JSON."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine.errors import InvalidValue
from engine.shop.rows import Refused, RowKind, column_name, kind_of

MAX_BYTES: Final = 256 * 1024 * 1024
#: A cell longer than this is no cell of ours.
_MAX_CELL: Final = 100_000
_CHUNK: Final = 1 << 20
#: Lists of a JSON object.
_PARTS: Final[Mapping[str, RowKind]] = {f"{kind}s": kind for kind in RowKind}


def read_rows(path: Path, notes: list[str]) -> Iterator[tuple[int, RowKind, Mapping[str, Any]]]:
    """Line (or number of the JSON object), kind and cells of every row.

    Args:
        path: a .json file, or CSV in UTF-8 (a byte-order mark is fine) or GB 18030.
        notes: sentences about the file as a whole are added to it, e.g. columns that are passed over.

    Raises:
        InvalidValue: the file cannot be read as what it says it is.
    """
    if not path.is_file():
        raise InvalidValue(f"There is no file {path}.", message_zh=f"没有这个文件:{path}")
    if path.stat().st_size > MAX_BYTES:
        raise InvalidValue(
            f"{path} is larger than 256 MB. Please split it.", message_zh="文件超过 256 MB,请拆分后再导入。"
        )
    if path.suffix.lower() == ".json":
        yield from _read_json(path)
    else:
        yield from _read_csv(path, notes)


def _read_csv(path: Path, notes: list[str]) -> Iterator[tuple[int, RowKind, Mapping[str, Any]]]:
    csv.field_size_limit(_MAX_CELL)
    with path.open(encoding=_encoding(path), newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            headings = [heading for heading in reader.fieldnames or () if heading]
            kind = kind_of(dict.fromkeys(heading.strip() for heading in headings))
            unknown = [heading for heading in headings if column_name(kind, heading) is None]
            if unknown:
                notes.append(f"未识别的列,已略过:{'、'.join(heading[:20] for heading in unknown[:10])}")
            line = reader.line_num + 1
            for cells in reader:
                yield line, kind, cells
                line = reader.line_num + 1
        except Refused as problem:
            raise InvalidValue(f"The heading of {path} names no known columns.", message_zh=str(problem)) from problem
        except csv.Error as problem:
            raise InvalidValue(
                f"{path}, line {reader.line_num}: {problem}", message_zh=f"第 {reader.line_num} 行不是有效的 CSV。"
            ) from problem


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else GB 18030, which Chinese spreadsheets still write."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    if b"\x00" in chunk:
                        break
                    decoder.decode(chunk)
                else:
                    decoder.decode(b"", final=True)
                    return encoding
        except UnicodeDecodeError:
            continue
    raise InvalidValue(
        f"{path} is neither UTF-8 nor GB 18030. Please save it as one of them.",
        message_zh="文件编码须为 UTF-8 或 GBK。",
    )


def _read_json(path: Path) -> Iterator[tuple[int, RowKind, Mapping[str, Any]]]:
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as problem:
        raise InvalidValue(f"{path} is not JSON in UTF-8.", message_zh="文件不是有效的 JSON(须为 UTF-8)。") from problem
    if isinstance(content, list):
        for number, cells in enumerate(content, 1):
            yield number, _json_kind(cells), cells if isinstance(cells, dict) else {}
    elif isinstance(content, dict) and content.keys() <= _PARTS.keys():
        for name, kind in _PARTS.items():
            rows = content.get(name, [])
            if not isinstance(rows, list):
                raise InvalidValue(f"{name} must be a list.", message_zh=f"{name} 须为列表。")
            for number, cells in enumerate(rows, 1):
                yield number, kind, cells if isinstance(cells, dict) else {}
    else:
        raise InvalidValue(
            f"{path} is neither a list nor has it any of {', '.join(_PARTS)}",
            message_zh=f"JSON 须为列表,或含有 {'、'.join(_PARTS)} 的对象。",
        )


def _json_kind(cells: Any) -> RowKind:
    try:
        return kind_of(cells) if isinstance(cells, dict) else RowKind.ORDER
    except Refused:
        return RowKind.ORDER
