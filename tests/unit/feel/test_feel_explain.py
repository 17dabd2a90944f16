"""Why a rule gave null, in the words of a shop: which part, why, and in a sentence its owner understands."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel import compile_expression, compile_source, compile_unary_tests
from engine.feel.compiler.core import Scope, Unit, compile_node
from engine.feel.explain import MAX_REASONS, explain, explain_tests
from engine.feel.explain.recorder import Case, Recorder
from engine.feel.limits import Run
from engine.feel.syntax.parser import parse_expression
from engine.feel.syntax.tree import Foreign
from tests.each import each

ORDER = {
    "编号": "SO-1001",
    "总金额": Decimal("120.50"),
    "备注": None,
    "下单日": date(2026, 11, 1),
    "标签": ["加急", None],
}
SHOP = {
    "订单": ORDER,
    "order": {"items": [{"sku": "A1", "price": Decimal(30)}, {"sku": "B2"}], "customer": None},
    "退货原因": "七天无理由",
    "退货天数": Decimal(3),
    "金额": "100",
    "优惠券": None,
    "件数": Decimal(0),
    "已付款": "是",
    "会员": {},
    "价格表": [Decimal(10), "二十", Decimal(30)],
    "会员 等级": "金",
}
NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)


def told(source, lookup=SHOP.get, now=None, **more):
    return [(r.code, r.text, r.zh) for r in explain(source, lookup, now, **more).reasons]


@each(
    ("source", "code", "text", "zh"),
    [
        (
            "订单.金额 > 100",
            "no_entry",
            "订单.金额",
            "「订单」里没有「金额」这一项,有的是:编号、总金额、备注、下单日、标签,是不是「总金额」?",
        ),
        ("订单金额 > 100", "no_variable", "订单金额", "没有名为「订单金额」的变量,是不是「金额」?"),
        ("优惠券 > 10", "null_variable", "优惠券", "「优惠券」没有值"),
        ("order.customer.phone", "null_entry", "order.customer", "「customer」这一项没有值"),
        ("会员.等级", "no_entry", "会员.等级", "「会员」是空的,没有「等级」这一项"),
        ("order.items[5].price", "index_out_of_range", "order.items[5]", "没有第 5 项,列表共有 2 项"),
        ("sum(order.items.price)", "item_type", "order.items.price", "函数「sum」要列表里都是数字,第 2 项却没有值"),
        ('"100" > 99', "not_comparable", '"100" > 99', '文字 "100" 和数字 99 不能比较大小'),
        ("金额 > 99 and 退货天数 <= 7", "not_comparable", "金额 > 99", '文字 "100" 和数字 99 不能比较大小'),
        ("金额 = 100", "different_types", "金额 = 100", '文字 "100" 和数字 100 类型不同,不能判断是否相等'),
        ("已付款 and 退货天数 < 7", "not_boolean", "已付款", '「and」要的是 true 或 false,这里是文字 "是"'),
        ("金额 * 件数", "arithmetic_types", "金额 * 件数", '文字 "100" 和数字 0 不能用「*」计算'),
        ("总价 / 件数", "no_variable", "总价", "没有名为「总价」的变量"),
        ("订单.总金额 / 件数", "division_by_zero", "订单.总金额 / 件数", "除数是 0:120.5 / 0"),
        (
            "订单.下单日 + 7",
            "arithmetic_types",
            "订单.下单日 + 7",
            '日期 2026-11-01 和数字 7 不能用「+」计算,天数和时长请写成 @"P7D" 或 @"PT24H"',
        ),
        ("订单.下单日.month.name", "no_component", "订单.下单日.month.name", "数字 11 没有「.name」"),
        ("退货天数.days", "no_component", "退货天数.days", "数字 3 没有「.days」"),
        (
            'date("2026/11/28")',
            "invalid_value",
            '"2026/11/28"',
            '"2026/11/28" 不能变成日期,应写成 2026-11-28 这样,并且这一天要存在',
        ),
        (
            'date("2026-02-30")',
            "invalid_value",
            '"2026-02-30"',
            '"2026-02-30" 不能变成日期,应写成 2026-11-28 这样,并且这一天要存在',
        ),
        ("date(2026, 2, 30)", "invalid_value", "date(2026, 2, 30)", "没有 2026 年 2 月 30 日这一天"),
        ('@"2026-13-01"', "invalid_value", '@"2026-13-01"', '"2026-13-01" 不是存在的日期、时间或时长'),
        (
            'duration("7天")',
            "invalid_value",
            '"7天"',
            '"7天" 不能变成时长,应写成 P7D、PT4H 或 P1Y2M 这样,年月和天时分不能写在一起',
        ),
        ('time("9:30")', "invalid_value", '"9:30"', '"9:30" 不能变成时间,应写成 09:30:00 这样'),
        (
            'number("1,000")',
            "invalid_value",
            '"1,000"',
            '"1,000" 不能变成数字,应写成 1000.5 这样;有千位分隔符时写 number("1,000", ",", ".")',
        ),
        (
            'date and time("2026-11-28 09:30")',
            "invalid_value",
            '"2026-11-28 09:30"',
            '"2026-11-28 09:30" 不能变成日期时间,应写成 2026-11-28T09:30:00 这样',
        ),
        ("count(优惠券)", "null_variable", "优惠券", "「优惠券」没有值"),
        ("count(null)", "null_argument", "null", "函数「count」的参数「list」不能是 null"),
        (
            "string length(退货天数)",
            "argument_type",
            "退货天数",
            "函数「string length」的参数「string」要的是文字,这里是数字 3",
        ),
        ("contains(退货原因, 7)", "argument_type", "7", "函数「contains」的参数「match」要的是文字,这里是数字 7"),
        ("substring(退货原因, 9)", "index_out_of_range", "9", "没有第 9 个字,文字共有 5 个字"),
        ("substring(退货原因, 1, 0)", "invalid_value", "0", "0 必须是不小于 1 的整数"),
        (
            'matches(订单.编号, "SO-(\\d+")',
            "invalid_value",
            '"SO-(\\d+"',
            '正则表达式 "SO-(\\d+" 有误,或用了这里不支持的写法',
        ),
        ("max(价格表)", "item_type", "价格表", '函数「max」要列表里的值能互相比较大小,第 2 项却是文字 "二十"'),
        ("sum(价格表)", "item_type", "价格表", '函数「sum」要列表里的值能相加,第 2 项却是文字 "二十"'),
        ("max([])", "empty_list", "[]", "列表是空的,函数「max」没有结果"),
        (
            "mean(for i in order.items return i.price)",
            "item_type",
            "for i in order.items return i.price",
            "函数「mean」要列表里都是数字,第 2 项却没有值",
        ),
        ("today() - 订单.下单日", "no_clock", "today()", "没有给出当前时间,所以「today()」没有值"),
        ("now()", "no_clock", "now()", "没有给出当前时间,所以「now()」没有值"),
        ("退款(订单)", "no_function", "退款", "没有名为「退款」的函数"),
        ("conut(order.items)", "no_function", "conut", "没有名为「conut」的函数,是不是「count」?"),
        ("订单.编号(1)", "not_a_function", "订单.编号", '文字 "SO-1001" 不是函数,不能调用'),
        (
            "count(order.items, 1)",
            "argument_count",
            "count(order.items, 1)",
            "函数「count」需要 1 个参数,这里给了 2 个",
        ),
        (
            "date(yeer: 2026, month: 1, day: 1)",
            "argument_name",
            "date(yeer: 2026, month: 1, day: 1)",
            "函数「date」没有名为「yeer」的参数,它的参数是:from、year、month、day",
        ),
        (
            '(function(天数: number) 天数 + 1)("三")',
            "argument_type",
            '"三"',
            '函数「(未命名)」的参数「天数」要的是数字,这里是文字 "三"',
        ),
        (
            "(function(a, b) a + b)(1)",
            "argument_count",
            "(function(a, b) a + b)(1)",
            "函数「(未命名)」需要 2 个参数,这里给了 1 个",
        ),
        (
            '(function(x) external {java: "x"})(1)',
            "no_implementation",
            '(function(x) external {java: "x"})(1)',
            "这个函数在外部实现,这里不能运行",
        ),
        ('退货天数 in ("一", "二")', "different_types", '"一"', '数字 3 和文字 "一" 类型不同,不能判断是否相等'),
        ("退货原因 in [1..7]", "not_comparable", "[1..7]", '文字 "七天无理由" 和数字 1 不能比较大小'),
        ("退货天数 between 1 and 优惠券", "null_variable", "优惠券", "「优惠券」没有值"),
        (
            '退货天数 between "1" and 7',
            "not_comparable",
            '退货天数 between "1" and 7',
            '数字 3 和文字 "1" 不能比较大小',
        ),
        (
            "for i in 1..退货原因 return i",
            "not_a_list",
            "1..退货原因",
            '1.."七天无理由" 不能逐个列出,两端必须都是整数或都是日期',
        ),
        (
            "for i in [1.5..3] return i",
            "not_a_list",
            "[1.5..3]",
            "区间 [1.5..3] 不能逐个列出,两端必须都是整数或都是日期",
        ),
        (
            "some x in order.items satisfies x.price > 50",
            "round_not_boolean",
            "x.price > 50",
            "第 2 轮的条件没有得出 true 或 false",
        ),
        (
            "every x in order.items satisfies x.price > 20",
            "round_not_boolean",
            "x.price > 20",
            "第 2 轮的条件没有得出 true 或 false",
        ),
        ("退货天数 instance of 天", "unknown_type", "退货天数 instance of 天", "没有名为「天」的类型"),
        ("not(退货天数)", "argument_type", "退货天数", "函数「not」的参数「negand」要的是真假值,这里是数字 3"),
        ("-退货原因", "arithmetic_types", "-退货原因", '文字 "七天无理由" 前面不能加负号'),
        ("[1, 优惠券][2] + 1", "null_variable", "优惠券", "「优惠券」没有值"),
        ("价格表[0]", "index_out_of_range", "价格表[0]", "没有第 0 项,第一项是 1,最后一项是 -1"),
        ("订单.标签[2]", "null_item", "订单.标签[2]", "列表的第 2 项没有值"),
        ("{甲: 优惠券, 乙: 甲 + 1}.乙", "null_variable", "优惠券", "「优惠券」没有值"),
        (
            'get value(订单, "总金 额")',
            "no_entry",
            'get value(订单, "总金 额")',
            "记录里没有「总金 额」这一项,有的是:编号、总金额、备注、下单日、标签,是不是「总金额」?",
        ),
        ("modulo(退货天数, 件数)", "division_by_zero", "件数", "modulo 的除数是 0"),
        ("sqrt(-退货天数)", "invalid_value", "-退货天数", "-3 不在「sqrt」的定义域内"),
        ("10 ** 9999", "out_of_range", "10 ** 9999", "10 的 9999 次方没有结果"),
        ("sort(价格表)", "item_type", "价格表", '函数「sort」要列表里的值能互相比较大小,第 2 项却是文字 "二十"'),
        (
            "sort([3, 1], function(a, b) a - b)",
            "verdict_not_boolean",
            "function(a, b) a - b",
            "交给「sort」的函数没有给出 true 或 false,而是 -2",
        ),
        ('string join(价格表, "、")', "item_type", "价格表", "函数「string join」要列表里都是文字,第 1 项却是数字 10"),
        (
            "for i in 1..99999 return i ** 2",
            "limit",
            "for i in 1..99999 return i ** 2",
            "计算量或结果的大小超出限制,已停止",
        ),
        ("null", "null_literal", "null", "这里写的就是 null,即没有值"),
        (
            'years and months duration("2026-01-01", 订单.下单日)',
            "argument_type",
            '"2026-01-01"',
            '函数「years and months duration」的参数「from」要的是日期或日期时间,这里是文字 "2026-01-01"',
        ),
        ('before(1, "2")', "not_comparable", 'before(1, "2")', '数字 1 和文字 "2" 不能比较大小'),
        (
            'assert(退货天数, 退货天数 > 5, "超过五天")',
            "assertion_failed",
            'assert(退货天数, 退货天数 > 5, "超过五天")',
            "断言不成立,已停止: 超过五天",
        ),
        ('-@"P99999999999Y"', "invalid_value", '@"P99999999999Y"', '"P99999999999Y" 不是存在的日期、时间或时长'),
        ('from json("{")', "invalid_value", '"{"', '"{" 不能变成 JSON 值,文字不是完整的 JSON'),
        ('from json("[1")', "invalid_value", '"[1"', '"[1" 不能变成 JSON 值,文字不是完整的 JSON'),
        ('extract(退货原因, "[")', "invalid_value", '"["', '正则表达式 "[" 有误,或用了这里不支持的写法'),
        (
            "context put(会员, [], 1)",
            "invalid_value",
            "context put(会员, [], 1)",
            "函数「context put」对这些参数没有结果:{}, [], 1",
        ),
        ("partition(价格表, 0)", "invalid_value", "0", "0 必须是不小于 1 的整数"),
        ("sublist(价格表, 2, 5)", "index_out_of_range", "5", "从第 2 项起取不到 5 项,列表共有 3 项"),
        ("concatenate(价格表, 优惠券)", "null_variable", "优惠券", "「优惠券」没有值"),
        ("min(退货天数, 优惠券)", "null_variable", "优惠券", "「优惠券」没有值"),
        ("all([true, 1])", "item_type", "[true, 1]", "函数「all」要列表里都是真假值,第 2 项却是数字 1"),
        ("abs(退货原因)", "argument_type", "退货原因", '函数「abs」的参数「n」要的是数字,这里是文字 "七天无理由"'),
        ("{税: function(额) 额 * 税率}.税(1)", "no_variable", "税率", "没有名为「税率」的变量"),
    ],
)
def test_a_null_is_explained_by_its_cause(source, code, text, zh):
    explanation = explain(source, SHOP.get)
    assert explanation.value is None
    assert (code, text, zh) in [(cause.code, cause.text, cause.zh) for cause in explanation.causes]


@pytest.mark.parametrize(
    ("source", "code", "text", "zh"),
    [
        ('订单.备注 = "加急"', "equals_null", '订单.备注 = "加急"', "「订单.备注」没有值,所以比较的结果是 false"),
        ('优惠券 = "满减"', "equals_null", '优惠券 = "满减"', "「优惠券」没有值,所以比较的结果是 false"),
        (
            "order.items[price > 20]",
            "filter_not_boolean",
            "price > 20",
            "第 2 项的条件没有得出 true 或 false,这些项被去掉了",
        ),
        (
            'if 已付款 then "发货" else "等待"',
            "if_not_boolean",
            "已付款",
            '条件不是 true 或 false,而是文字 "是",所以按 else 处理',
        ),
        ('if 优惠券 then "减" else "不减"', "if_not_boolean", "优惠券", "条件没有结果,所以按 else 处理"),
        ('退货天数 in [1.."七"]', "range_ends", '[1.."七"]', '区间的两端不能比较:数字 1 和文字 "七"'),
    ],
)
def test_what_its_author_may_not_have_meant_is_noted(source, code, text, zh):
    explanation = explain(source, SHOP.get)
    assert explanation.causes == ()
    assert (code, text, zh) in [(note.code, note.text, note.zh) for note in explanation.notes]


def test_a_range_whose_end_has_no_value_is_the_cause_of_a_null_in():
    explanation = explain("退货天数 in [1..优惠券]", SHOP.get)
    assert explanation.value is None
    assert ("null_end", "[1..优惠券]", "区间的终点没有值,不能比较") in [
        (cause.code, cause.text, cause.zh) for cause in explanation.causes
    ]


@each(
    "source",
    [
        "订单.总金额 > 100",
        "优惠券 = null",
        "订单.备注 != null",
        "is defined(会员.等级)",
        'get or else(订单.备注, "无")',
        "if is defined(优惠券) then 优惠券 else 0",
        "[][金额 > 1]",
        'count(order.items[sku = "A1"]) = 1',
        "退货天数 in (null, 3)",
    ],
)
def test_nothing_is_said_where_null_was_asked_for_or_nothing_is_wrong(source):
    assert told(source) == []


def test_what_only_passes_a_null_on_is_not_repeated():
    assert told("(订单.金额 + 1) * 2 > 10 and 退货天数 < 7") == [
        (
            "no_entry",
            "订单.金额",
            "「订单」里没有「金额」这一项,有的是:编号、总金额、备注、下单日、标签,是不是「总金额」?",
        )
    ]


def test_a_null_that_was_caught_is_a_note_beside_the_cause():
    explanation = explain("if 优惠券 > 10 then 1 else 退货原因 - 1", SHOP.get)
    assert [reason.code for reason in explanation.notes] == []
    assert [reason.code for reason in explanation.causes] == ["null_variable", "arithmetic_types", "if_not_boolean"]
    explanation = explain("[优惠券, 退货原因 - 1][2]", SHOP.get)
    assert [(reason.code, reason.severity) for reason in explanation.reasons] == [
        ("null_variable", "note"),
        ("arithmetic_types", "cause"),
    ]


def test_a_step_of_a_chain_is_told_with_its_brackets():
    assert told("1 + (退货天数) - (退货原因) + 2")[0][:2] == ("arithmetic_types", "1 + (退货天数) - (退货原因)")


def test_a_lookup_that_cannot_tell_says_only_that_there_is_no_value():
    assert told("优惠券 + 1", lambda name: None) == [("no_variable", "优惠券", "「优惠券」没有值")]
    assert told("优惠卷 + 1", lambda name: None, names=frozenset({"优惠券"})) == [
        ("no_variable", "优惠卷", "「优惠卷」没有值,是不是「优惠券」?")
    ]


def test_names_of_several_words_are_known_when_given():
    assert told("会员 等级 - 1", names=frozenset(SHOP)) == [
        ("arithmetic_types", "会员 等级 - 1", '文字 "金" 和数字 1 不能用「-」计算')
    ]


def test_a_compiled_expression_is_explained_too():
    expression = compile_expression("会员 等级 - 1", frozenset(SHOP))
    assert explain(expression, SHOP.get).causes[0].text == "会员 等级 - 1"
    (cause,) = explain(compile_expression("sort(价格表, count)"), SHOP.get).causes
    assert cause.zh == '函数「sort」对这些参数没有结果:[10, "二十", 30], count(list)'


def test_a_text_of_a_file_is_its_own_value():
    assert explain(compile_source("你好,世界!"), SHOP.get).value == "你好,世界!"
    assert explain(compile_source("= 退货天数 + 1"), SHOP.get).value == 4


def test_what_does_not_parse_is_an_error_as_ever():
    with pytest.raises(FeelSyntaxError):
        explain("1 +", SHOP.get)
    with pytest.raises(FeelSyntaxError):
        explain_tests("< ", 1, SHOP.get)


def test_a_time_that_is_given_is_used():
    assert told("today() - 订单.下单日", now=NOON) == []


def test_a_type_of_the_model_refuses_an_argument():
    types = {"天数": lambda value, run=None: value is None or value == 1}
    source = "(function(x: 天数) x)(2)"
    assert told(source, named_types=types) == [
        ("argument_type", "2", "函数「(未命名)」的参数「x」要的是天数,这里是数字 2")
    ]
    assert told(source)[0][0] == "unknown_type"


def test_a_reason_of_a_loop_is_told_once_and_counted():
    (reason, *_) = explain("for i in 1..5 return i + 优惠券", SHOP.get).reasons
    assert (reason.code, reason.text, reason.times) == ("null_variable", "优惠券", 5)
    assert explain("for i in 1..5000 return i + 优惠券", SHOP.get).reasons[0].times == 20


def test_not_more_than_twenty_reasons_are_kept_and_causes_first():
    notes = ", ".join(f"x{index}" for index in range(30))
    explanation = explain(f"[{notes}, 退货原因 - 1][31]", SHOP.get)
    assert len(explanation.reasons) == MAX_REASONS
    assert explanation.omitted == 11
    assert [reason.code for reason in explanation.causes] == ["arithmetic_types"]


def test_values_are_short_and_escaped():
    long = {"x": "长" * 500, "y": "a\nb\u202e\ud800", "z": {"a": [[[[1]]]], "b": list(range(99))}}
    assert explain("x + 1", long.get).reasons[0].values[0] == '"' + "长" * 58 + "…"
    assert explain("y + 1", long.get).reasons[0].values[0] == '"a\\u000ab\\u202e\\ud800"'
    assert explain("z + 1", long.get).reasons[0].values[0] == "{a: [[[…]]], b: [0, 1, 2, 3, 4, 5, 6, 7, …]}"
    assert explain("x - 1", {"x": Decimal("1e6000"), "y": 1}.get).value is not None
    assert explain('x - "a"', {"x": Decimal("1e6000")}.get).reasons[0].values[0] == "1.000000E+6000"


def test_the_limit_is_a_reason_and_no_error():
    source = "for i in 1..99999 return i ** 2"
    with pytest.raises(FeelLimitExceeded):
        compile_expression(source)(SHOP.get)
    explanation = explain(source, SHOP.get)
    assert explanation.value is None
    assert [(reason.code, reason.severity, reason.text) for reason in explanation.reasons] == [
        ("limit", "cause", source)
    ]


def test_a_failed_assertion_is_a_reason_and_no_error():
    explanation = explain('1 + assert(退货天数, 优惠券 > 5, "须有优惠券")', SHOP.get)
    assert [reason.code for reason in explanation.causes] == ["null_variable", "assertion_failed"]
    assert explanation.causes[1].zh == "断言不成立,已停止: 须有优惠券"


def test_deep_recursion_that_can_be_evaluated_is_never_an_error():
    source = "{f: function(n) if n = 0 then x else (((((f(n - 1) + 1))))) + 1, r: f(%d)}.r"
    for depth in (5, 20, 40, 47, 60):
        explanation = explain(source % depth, SHOP.get)
        assert explanation.value is None
        assert explanation.causes


def test_something_of_a_decision_model_is_passed_through():
    inner = parse_expression("退货原因 - 1")
    node = Foreign(lambda scope: compile_node(inner, scope), (inner,))
    recorder, unit = Recorder("退货原因 - 1", frozenset(), None), Unit({}, frozenset())
    unit.observer = recorder.observe
    closure = compile_node(node, Scope(unit))
    root = Case(recorder, node, Run(SHOP.get, None), 0, [])
    recorder.stack.append(root)
    assert closure(root.env) is None
    assert [reason.code for reason in recorder.reasons(root.seen[0].causes)[0]] == ["arithmetic_types"]


@each(
    ("source", "value", "code", "text", "zh"),
    [
        ("> 100", "120", "not_comparable", "> 100", '文字 "120" 和数字 100 不能比较大小'),
        ("> 100", None, "null_input", "> 100", "被检查的值是空的"),
        ("]24..48]", "三十", "not_comparable", "]24..48]", '文字 "三十" 和数字 24 不能比较大小'),
        ('"a", "b"', Decimal(1), "different_types", '"b"', '数字 1 和文字 "b" 类型不同,不能判断是否相等'),
        ("null, 5", "a", "different_types", "5", '文字 "a" 和数字 5 类型不同,不能判断是否相等'),
        ("not(< 优惠券)", Decimal(1), "null_variable", "优惠券", "「优惠券」没有值"),
        ("? > 5 and ? < 7", None, "null_input", "?", "被检查的值是空的"),
        ("contains(?, 7)", "x", "argument_type", "7", "函数「contains」的参数「match」要的是文字,这里是数字 7"),
        (
            "< 订单.金额",
            Decimal(1),
            "no_entry",
            "订单.金额",
            "「订单」里没有「金额」这一项,有的是:编号、总金额、备注、下单日、标签,是不是「总金额」?",
        ),
        (
            "= 退货原因",
            Decimal(1),
            "different_types",
            "= 退货原因",
            '数字 1 和文字 "七天无理由" 类型不同,不能判断是否相等',
        ),
        (
            '> @"2026-02-30"',
            date(2026, 1, 1),
            "invalid_value",
            '@"2026-02-30"',
            '"2026-02-30" 不是存在的日期、时间或时长',
        ),
    ],
)
def test_a_cell_that_gave_null_is_explained(source, value, code, text, zh):
    for cell in (source, compile_unary_tests(source)):
        explanation = explain_tests(cell, value, SHOP.get)
        assert explanation.value is None
        assert (code, text, zh) in [(cause.code, cause.text, cause.zh) for cause in explanation.causes]


def test_a_cell_that_decided_has_no_causes():
    assert explain_tests("-", 1, SHOP.get).value is True
    assert explain_tests("< 5, 优惠券", Decimal(3), SHOP.get).reasons == ()
    assert explain_tests("not(5)", Decimal(3), SHOP.get).value is True
    assert explain_tests("null", None, SHOP.get).reasons == ()
