"""The sentences of all reasons, in Chinese and English.

The key before a colon is the reason's code, which is stable; behind it stands which of its sentences is meant.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # --- names and paths
    "null_literal": ("这里写的就是 null,即没有值", "null is written here"),
    "no_variable": ("没有名为「{name}」的变量{hint}", "there is no variable '{name}'{hint}"),
    "no_variable:or_null": ("「{name}」没有值{hint}", "'{name}' has no value{hint}"),
    "null_variable": ("「{name}」没有值", "'{name}' is null"),
    "null_input": ("被检查的值是空的", "the tested value is null"),
    "no_entry": (
        "{owner}里没有「{name}」这一项,有的是:{entries}{hint}",
        "{owner} has no entry '{name}'; it has: {entries}{hint}",
    ),
    "no_entry:item": (
        "这一项里没有「{name}」,有的是:{entries}{hint}",
        "the item has no entry '{name}'; it has: {entries}{hint}",
    ),
    "no_entry:empty": ("{owner}是空的,没有「{name}」这一项", "{owner} is empty, without entry '{name}'"),
    "no_entry:items": (
        "列表的第 {positions} 项里没有「{name}」{hint}",
        "item(s) {positions} of the list without '{name}'{hint}",
    ),
    "null_entry": ("「{name}」这一项没有值", "entry '{name}' is null"),
    "no_component": ("{type} {a} 没有「.{name}」{offer}", "{type} {a} has no '.{name}'{offer}"),
    "path_of_null": ("前面没有值,取不到「.{name}」", "null has no '.{name}'"),
    "path_of_null:item": ("这一项没有值,取不到「{name}」", "the item is null, without '{name}'"),
    "path_of_null:items": (
        "列表的第 {positions} 项没有值,取不到「.{name}」",
        "item(s) {positions} of the list null, without '.{name}'",
    ),
    # --- operators
    "not_comparable": (
        "{left} {a} 和{right} {b} 不能比较大小{hint}",
        "{left} {a} and {right} {b} have no order{hint}",
    ),
    "not_comparable:kind": ("{left}不分大小:{a} 和 {b}", "values of type {left} have no order: {a} and {b}"),
    "not_comparable:zones": (
        "一个有时区,另一个没有,不能比较:{a} 和 {b}",
        "one has a time zone, the other none: {a} and {b}",
    ),
    "different_types": (
        "{left} {a} 和{right} {b} 类型不同,不能判断是否相等",
        "{left} {a} and {right} {b} differ in type: neither equal nor different",
    ),
    "equals_null": ("「{text}」没有值,所以比较的结果是 {result}", "'{text}' is null, so the result is {result}"),
    "arithmetic_types": (
        "{left} {a} 和{right} {b} 不能用「{operator}」计算{hint}",
        "{left} {a} and {right} {b} cannot be used with '{operator}'{hint}",
    ),
    "arithmetic_types:zones": (
        "一个有时区,另一个没有,不能相减:{a} 和 {b}",
        "one has a time zone, the other none, so there is no difference: {a} and {b}",
    ),
    "arithmetic_types:sign": ("{left} {a} 前面不能加负号", "{left} {a} cannot be negated"),
    "division_by_zero": ("除数是 0:{a} / {b}", "division by zero: {a} / {b}"),
    "division_by_zero:modulo": ("modulo 的除数是 0", "modulo by zero"),
    "out_of_range": ("计算结果超出范围:{a} {operator} {b}", "the result is out of range: {a} {operator} {b}"),
    "out_of_range:sign": ("计算结果超出范围:-{a}", "the result is out of range: -{a}"),
    "out_of_range:power": ("{a} 的 {b} 次方没有结果", "there is no {a} to the power of {b}"),
    "not_boolean": (
        "「{operator}」要的是 true 或 false,这里是{type} {a}",
        "'{operator}' wants true or false, not {type} {a}",
    ),
    "range_ends": (
        "区间的两端不能比较:{left} {a} 和{right} {b}",
        "the ends of the range have no order: {left} {a}, {right} {b}",
    ),
    "range_ends:null": ("区间的两端都没有值", "both ends of the range are null"),
    "null_end": ("区间的{end}没有值,不能比较", "the range's {end} is null, so nothing compares with it"),
    "unknown_type": ("没有名为「{type}」的类型", "there is no type '{type}'"),
    # --- branches and loops
    "if_not_boolean": (
        "条件不是 true 或 false,而是{type} {a},所以按 else 处理",
        "the condition is neither true nor false but {type} {a}, so else is taken",
    ),
    "if_not_boolean:null": ("条件没有结果,所以按 else 处理", "the condition is null, so else is taken"),
    "filter_not_boolean": (
        "第 {positions} 项的条件没有得出 true 或 false,这些项被去掉了",
        "the condition is neither true nor false for item(s) {positions}, which are left out",
    ),
    "filter_of_null": ("被筛选的列表没有值,结果是空列表", "the list is null, so nothing is left of it"),
    "round_not_boolean": (
        "第 {positions} 轮的条件没有得出 true 或 false",
        "the condition is neither true nor false in round(s) {positions}",
    ),
    "not_a_list": (
        "区间 {a} 不能逐个列出,两端必须都是整数或都是日期",
        "range {a} cannot be walked through: its ends must be whole numbers or dates",
    ),
    "not_a_list:steps": (
        "{a}..{b} 不能逐个列出,两端必须都是整数或都是日期",
        "{a}..{b} cannot be walked through: both must be whole numbers or dates",
    ),
    "index_out_of_range": (
        "没有第 {index} 项,列表共有 {size} 项",
        "there is no item {index} in a list of {size}",
    ),
    "index_out_of_range:zero": (
        "没有第 0 项,第一项是 1,最后一项是 -1",
        "there is no item 0: the first is 1, the last is -1",
    ),
    "index_out_of_range:text": (
        "没有第 {index} 个字,文字共有 {size} 个字",
        "there is no character {index} in a text of {size}",
    ),
    "index_out_of_range:length": (
        "从第 {index} 项起取不到 {count} 项,列表共有 {size} 项",
        "there are no {count} items from item {index} of a list of {size}",
    ),
    "null_item": ("列表的第 {index} 项没有值", "item {index} of the list is null"),
    # --- functions
    "no_function": ("没有名为「{name}」的函数{hint}", "there is no function '{name}'{hint}"),
    "not_a_function": ("{type} {a} 不是函数,不能调用", "{type} {a} is no function"),
    "argument_count": (
        "函数「{name}」需要 {wanted} 个参数,这里给了 {given} 个",
        "function '{name}' takes {wanted} arguments, not {given}",
    ),
    "argument_count:missing": (
        "调用函数「{name}」时少了参数「{parameter}」",
        "the call of '{name}' lacks the argument '{parameter}'",
    ),
    "argument_name": (
        "函数「{name}」没有名为「{parameter}」的参数,它的参数是:{parameters}",
        "function '{name}' has no parameter '{parameter}'; it has: {parameters}",
    ),
    "argument_name:twice": (
        "调用函数「{name}」时参数「{parameter}」写了两次",
        "the call of '{name}' gives '{parameter}' twice",
    ),
    "argument_name:together": (
        "函数「{name}」的这些参数不能一起用:{parameters}",
        "function '{name}' does not take these arguments together: {parameters}",
    ),
    "argument_type": (
        "函数「{name}」的参数「{parameter}」要的是{wanted},这里是{type} {a}",
        "parameter '{parameter}' of '{name}' wants a {wanted}, not {type} {a}",
    ),
    "null_argument": (
        "函数「{name}」的参数「{parameter}」不能是 null",
        "parameter '{parameter}' of '{name}' must not be null",
    ),
    "no_clock": ("没有给出当前时间,所以「{name}()」没有值", "no present time is given, so '{name}()' is null"),
    "no_implementation": (
        "这个函数在外部实现,这里不能运行",
        "the function is implemented elsewhere and cannot run here",
    ),
    "function_null": ("函数「{name}」没有给出值", "function '{name}' gave null"),
    "empty_list": ("列表是空的,函数「{name}」没有结果", "the list is empty, so '{name}' is null"),
    "item_type": (
        "函数「{name}」要列表里都是{wanted},第 {index} 项却是{type} {a}",
        "'{name}' wants a list of {wanted}; item {index} is {type} {a}",
    ),
    "item_type:null": (
        "函数「{name}」要列表里都是{wanted},第 {index} 项却没有值",
        "'{name}' wants a list of {wanted}; item {index} is null",
    ),
    "item_type:mixed": (
        "函数「{name}」要列表里的值能互相比较大小,第 {index} 项却是{type} {a}",
        "'{name}' wants items that have an order; item {index} is {type} {a}",
    ),
    "item_type:summed": (
        "函数「{name}」要列表里的值能相加,第 {index} 项却是{type} {a}",
        "'{name}' wants items that can be added; item {index} is {type} {a}",
    ),
    "verdict_not_boolean": (
        "交给「{name}」的函数没有给出 true 或 false,而是 {a}",
        "the function given to '{name}' gave {a}, neither true nor false",
    ),
    "invalid_value": (
        "函数「{name}」对这些参数没有结果:{arguments}",
        "'{name}' is not defined for these arguments: {arguments}",
    ),
    "invalid_value:day": ("没有 {a} 年 {b} 月 {c} 日这一天", "there is no day {c} of month {b} in {a}"),
    "invalid_value:at": ("{a} 不是存在的日期、时间或时长", "{a} is no date, time or duration that exists"),
    "invalid_value:form": ("{a} 不能变成{wanted},{form}", "{a} is no {wanted}; {form}"),
    "invalid_value:pattern": (
        "正则表达式 {a} 有误,或用了这里不支持的写法",
        "the pattern {a} is wrong or not supported here",
    ),
    "invalid_value:number": ("{a} 不在「{name}」的定义域内", "'{name}' is not defined for {a}"),
    "invalid_value:whole": ("{a} 必须是不小于 {least} 的整数", "{a} must be a whole number of at least {least}"),
    "invalid_value:twice": ("键 {a} 出现了两次", "key {a} occurs twice"),
    "invalid_value:pair": (
        "第 {index} 项不是形如 key、value 的记录:{a}",
        "item {index} is no context of key and value: {a}",
    ),
    # --- the evaluation as a whole
    "assertion_failed": ("断言不成立,已停止{cause}", "an assertion does not hold{cause}"),
    "limit": ("计算量或结果的大小超出限制,已停止", "the evaluation was stopped: {detail}"),
    "too_deep": ("嵌套太深,没能记下全部原因", "nested too deep to record every reason"),
    "undefined": ("这一部分没有结果", "this part gave null"),
}

#: How texts of the functions that read them are written: function → (wanted type, how it is written).
FORMS: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "date": (
        ("日期", "date"),
        ("应写成 2026-11-28 这样,并且这一天要存在", "write it as 2026-11-28, a day that exists"),
    ),
    "time": (("时间", "time"), ("应写成 09:30:00 这样", "write it as 09:30:00")),
    "date and time": (
        ("日期时间", "date and time"),
        ("应写成 2026-11-28T09:30:00 这样", "write it as 2026-11-28T09:30:00"),
    ),
    "duration": (
        ("时长", "duration"),
        (
            "应写成 P7D、PT4H 或 P1Y2M 这样,年月和天时分不能写在一起",
            "write it as P7D, PT4H or P1Y2M, years and months apart from days and hours",
        ),
    ),
    "number": (
        ("数字", "number"),
        (
            '应写成 1000.5 这样;有千位分隔符时写 number("1,000", ",", ".")',
            'write it as 1000.5; with separators call number("1,000", ",", ".")',
        ),
    ),
    "from json": ((" JSON 值", "value of JSON"), ("文字不是完整的 JSON", "the text is not JSON")),
    "range": (
        ("区间", "range"),
        ("应写成 [1..5] 这样,并且起点不大于终点", "write it as [1..5], the start not above the end"),
    ),
}
