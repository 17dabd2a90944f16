"""The sentences a person reads when an entry is refused: what is wrong and what to do, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry is refused, in both languages."""

    zh: str
    en: str


#: Errors of the form as a whole stand under this key.
WHOLE_FORM: Final = ""
_SHOWN_NAMES: Final = 3


def unknown_fields(names: list[str]) -> Problem:
    """The submission has keys that the form does not know."""
    shown = "、".join(name.encode("ascii", "backslashreplace").decode()[:40] for name in sorted(names)[:_SHOWN_NAMES])
    more_zh, more_en = ("等", " and more") if len(names) > _SHOWN_NAMES else ("", "")
    return Problem(
        f"未知字段:{shown}{more_zh}。请刷新页面后重新填写",
        f"Unknown fields: {shown}{more_en}. Reload the page and fill in the form again",
    )


def missing(label: str, *, choose: bool) -> Problem:
    """A required field is empty."""
    return Problem(f"请选择“{label}”", f"Choose “{label}”") if choose else Problem(f"请填写{label}", f"Fill in {label}")


def not_ticked(label: str) -> Problem:
    """A checkbox that has to be ticked is not."""
    return Problem(f"请勾选“{label}”", f"Tick “{label}”")


def only_one(label: str) -> Problem:
    """A field with one value came more than once."""
    return Problem(f"{label}只能填写一个值", f"{label} takes one value only")


def forbidden_character(label: str) -> Problem:
    """A text holds characters that cannot be seen or that reorder what is seen."""
    return Problem(
        f"{label}含有不可见的控制字符,请删除后重新输入",
        f"{label} holds invisible control characters: remove them and type it again",
    )


def too_large(label: str, limit_bytes: int) -> Problem:
    """A text is beyond the limit of a field."""
    limit = limit_bytes // 1024
    return Problem(f"{label}过长,最多 {limit} KB,请缩短", f"{label} is too long: shorten it to at most {limit} KB")


def no_line_break(label: str) -> Problem:
    """A field of one line holds a line break."""
    return Problem(f"{label}不能换行,请写在一行内", f"{label} must be on one line")


def not_a_text(label: str) -> Problem:
    """A program handed over something else than a text."""
    return Problem(f"{label}须为文字", f"{label} must be a text")


def not_a_number(label: str) -> Problem:
    """An entry is no decimal number."""
    return Problem(f"{label}须为数字,例如 12 或 12.5", f"{label} must be a number, such as 12 or 12.5")


def too_many_digits(label: str, limit: int) -> Problem:
    """A number has more digits than are kept exactly."""
    return Problem(f"{label}位数过多,最多 {limit} 位数字", f"{label} has too many digits: at most {limit}")


def not_yes_or_no(label: str) -> Problem:
    """An entry is neither true nor false."""
    return Problem(f"请为“{label}”选择是或否", f"Choose yes or no for “{label}”")


def not_an_option(label: str) -> Problem:
    """A choice is not among the options."""
    return Problem(f"“{label}”的选择无效,请从列出的选项中选择", f"Choose “{label}” from the options listed")


def not_a_moment(label: str, subtype: str) -> Problem:
    """An entry is no date, time, or date and time."""
    zh, en, example = {
        "date": ("日期", "a date", "2026-01-08"),
        "time": ("时间", "a time", "09:30"),
        "datetime": ("日期和时间", "a date and time", "2026-01-08 09:30"),
    }[subtype]
    return Problem(f"{label}须为{zh},例如 {example}", f"{label} must be {en}, such as {example}")


def year_out_of_range(label: str, first: int, last: int) -> Problem:
    """A year is surely mistyped."""
    return Problem(
        f"{label}的年份须在 {first} 到 {last} 之间,请检查", f"The year of {label} must be from {first} to {last}"
    )


def in_the_past(label: str) -> Problem:
    """A date that has to be today or later is not."""
    return Problem(f"{label}不能早于今天,请重新选择", f"{label} must be today or later")


def plain(number: Decimal) -> str:
    """A number as people read it: no exponent."""
    return format(number, "f")


def out_of_bounds(label: str, low: Decimal | None, high: Decimal | None) -> Problem:
    """A number is outside its bounds (both inclusive)."""
    if low is not None and high is not None:
        return Problem(
            f"{label}须在 {plain(low)} 到 {plain(high)} 之间",
            f"{label} must be from {plain(low)} to {plain(high)}",
        )
    if low is not None:
        return Problem(f"{label}不能小于 {plain(low)}", f"{label} must not be less than {plain(low)}")
    bound = plain(high) if high is not None else ""
    return Problem(f"{label}不能大于 {bound}", f"{label} must not be greater than {bound}")


def too_many_decimals(label: str, digits: int) -> Problem:
    """A number has more decimals than the field takes."""
    if digits == 0:
        return Problem(f"{label}须为整数", f"{label} must be a whole number")
    return Problem(f"{label}最多 {digits} 位小数", f"{label} takes at most {digits} decimals")


def not_a_multiple(label: str, step: Decimal) -> Problem:
    """A number is not a multiple of the field's increment."""
    return Problem(f"{label}须为 {plain(step)} 的倍数", f"{label} must be a multiple of {plain(step)}")


def wrong_length(label: str, length: int, low: int | None, high: int | None) -> Problem:
    """A text has too few or too many characters."""
    if high is not None and length > high:
        return Problem(
            f"{label}最多 {high} 个字,现在有 {length} 个,请缩短",
            f"{label} takes at most {high} characters and has {length}: shorten it",
        )
    return Problem(f"{label}至少 {low} 个字", f"{label} needs at least {low} characters")


def wrong_format(label: str) -> Problem:
    """A text does not match the field's pattern."""
    return Problem(f"{label}格式不正确,请按说明填写", f"{label} has the wrong format: see the help of the field")


def not_an_email(label: str) -> Problem:
    """A text is no mail address."""
    return Problem(
        f"{label}须为邮箱地址,例如 name@example.com", f"{label} must be a mail address, such as name@example.com"
    )


def not_a_phone(label: str) -> Problem:
    """A text is no phone number of mainland China."""
    return Problem(
        f"{label}须为 11 位手机号,或带区号的座机,例如 0571-88886666",
        f"{label} must be a mobile number of 11 digits or a landline with area code, such as 0571-88886666",
    )


def already_taken(label: str) -> Problem:
    """A value that has to be unique is in use."""
    return Problem(f"该{label}已被使用,请核对后重新填写", f"This {label} is in use already: check it and enter another")


def no_file(label: str) -> Problem:
    """A field that needs files has none."""
    return Problem(f"请上传{label}", f"Upload {label}")


def wrong_count(label: str, count: int, least: int, most: int) -> Problem:
    """A field has too few or too many files."""
    if count > most:
        return Problem(
            f"{label}最多 {most} 个文件,现在有 {count} 个,请移除多余的",
            f"{label} takes at most {most} files and has {count}: remove some",
        )
    return Problem(
        f"{label}至少 {least} 个文件,现在有 {count} 个,请继续上传",
        f"{label} needs {least} files and has {count}: add more",
    )


def lost_file(label: str) -> Problem:
    """A file is none that this person uploaded for this case: it was swept, removed, or is somebody else's."""
    return Problem(
        f"{label}中有文件已失效或不能用于此处,请移除后重新上传",
        f"{label} holds a file that is gone or cannot be used here: remove it and upload it again",
    )


def wrong_kind(label: str, name: str, kinds: str) -> Problem:
    """A file is of a kind that the field does not take."""
    return Problem(f"{label}只能上传 {kinds},请移除“{name}”", f"{label} takes {kinds} only: remove “{name}”")


def file_too_large(label: str, name: str, limit_bytes: int) -> Problem:
    """A file is beyond the field's own limit."""
    limit = plain((Decimal(limit_bytes) / (1024 * 1024)).normalize())
    return Problem(
        f"{label}中每个文件不超过 {limit} MB,“{name}”过大,请缩小后重新上传",
        f"A file of {label} has at most {limit} MB: “{name}” is larger, make it smaller and upload it again",
    )


def not_rows(label: str) -> Problem:
    """A program handed over something else than a list of rows."""
    return Problem(f"{label}须为若干行", f"{label} must be a list of rows")


def too_few_rows(label: str, least: int) -> Problem:
    """A list has fewer rows than it needs."""
    return Problem(f"{label}至少填写 {least} 行", f"{label} needs at least {least} rows")


def too_many_rows(label: str, most: int) -> Problem:
    """A list has more rows than it takes."""
    return Problem(f"{label}最多 {most} 行,请减少", f"{label} takes at most {most} rows: remove some")


def in_row(number: int, problem: Problem) -> Problem:
    """What is wrong with a field of a row, counted from 1."""
    return Problem(f"第 {number} 行:{problem.zh}", f"Row {number}: {problem.en}")


def check_failed(label: str) -> Problem:
    """The field's own check says no, and the form gives no sentence for it."""
    return Problem(f"{label}不符合要求,请检查", f"{label} does not meet its rule: check it")


def not_computable(label: str) -> Problem:
    """An expression of the form cannot be evaluated."""
    return Problem(
        f"“{label}”的规则无法计算,请联系流程负责人",
        f"The rule of “{label}” cannot be evaluated: tell the process owner",
    )


def not_enabled(label: str) -> Problem:
    """A program set a field that is hidden, read-only or disabled now."""
    return Problem(f"“{label}”当前不可填写,请去掉此项", f"“{label}” cannot be set now: leave it out")
