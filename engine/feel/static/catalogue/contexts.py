"""Functions on contexts, JSON and null. A line: name, signatures, Chinese, English, example → result."""

from typing import Final

from engine.feel.static.catalogue.texts import Row

ROWS: Final[tuple[Row, ...]] = (
    ("get value", "m: context, key: string -> entry\ncontext: context, keys: list<string> -> entry",
     "按名字取上下文中的值;名字可以是一串。", "The entry of a context by its name, or by several names.",
     'get value({a: 1}, "a") → 1'),
    ("get entries", "m: context -> list of {key, value}",
     "上下文的所有名字和值。", "All entries of a context with key and value.",
     'get entries({a: 1}) → [{key: "a", value: 1}]'),
    ("context", "entries: list<context> -> context",
     "由名字和值的列表得到上下文。", "A context from a list of key and value.",
     'context([{key: "a", value: 1}]) → {a: 1}'),
    ("context put",
     "context: context, key: string, value: Any -> context\n"
     "context: context, keys: list<string>, value: Any -> context",
     "加上或换掉上下文中的一个值。", "The context with one entry added or replaced.",
     'context put({a: 1}, "b", 2) → {a: 1, b: 2}'),
    ("context merge", "contexts: list<context>... -> context",
     "合并几个上下文;重名时以后面的为准。", "Several contexts in one; the last wins.",
     "context merge([{a: 1}, {b: 2}]) → {a: 1, b: 2}"),
    ("get or else", "value: Any, default: Any -> value",
     "值为空时改用另一个值。", "The value, or another one where it is null.", "get or else(null, 0) → 0"),
    ("is defined", "value: Any -> boolean",
     "是否有值(不是 null)。", "Whether a value is not null.", "is defined(1) → true"),
    ("from json", "value: string -> Any",
     "把 JSON 文字变成值。", "The value of a JSON text.", 'from json("[1, true]") → [1, true]'),
    ("to json", "value: Any -> string",
     "把任何值写成 JSON 文字。", "Any value as a JSON text.", 'to json([1, true]) → "[1,true]"'),
    ("assert", "value: Any, condition: Any, cause?: string! -> value",
     "条件成立时就是这个值,否则停止并报错。", "The value where the condition holds; otherwise nothing goes on.",
     'assert(5, 5 > 1, "太小") → 5'),
    ("not", "negand: boolean -> boolean", "相反的是非值。", "The opposite of true or false.", "not(false) → true"),
    ("is", "value1: Any, value2?: Any -> boolean",
     "两个值的类型和内容是否都相同。", "Whether two values are the same in type and content.", "is(1, 1) → true"),
)  # fmt: skip
