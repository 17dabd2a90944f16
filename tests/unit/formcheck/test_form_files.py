"""A field for files: how many, which kinds, how large, and only those that this person may send."""

from decimal import Decimal

import pytest

from engine.formcheck import check, check_values, fields, prefill, to_entry
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, REQUIRED, field, form, text

JPG, PDF = "image/jpeg", "application/pdf"


def file(number=1, kind=JPG, size=1000, name=None):
    name = name or f"图{number}.jpg"
    return {"id": f"{number:032x}", "name": name, "type": kind, "size": Decimal(size), "sha256": f"{number:064x}"}


KNOWN = {one["id"]: one for one in [*map(file, range(1, 12)), file(20, PDF, name="b.pdf"), file(21, size=2_000_000)]}


def files(item):
    return KNOWN.get(item if isinstance(item, str) else item.get("id"))


def picker(**more):
    return field("filepicker", "x", "凭证图片", **{"multiple": True, "accept": ".jpg,.png", **more})


def send(component, *numbers, **more):
    ids = [f"{number:032x}" for number in numbers]
    return check(form(component, **more), {"x": ids}, {}, now=MONDAY_9AM, files=files)


def test_the_value_is_the_list_of_contexts_each_once():
    assert send(picker(), 2, 1, 2).variables == {"x": [file(2), file(1)]}
    assert send(picker()).variables == {"x": []}


@each(
    ("component", "numbers", "problem"),
    [
        (picker(validate=REQUIRED), [], "请上传凭证图片"),
        (picker(properties={"max": "2"}), [1, 2, 3], "凭证图片最多 2 个文件,现在有 3 个,请移除多余的"),
        (picker(), range(1, 11), "凭证图片最多 9 个文件,现在有 10 个,请移除多余的"),
        (picker(properties={"min": "2"}), [1], "凭证图片至少 2 个文件,现在有 1 个,请继续上传"),
        (picker(multiple=False), [1, 2], "凭证图片最多 1 个文件,现在有 2 个,请移除多余的"),
        (picker(), [20], "凭证图片只能上传 JPG、PNG,请移除“b.pdf”"),
        (
            picker(properties={"max_size": "1.5"}),
            [21],
            "凭证图片中每个文件不超过 1.5 MB,“图21.jpg”过大,请缩小后重新上传",
        ),
        (picker(), [99], "凭证图片中有文件已失效或不能用于此处,请移除后重新上传"),
        (picker(properties={"check": "=count(x) = 2", "check_message": "须两张"}), [1], "须两张"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(component, numbers, problem):
    submission = send(component, *numbers)
    assert submission.errors == {"x": problem}
    assert submission.errors_en["x"]
    assert submission.variables == {}


def test_without_somebody_who_knows_files_every_file_is_refused():
    schema = form(picker())
    assert "x" in check(schema, {"x": [file()["id"]]}, {}, now=MONDAY_9AM).errors
    assert "x" in check_values(schema, {"x": [file()]}, {}, now=MONDAY_9AM).errors


def test_a_minimum_does_not_make_an_optional_field_required():
    assert send(picker(properties={"min": "2"})).errors == {}


def test_whether_files_are_needed_may_hang_on_another_field():
    schema = form(text("why", "原因"), picker(properties={"required_when": '=why = "破损"'}))
    assert check(schema, {"why": "破损"}, {}, now=MONDAY_9AM, files=files).errors == {"x": "请上传凭证图片"}
    assert check(schema, {"why": "其他"}, {}, now=MONDAY_9AM, files=files).errors == {}


@pytest.mark.parametrize("odd", [5, "no id", [[]], [None], {"id": 1}, [{}], True])
def test_a_program_that_gives_anything_else_is_told(odd):
    def strict(item):
        return KNOWN.get(item) if isinstance(item, str) else None

    assert "x" in check_values(form(picker()), {"x": odd}, {}, now=MONDAY_9AM, files=strict).errors


def test_a_program_gives_contexts_or_ids():
    schema = form(picker())
    for given in ([file()], [file()["id"]], file()):
        assert check_values(schema, {"x": given}, {}, now=MONDAY_9AM, files=files).variables == {"x": [file()]}


def test_files_of_the_case_are_filled_in_and_shown():
    schema = form(picker(properties={"prefill": "=earlier"}))
    assert prefill(schema, {"earlier": [file()]}, now=MONDAY_9AM) == {"x": [file()]}
    assert prefill(schema, {"earlier": "a.jpg"}, now=MONDAY_9AM) == {}
    assert to_entry(fields(schema)[0], [file(1), file(2)]) == [file(1)["id"], file(2)["id"]]
