import pytest

from engine.formcheck import check, check_values
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, REQUIRED, field, form, text


def judge(typed, kind="textfield", label="运单号", **component):
    return check(form(field(kind, label=label, **component)), {"x": typed}, {}, now=MONDAY_9AM)


def test_a_text_is_trimmed_and_composed():
    assert judge("  \u3000YT1\u200b ").variables == {"x": "YT1"}
    assert judge("e\u0301").variables == {"x": "é"}


def test_line_breaks_of_every_system_are_one():
    assert judge("a\r\nb\rc\u2028d", kind="textarea").variables == {"x": "a\nb\nc\nd"}


def test_a_field_of_one_line_takes_no_line_break():
    assert judge("a\nb").errors == {"x": "运单号不能换行,请写在一行内"}


@each("bad", ["\x00", "\ud800", "\u202e", "\u2066", "\u200f", "\x1b", "\x85", "\uffff"])
def test_characters_that_hide_or_reorder_are_refused(bad):
    for kind in ("textfield", "textarea", "number", "datetime", "checkbox"):
        assert judge(f"1{bad}2", kind=kind).errors == {"x": "运单号含有不可见的控制字符,请删除后重新输入"}


def test_a_field_holds_64_kib_and_not_a_byte_more():
    assert judge("a" * 65536, kind="textarea").errors == {}
    assert judge("a" * 65537, kind="textarea").errors == {"x": "运单号过长,最多 64 KB,请缩短"}
    assert judge("字" * 21846, kind="textarea").errors == {"x": "运单号过长,最多 64 KB,请缩短"}


def test_empty_and_blank_texts_are_null():
    assert judge("").variables == {"x": None}
    assert judge(" \n\t\u3000").variables == {"x": None}
    assert judge(" \u3000 ", validate=REQUIRED).errors == {"x": "请填写运单号"}


def test_lengths_count_characters_not_bytes():
    limits = {"validate": {"minLength": 2, "maxLength": 4}}
    assert judge("𠮷字", **limits).errors == {}
    assert judge("字", **limits).errors == {"x": "运单号至少 2 个字"}
    assert judge("一二三四五", **limits).errors == {"x": "运单号最多 4 个字,现在有 5 个,请缩短"}


def test_a_pattern_has_to_match_the_whole_text():
    pattern = {"validate": {"pattern": "[A-Z]{2}[0-9]+"}}
    assert judge("YT1", **pattern).errors == {}
    assert judge("YT1x", **pattern).errors == {"x": "运单号格式不正确,请按说明填写"}
    assert judge("YT1\n", **pattern).variables == {"x": "YT1"}


def test_a_pattern_brings_its_own_sentence():
    own = {"validate": {"pattern": "^YT", "patternErrorMessage": "运单号须以 YT 开头"}}
    assert judge("SF1", **own).errors == {"x": "运单号须以 YT 开头"}


def test_a_pattern_that_explodes_elsewhere_ends_at_once():
    assert judge("a" * 5000 + "!", validate={"pattern": "(a+)+$"}).errors


@pytest.mark.parametrize(
    "good", ["13800138000", "0571-88886666", "01088886666", "021-5566778", "１３８００１３８０００"]
)
def test_mainland_phone_numbers_are_taken(good):
    assert judge(good, validate={"validationType": "phone"}).errors == {}


def test_full_width_digits_of_a_phone_are_kept_as_ascii():
    typed = judge("１３８００１３８０００", validate={"validationType": "phone"})
    assert typed.variables == {"x": "13800138000"}


@pytest.mark.parametrize("bad", ["1380013800", "138001380000", "23800138000", "88886666", "+8613800138000", "0571-1"])
def test_other_phone_numbers_are_refused_with_an_example(bad):
    errors = judge(bad, label="电话", validate={"validationType": "phone"}).errors
    assert errors == {"x": "电话须为 11 位手机号,或带区号的座机,例如 0571-88886666"}


@pytest.mark.parametrize("typed", ["a@b.cn", "zhang.san+x@mail.example.com"])
def test_mail_addresses_are_taken(typed):
    assert judge(typed, validate={"validationType": "email"}).errors == {}


@pytest.mark.parametrize("typed", ["a", "a@", "@b.cn", "a@b", "a b@c.cn", "a@b..cn", "a@" + "b" * 64 + ".cn"])
def test_what_is_no_mail_address_is_refused(typed):
    errors = judge(typed, label="邮箱", validate={"validationType": "email"}).errors
    assert errors == {"x": "邮箱须为邮箱地址,例如 name@example.com"}


def test_a_field_that_came_twice_is_refused():
    submission = check(form(text()), {"x": ["a", "b"]}, {}, now=MONDAY_9AM)
    assert submission.errors == {"x": "运单号只能填写一个值"}
    assert submission.raw == {"x": ["a", "b"]}


def test_what_was_typed_comes_back_as_it_was_typed():
    assert judge("  1\u202e ").raw == {"x": "  1\u202e "}


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": "b"}])
def test_a_program_hands_over_texts_for_texts(value):
    assert check_values(form(text()), {"x": value}, {}, now=MONDAY_9AM).errors == {"x": "运单号须为文字"}
