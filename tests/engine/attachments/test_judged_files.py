"""A file is what its bytes say, whatever its name claims; what is two things at once, or a bomb, stays outside."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.attachments import FileRefused, sample
from engine.attachments.judge import MAX_PIXELS, judge
from engine.attachments.names import MAX_NAME, clean_name
from engine.formcheck import MAX_FILE_BYTES
from tests.engine.evidence import JPG, PDF, PNG, WEBP, archive, bomb, picture, with_place
from tests.sample import times


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(JPG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp"), (PDF, "application/pdf")],
)
def test_the_type_comes_from_the_bytes(content: bytes, media_type: str) -> None:
    judged = judge(content)
    assert judged.media_type == media_type
    assert (judged.thumb is None) == (media_type == "application/pdf")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + bytes(MAX_FILE_BYTES - 2), "larger"),
        (b"hello", "Only JPG"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "Only JPG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "Only JPG"),
        (b"<!doctype html><script>alert(1)</script>", "Only JPG"),
        (b"MZ\x90\x00", "Only JPG"),
        (b"PK\x03\x04", "Only JPG"),
        (b"\x00\x00\x00\x18ftypmp42", "Only JPG"),
        (JPG[: len(JPG) // 2], "broken"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "broken"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50) + b"IEND\xaeB`\x82", "broken"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "broken"),
        (PNG + b"<html>", "something else hidden"),
        (PNG + b"trailing", "something else hidden"),
        (JPG + b"<sCRipt>alert(1)</script>", "something else hidden"),
        (JPG + b"<?php system($_GET[0]); ?>", "something else hidden"),
        (JPG + archive(), "something else hidden"),
        (PDF + archive(), "something else hidden"),
        (b"\xff\xd8\xff\xe0%PDF-1.4\n" + JPG[4:], "something else hidden"),
        (b"%PDF-1.4\n<script>alert(1)</script>\n%%EOF", "something else hidden"),
        (b"%PDF-1.4\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n%%EOF", "scripts"),
        (b"%PDF-1.4\n1 0 obj<</S/Launch/F(calc.exe)>>endobj\n%%EOF", "scripts"),
        (b"%PDF-1.4\n1 0 obj<</Type/EmbeddedFile>>endobj\n%%EOF", "scripts"),
        (b"%PDF-1.4\n1 0 obj", "is incomplete"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason) as refused:
        judge(content)
    assert refused.value.message_zh.endswith("。")


def test_ten_megabytes_pass_and_a_byte_more_does_not() -> None:
    padded = PDF[:9] + b"%" + bytes(MAX_FILE_BYTES - len(PDF) - 2) + b"\n" + PDF[9:]
    assert len(padded) == MAX_FILE_BYTES
    assert judge(padded).media_type == "application/pdf"
    with pytest.raises(FileRefused, match="larger"):
        judge(padded + b"\n")


def test_a_bomb_is_refused_before_a_pixel_is_decoded() -> None:
    content = bomb()
    assert len(content) < 200
    with pytest.raises(FileRefused, match="too many pixels"):
        judge(content)


def test_the_bound_of_pixels_is_exact() -> None:
    out = io.BytesIO()
    Image.new("1", (MAX_PIXELS // 1000, 1000)).save(out, "PNG")
    assert judge(out.getvalue()).thumb
    out = io.BytesIO()
    Image.new("1", (MAX_PIXELS // 1000 + 1, 1000)).save(out, "PNG")
    with pytest.raises(FileRefused, match="too many pixels"):
        judge(out.getvalue())


def test_the_small_picture_stands_upright_and_says_nothing_of_camera_and_place() -> None:
    content = with_place()
    assert b"GEHEIM" in content
    thumb = judge(content).thumb or b""
    small = Image.open(io.BytesIO(thumb))
    assert small.size == (20, 40)
    assert not small.getexif()
    assert b"GEHEIM" not in thumb
    assert max(Image.open(io.BytesIO(judge(picture()).thumb or b"")).size) == 320


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_mode_get_a_small_one(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (30, 30)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert (judge(out.getvalue()).thumb or b"").startswith(b"\xff\xd8\xff")


@settings(max_examples=times(150, 37))
@given(st.sampled_from([JPG, PNG, WEBP]), st.data())
def test_a_picture_with_any_bytes_changed_is_judged_or_refused_and_nothing_else(
    content: bytes, data: st.DataObject
) -> None:
    spoiled = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        spoiled[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FileRefused):
        judge(bytes(spoiled[: data.draw(st.integers(0, len(content)))]))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("面单 照片.jpg", "面单 照片.jpg"),
        ("a.JPG", "a.jpg"),
        ("a.jpeg", "a.jpeg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\li\\图片.jpg", "图片.jpg"),
        ("a.png", "a.jpg"),
        ("evil.html", "evil.html.jpg"),
        ("", "文件.jpg"),
        ("..", "文件.jpg"),
        (".jpg", "文件.jpg"),
        ("a\x00b\r\nSet-Cookie: x.jpg", "ab Set-Cookie x.jpg"),
        ("\u202egpj.exe", "gpj.exe.jpg"),
        ('a"<b>|?*.jpg', "ab.jpg"),
        ("長" * 300 + ".jpg", "長" * (MAX_NAME - 4) + ".jpg"),
    ],
)
def test_a_name_loses_paths_and_what_cannot_be_seen(sent: str, kept: str) -> None:
    assert clean_name(sent, "image/jpeg") == kept


@given(st.text(max_size=200))
def test_a_cleaned_name_is_short_stays_as_it_is_and_has_its_ending(name: str) -> None:
    once = clean_name(name, "application/pdf")
    assert once.endswith(".pdf")
    assert len(once) <= MAX_NAME
    assert clean_name(once, "application/pdf") == once
    assert not set(once) & set("/\\\r\n\x00")


def test_samples_are_real_and_the_same_for_ever() -> None:
    assert sample("a.jpg") == sample("a.jpg") != sample("b.jpg")
    with pytest.raises(FileRefused):
        judge(sample("a.exe"))
