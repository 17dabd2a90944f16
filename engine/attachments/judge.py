"""Says what a file is, by its bytes alone: a picture has to decode, a document to look like one and to run nothing."""

from __future__ import annotations

import io
import re
import struct
import threading
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from engine.errors import InvalidValue
from engine.formcheck import MAX_FILE_BYTES

#: Pixels of a picture: a phone's 50 megapixels. More would fill the memory, whatever the file's size is.
MAX_PIXELS: Final = 52_000_000
#: Longer side of a small picture.
THUMB_SIDE: Final = 320
_FORMATS: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_HEADS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
#: What decoders raise at bytes that are no picture.
_BROKEN: Final = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error)
#: What a browser would run if it were told that this is a page; no camera writes it.
_MARKUP: Final = re.compile(rb"<(?:script|html|iframe|!doctype html|\?php)", re.IGNORECASE)
#: What a document runs or brings along.
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 65_557
_PDF_END: Final = 2048
#: One picture is decoded at a time: its pixels take far more memory than its bytes.
_DECODING: Final = threading.Semaphore(1)
Image.MAX_IMAGE_PIXELS = None  # our own bound is lower, and is asked before a pixel is decoded


class FileRefused(InvalidValue):
    """A file cannot be kept: empty, too large, of no kind that is taken, or broken. Don't retry."""

    code = "file_refused"
    message_zh = "文件无法上传。"
    message_en = "The file cannot be uploaded."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A file that may be kept."""

    media_type: str
    #: A small JPEG without metadata; None: it is no picture.
    thumb: bytes | None


def judge(content: bytes) -> Judged:
    """What a file is.

    Args:
        content: all of its bytes.

    Raises:
        FileRefused: empty, above 10 MB, of no kind that is taken, broken, with too many pixels, or two kinds at once.
    """
    if not content:
        raise FileRefused("The file is empty. Please choose another one.", message_zh="文件是空的,请重新选择。")
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused(
            "The file is larger than 10 MB. Please compress it and upload it again.",
            message_zh="文件超过 10 MB,请压缩后再上传。",
        )
    kind = _kind(content)
    if kind is None:
        raise FileRefused(
            "Only JPG, PNG and WebP pictures and PDF files can be uploaded.",
            message_zh="只能上传 JPG、PNG、WebP 图片或 PDF 文件。",
        )
    _check_single(content, kind)
    if kind == "application/pdf":
        _check_document(content)
        return Judged(media_type=kind, thumb=None)
    return Judged(media_type=kind, thumb=_thumb(content, kind))


def _kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for head, kind in _HEADS if content.startswith(head)), None)


def _check_single(content: bytes, kind: str) -> None:
    """Refuse a file that is an archive or a page besides; of a document only the beginning could make it a page."""
    end = content.rfind(_ZIP_END, max(0, len(content) - _ZIP_TAIL))
    archive = end >= 0 and end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") == len(content)
    searched = content[:1024] if kind == "application/pdf" else content
    document = kind != "application/pdf" and b"%PDF-" in content[:1024]
    trailing = kind == "image/png" and not content.endswith(b"IEND\xaeB`\x82")
    if archive or document or trailing or _MARKUP.search(searched):
        raise FileRefused(
            "The file has something else hidden in it and cannot be uploaded. Please upload "
            "a screenshot, or save it as a picture.",
            message_zh="文件里夹带了其他内容,不能上传。请截图或另存为图片后再上传。",
        )


def _check_document(content: bytes) -> None:
    if b"%%EOF" not in content[-_PDF_END:]:
        raise FileRefused(
            "The PDF file is incomplete. Please export it anew and upload that.",
            message_zh="PDF 文件不完整,请重新导出后再上传。",
        )
    if _ACTIVE.search(content):
        raise FileRefused(
            "The PDF file holds scripts or attachments and cannot be uploaded. Please "
            "print it to a new PDF and upload that.",
            message_zh="PDF 里有脚本或附件,不能上传。请打印为新的 PDF 后再上传。",
        )


def _thumb(content: bytes, kind: str) -> bytes:
    """Decode the whole picture and give a small one of it, turned upright.

    Raises:
        FileRefused: it does not decode, or has too many pixels.
    """
    try:
        with _DECODING, Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as picture:
            if _FORMATS.get(picture.format or "") != kind:
                raise _broken()
            if picture.width * picture.height > MAX_PIXELS:
                raise FileRefused(
                    "The picture has too many pixels (more than 52 million). Please make it smaller and upload that.",
                    message_zh="图片的像素过多(超过 5200 万),请缩小后再上传。",
                )
            picture.draft("RGB", (2 * THUMB_SIDE, 2 * THUMB_SIDE))  # a JPEG is decoded small, yet to its end
            return _small(picture)
    except FileRefused:
        raise
    except _BROKEN as problem:
        raise _broken() from problem


def _small(picture: Image.Image) -> bytes:
    picture.load()
    small = picture.convert("RGBA") if picture.mode not in ("RGB", "L", "CMYK") else picture
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    upright = ImageOps.exif_transpose(small)
    if upright.mode == "RGBA":
        ground = Image.new("RGB", upright.size, "white")
        ground.paste(upright, mask=upright.getchannel("A"))
        upright = ground
    fresh = Image.new("RGB", upright.size)  # takes over pixels and nothing else: no place, no camera
    fresh.paste(upright.convert("RGB"))
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=78)
    return out.getvalue()


def _broken() -> FileRefused:
    return FileRefused(
        "The picture is broken or incomplete. Please take or save it anew and upload that.",
        message_zh="图片已损坏或不完整,请重新拍摄或另存后再上传。",
    )
