"""A process of the tests whose forms take files, and small files to give them."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

from engine.attachments import sample
from tests.unit.bpmn.drawing import Drawing, properties

PROCESS = "t01_evidence"
JPG, PNG, WEBP, PDF = (sample(f"a{ending}") for ending in (".jpg", ".png", ".webp", ".pdf"))


def picker(key: str, label: str, **more: Any) -> dict[str, Any]:
    return {"type": "filepicker", "key": key, "label": label, "id": f"Field_{key}", "multiple": True, **more}


#: The shape that the flows' forms have.
PICTURES = picker(
    "received_images",
    "实际收到物品图片",
    accept=".jpg,.png",
    validate={"required": True},
    properties={"min": "1", "max": "9"},
)
WAYBILL = picker("waybill_images", "面单图片", accept="image/*", properties={"masked": "true", "max": "3"})
ORDER = {"type": "textfield", "key": "order_id", "label": "订单号", "id": "Field_order"}
REMARK = {
    "type": "textarea",
    "key": "remark",
    "label": "说明",
    "id": "Field_remark",
    "conditional": {"hide": "=count(received_images) < 2"},
    "properties": {"required_when": "=count(received_images) >= 2"},
}
PAPERS = picker("papers", "其他凭证", accept=".pdf,.jpg", properties={"max_size": "1"})
SHOWN = picker("received_images", "实际收到物品图片", accept=".jpg,.png", readonly=True)
FORMS = {
    "start": [ORDER, PICTURES, WAYBILL, REMARK],
    "check": [SHOWN, PAPERS],
}


def form(form_id: str, *components: dict[str, Any]) -> dict[str, Any]:
    return {"id": form_id, "type": "default", "schemaVersion": 18, "components": list(components)}


def files() -> dict[str, bytes]:
    """The diagram and its forms, as ``UncheckedDefinitions`` takes them."""
    drawing = Drawing(PROCESS).start().user("check").end().flow("start", "check", "end")
    drawing.extension = properties(start_permission="P01")
    own = f'<bpmn:extensionElements><zeebe:formDefinition formId="{PROCESS}.start"/></bpmn:extensionElements>'
    drawing.lines[0] = drawing.lines[0].replace("></bpmn:startEvent>", f">{own}</bpmn:startEvent>")
    schemas = {name: form(f"{PROCESS}.{name}", *components) for name, components in FORMS.items()}
    written = {f"{PROCESS}.{name}.form": json.dumps(schema).encode() for name, schema in schemas.items()}
    return {f"{PROCESS}.bpmn": drawing.xml(), **written}


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def with_place(size: tuple[int, int] = (40, 20)) -> bytes:
    """A photograph that lies on its side and says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "GEHEIM-PHONE"
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A few bytes that say they are a picture of 3.6 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()
