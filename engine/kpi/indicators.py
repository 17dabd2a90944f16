"""The indicators K01–K37, and M01–M13 of the work itself: what each means, how it is counted, and by which recipe."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engine.errors import NotFound
from engine.kpi.derived import (
    PAID_AMOUNT,
    PAID_ORDERS,
    ChangeInAYear,
    ComplaintDecrease,
    MeanOfScores,
    NowOnly,
    OfSurvey,
    OfTarget,
    OrderValue,
    PerDay,
    PerOrder,
)
from engine.kpi.indicator import CALENDAR, Indicator
from engine.kpi.readings import Unit
from engine.kpi.recipes import ByGroup, FirstOf, How, OfFacts, OfFigures, OfScores, Recipe, Together
from engine.kpi.work_indicators import OF_WORK

#: Group → its word.
GROUPS: Final[Mapping[str, str]] = {
    "sales": "接待与成交",
    "response": "响应与时限",
    "handling": "处理与效果",
    "content": "满意与投诉",
    "shop": "店铺经营",
    "conduct": "评分",
    "work": "流程效率",
}
_OWNER, _AGENT, _DOER, _SHOP = "工单负责人", "订单的客服", "任务办理人", "全店"
_K10: Final[Recipe] = Together((OfFigures("satisfied", "ratings"), OfFacts("rated")))
_K14A: Final[Recipe] = OfFacts("refunds")
_K14B: Final[Recipe] = FirstOf((OfFigures("reminded_paid", "reminders"), OfFacts("reminders_sent")))
_K14C: Final[Recipe] = FirstOf((OfFigures("bad_handled", "bad_reviews"), OfFacts("bad_reviews")))
_K06: Final[Recipe] = OfFigures("reply_seconds", "reply_count")
_S, _N, _M, _P, _T = Unit.SHARE, Unit.NUMBER, Unit.MONEY, Unit.POINTS, Unit.SECONDS

_ALL: Final = (
    Indicator(
        id="K01", name="转化率", group="sales", unit=_S, higher=True, sources="I", credited=_AGENT,
        formula="咨询后 3 天内付款的买家 ÷ 咨询的买家", numerator="三日内付款人数", denominator="咨询人数",
        clock=CALENDAR, recipe=OfFigures("enquirers_paid", "enquirers"),
        note="由店铺数据导入。3 天为补充规定。按日去重后相加:同一买家两天各咨询一次计两次。",
    ),
    Indicator(
        id="K02", name="接待次数", group="sales", unit=_N, higher=True, sources="I", credited=_AGENT,
        formula="接待的会话数", numerator="接待次数", denominator="—", recipe=OfFigures("receptions"), places=0,
        note="由聊天数据导入。",
    ),
    Indicator(
        id="K03", name="成交量", group="sales", unit=_N, higher=True, sources="I/P", credited=_AGENT,
        formula="付款订单的笔数", numerator="付款订单", denominator="—", recipe=PAID_ORDERS, places=0,
        note="有导入的店铺数据时用导入的;没有时数订单表里写明客服的已付款订单。",
    ),
    Indicator(
        id="K03b", name="成交金额", group="sales", unit=_M, higher=True, sources="I/P", credited=_AGENT,
        formula="付款订单的金额合计", numerator="付款金额", denominator="—", recipe=PAID_AMOUNT,
        note="同成交量。用于客单价和目标完成率。",
    ),
    Indicator(
        id="K04", name="客单价", group="sales", unit=_M, higher=True, sources="I/P", credited=_AGENT,
        formula="付款金额 ÷ 付款买家数", numerator="付款金额", denominator="付款买家",
        recipe=FirstOf((OfFigures("paid_amount", "paid_customers"), OrderValue())),
        note="按订单计算时同一买家在期间内只算一次。",
    ),
    Indicator(
        id="K05", name="首次响应时间", group="response", unit=_T, higher=False, sources="I/P", credited=_OWNER,
        formula="买家第一条消息到第一次人工回复的平均时间", numerator="首次响应总时间", denominator="首次响应次数",
        clock="聊天:自然时间;工单:营业时间",
        recipe=FirstOf((OfFigures("first_seconds", "first_count"), OfFacts("response_time", How.MEAN))), places=0,
        note="有聊天数据时用聊天数据;没有时用工单:开单到第一个任务完成。还没有回复的工单不计入。",
    ),
    Indicator(
        id="K06", name="平均响应时间", group="response", unit=_T, higher=False, sources="I", credited=_AGENT,
        formula="全部回复的平均时间", numerator="回复总时间", denominator="回复次数", clock=CALENDAR, recipe=_K06,
        places=0, note="由聊天数据导入。",
    ),
    Indicator(
        id="K07", name="回复时间", group="response", unit=_T, higher=False, sources="I/P", credited=_DOER,
        formula="售前:同平均响应时间;其他:任务从可办到完成的平均时间", numerator="总时间", denominator="回复或任务数",
        clock="聊天:自然时间;任务:营业时间",
        recipe=ByGroup("presales", "aftersales", _K06, OfFacts("tasks_handled", How.MEAN)), places=0,
        note="任务按办理时有效的工作日历计算。合计行为任务的时间。",
    ),
    Indicator(
        id="K08", name="回复率", group="response", unit=_S, higher=True, sources="I", credited=_AGENT,
        formula="已回复的会话 ÷ 全部会话", numerator="已回复会话数", denominator="会话数",
        recipe=OfFigures("answered", "conversations"), note="由聊天数据导入。",
    ),
    Indicator(
        id="K09", name="聊天记录质量", group="conduct", unit=_P, higher=True, sources="P/M", credited=_OWNER,
        formula="抽检工单的平均分", numerator="质检得分", denominator="抽检数",
        recipe=FirstOf((OfFacts("checks", How.MEAN), OfScores("K09"))),
        note="有质检结果时按质检,按质检的时间归期,申诉改分后按改后的分;没有时用主管按月录入的。",
    ),
    Indicator(
        id="K10", name="满意度", group="content", unit=_S, higher=True, sources="I+P", credited=_OWNER,
        formula="4 分以上或“满意”的评价 ÷ 全部评价", numerator="满意数", denominator="评分数", recipe=_K10,
        note="平台评分(导入)与回访、结案询问的评分合在一起。目标 93%。",
    ),
    Indicator(
        id="K11", name="退款率", group="sales", unit=_S, higher=False, sources="I/P", credited=_AGENT,
        formula="退款订单 ÷ 付款订单", numerator="退款订单", denominator="付款订单",
        recipe=FirstOf((OfFigures("refunded_orders", "paid_orders"), OfFacts("orders_refunded"))),
        note="按订单计算时:期间内付款的订单里,退款登记表中已打款退款的占比;以后退款会改变以前期间的数。",
    ),
    Indicator(
        id="K12", name="打字速度", group="conduct", unit=_N, higher=True, sources="M", credited=_DOER,
        formula="测试的每分钟字数", numerator="每分钟字数", denominator="—", recipe=OfScores("K12"), places=0,
        note="由主管按月录入。",
    ),
    Indicator(
        id="K13", name="专业知识", group="conduct", unit=_P, higher=True, sources="M", credited=_DOER,
        formula="考试得分 0–100", numerator="得分", denominator="—", recipe=OfScores("K13"), note="由主管按月录入。",
    ),
    Indicator(
        id="K14", name="完成率", group="handling", unit=_P, higher=True, sources="P+I", credited=_OWNER,
        formula="退款处理速度、提醒转化率、差评处理率三项得分的平均", numerator="三项得分之和", denominator="3",
        recipe=MeanOfScores((("K14a", _K14A), ("K14b", _K14B), ("K14c", _K14C))),
        note="各项按其底线和目标折成 0–100 分;缺一项就没有值。",
    ),
    Indicator(
        id="K14a", name="退款处理速度", group="handling", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="补偿、退货开单后 48 小时内打款的 ÷ 应打款的", numerator="48 小时内打款",
        denominator="已打款或已超时未打款", clock=CALENDAR, recipe=_K14A,
        note="从补偿(01)或退货(12)开单算到“更新登记为已打款”;按开单时间归期。小时数可改。",
    ),
    Indicator(
        id="K14b", name="提醒转化率", group="handling", unit=_S, higher=True, sources="I/P", credited=_AGENT,
        formula="催付后付款的订单 ÷ 催付次数", numerator="催付后付款订单数", denominator="催付次数", recipe=_K14B,
        note="有导入的店铺数据时用导入的;没有时数付款流程(a22)里发出的催付,付了款的算在最后一次催付上。",
    ),
    Indicator(
        id="K14c", name="差评处理率", group="handling", unit=_S, higher=True, sources="I/P", credited=_OWNER,
        formula="已处理的差评 ÷ 差评", numerator="已处理差评数", denominator="差评数", recipe=_K14C,
        note="有导入的店铺数据时用导入的;没有时数评价回访表里的差评,登记了结果、列入周会的为已处理。"
        "从第一次打电话起进表,开了工单还没有打过电话的不在内。",
    ),
    Indicator(
        id="K15", name="评价处理", group="handling", unit=_S, higher=True, sources="I", credited=_AGENT,
        formula="按时回复的评价 ÷ 应回复的评价", numerator="按时回复评价数", denominator="应回复评价数",
        recipe=OfFigures("reviews_answered", "reviews_due"), note="由店铺数据导入。",
    ),
    Indicator(
        id="K16", name="付款提醒", group="handling", unit=_S, higher=True, sources="I/P", credited=_AGENT,
        formula="催付次数 ÷ 应催付的订单", numerator="催付次数", denominator="应催付订单数",
        recipe=FirstOf((OfFigures("reminders", "unpaid_due"), OfFacts("reminders_due"))),
        note="有导入的店铺数据时用导入的;没有时数付款流程(a22)里到期的催付,发出的为已催付;到期以前已付款或放弃的不算。",
    ),
    Indicator(
        id="K17", name="处理效果", group="handling", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="以解决收尾、7 天内没有再开、没有转成投诉的工单 ÷ 已结工单", numerator="有效解决的工单",
        denominator="已结工单", clock=CALENDAR, recipe=OfFacts("effective", settles="again_days"),
        note="再开:同一买家、同一订单、同一流程的新工单。投诉:之后出现的同一订单的维权工单,或由本工单转出的。"
        "哪些结束状态算解决,在目标页按流程设定。被取消的工单和发货、物流跟踪不计入。期间结束后 7 天内为暂定。",
    ),
    Indicator(
        id="K18", name="日常表现", group="conduct", unit=_P, higher=True, sources="M", credited=_DOER,
        formula="主管评分 0–100(考勤、检查表、交接)", numerator="得分", denominator="—", recipe=OfScores("K18"),
        note="由主管按月录入。",
    ),
    Indicator(
        id="K19", name="首次问题解决率", group="handling", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="没有再来、没有转手的工单 ÷ 已结工单", numerator="一次办完的工单", denominator="已结工单",
        clock=CALENDAR, recipe=OfFacts("first_contact", settles="again_days"),
        note="结案后 7 天内同一买家、同一订单没有新工单;负责人没有变过,也没有被接受的转交。期间结束后 7 天内为暂定。",
    ),
    Indicator(
        id="K20", name="问题解决率", group="handling", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="以解决收尾的工单 ÷ 已结工单", numerator="已解决的工单", denominator="已结工单",
        recipe=OfFacts("solved"), note="哪些结束状态算解决,在目标页按流程设定。",
    ),
    Indicator(
        id="K21", name="回访满意度", group="content", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="满意(4 分以上)的回访 ÷ 有答复的回访", numerator="满意的回访", denominator="有答复的回访",
        recipe=OfFacts("visited"), note="结案时的询问不算回访。",
    ),
    Indicator(
        id="K22", name="投诉处理率", group="content", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="按时办结的投诉 ÷ 收到的投诉", numerator="按时办结的投诉", denominator="收到的投诉", clock=CALENDAR,
        recipe=OfFacts("complaints"),
        note="按时:在承诺时间前;没有承诺时间的在 7 天内(可改)。还没有办结的计入分母。按收到的时间归期。",
    ),
    Indicator(
        id="K23", name="客诉下降率", group="content", unit=_S, higher=True, sources="P", credited=_SHOP,
        formula="(上期每千单投诉 − 本期每千单投诉)÷ 上期", numerator="每千单投诉的减少", denominator="上期每千单投诉",
        recipe=ComplaintDecrease(), note="订单数用导入的付款订单数,没有时数订单表。",
    ),
    Indicator(
        id="K24", name="员工满意度", group="conduct", unit=_P, higher=True, sources="P/M", credited=_DOER,
        formula="问卷的平均分(5 分为 100)", numerator="各题得分之和", denominator="答题数",
        recipe=FirstOf((OfSurvey(), OfScores("K24"))),
        note="匿名问卷满 5 份时按问卷,只有全店的数;不满 5 份时用主管按月录入的,合计为平均。",
    ),
    Indicator(
        id="K25", name="首次响应达标率", group="response", unit=_S, higher=True, sources="I+P", credited=_OWNER,
        formula="在渠道时限内的首次响应 ÷ 全部首次响应", numerator="时限内的首次响应", denominator="全部首次响应",
        clock="聊天:自然时间;工单:营业时间",
        recipe=Together((OfFigures("first_in_limit", "first_count"), OfFacts("response_limit"))),
        note="时限:聊天 1 分钟、电话 5 分钟、其他 4 小时(可改)。"
        "工单:开单到第一个任务完成;没有回复且已过时限的算没有达标。",
    ),
    Indicator(
        id="K26", name="满意度提升", group="content", unit=_S, higher=True, sources="I+P", credited=_OWNER,
        formula="本期满意度 − 去年同期满意度", numerator="本期满意度", denominator="去年同期满意度",
        recipe=ChangeInAYear(_K10),
    ),
    Indicator(
        id="K27", name="差评率", group="content", unit=_S, higher=False, sources="I", credited=_AGENT,
        formula="差评 ÷ 全部评价", numerator="差评数", denominator="评价数", recipe=OfFigures("bad_reviews", "reviews"),
        note="由店铺数据导入。",
    ),
    Indicator(
        id="K28", name="退换货率", group="content", unit=_S, higher=False, sources="P", credited=_AGENT,
        formula="换货、退货工单 ÷ 付款订单", numerator="换货、退货工单", denominator="付款订单",
        recipe=PerOrder(OfFacts("returns", How.COUNT)), note="按开单时间归期,归给订单的客服。",
    ),
    Indicator(
        id="K28b", name="退换货损失", group="content", unit=_M, higher=False, sources="P", credited=_AGENT,
        formula="退换货工单已付的退款、补偿和商家承担的运费之和", numerator="支出", denominator="—",
        recipe=OfFacts("losses", How.MONEY), note="按登记表里已打款的金额和再次发货的运费。",
    ),
    Indicator(
        id="K29", name="复购率", group="sales", unit=_S, higher=True, sources="P", credited=_AGENT,
        formula="180 天内付款两次以上的买家 ÷ 付款买家", numerator="付款两次以上的买家", denominator="期间内付款的买家",
        clock=CALENDAR, recipe=OfFacts("buyers"), note="180 天算到期间结束;天数可改。买家在合计里只算一次。",
    ),
    Indicator(
        id="K30", name="货量", group="shop", unit=_N, higher=None, sources="P", credited=_SHOP,
        formula="每天发出的包裹数", numerator="发出的包裹", denominator="期间内已过的天数",
        recipe=PerDay("parcels"), places=1, note="按发货登记表的发出时间。",
    ),
    Indicator(
        id="K31", name="承诺时间达标率", group="response", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="在承诺时间前答复的 ÷ 有承诺时间的", numerator="按时答复的承诺", denominator="到期的承诺",
        clock=CALENDAR, recipe=OfFacts("promises"), note="每张工单算最后一次承诺,按承诺时间归期;还没有到时的不计入。",
    ),
    Indicator(
        id="K32", name="流程时限达标率", group="response", unit=_S, higher=True, sources="P", credited=_DOER,
        formula="到期前完成的任务 ÷ 完成的有期限的任务", numerator="到期前完成的任务", denominator="完成的任务",
        clock="任务的期限按营业时间", recipe=OfFacts("tasks_in_time"),
    ),
    Indicator(
        id="K33", name="客服费用", group="shop", unit=_M, higher=False, sources="P", credited=_SHOP,
        formula="(赠品 + 补偿 + 大单折扣 + 承担的运费)÷ 付款订单", numerator="费用", denominator="付款订单",
        recipe=PerOrder(OfFacts("costs", How.MONEY, shop_only=True), shop_only=True),
        note="补偿按打款日,折扣按确认日,运费按发出日(补发、换货,以及给予包邮的订单),赠品按登记日。",
    ),
    Indicator(
        id="K34", name="共性问题", group="shop", unit=_N, higher=None, sources="P", credited=_OWNER,
        formula="按流程和原因的工单数", numerator="工单", denominator="—", recipe=OfFacts("issues", How.COUNT),
        places=0, note="原因取自登记表:投诉原因、问题类型、退换货原因等;没有登记的算“未登记原因”。",
    ),
    Indicator(
        id="K35", name="未收款", group="shop", unit=_M, higher=False, sources="P", credited=_AGENT,
        formula="已确认而未付款的大单金额合计", numerator="未付金额", denominator="—",
        recipe=NowOnly(OfFacts("receivables", How.MONEY)), note="只能看当前。",
    ),
    Indicator(
        id="K36", name="报价与回电及时率", group="response", unit=_S, higher=True, sources="P", credited=_DOER,
        formula="按时的报价和回电 ÷ 到期的报价和回电", numerator="按时的报价和回电", denominator="到期的报价和回电",
        clock=CALENDAR, recipe=Together((OfFacts("quotes"), OfFacts("calls"))),
        note="报价 8 小时(可改),回电按电话记录的到期时间(5 分钟)。还没有到时的不计入。",
    ),
    Indicator(
        id="K37", name="目标完成率", group="sales", unit=_S, higher=True, sources="I+M", credited=_AGENT,
        formula="成交金额 ÷ 月度销售目标", numerator="成交金额", denominator="销售目标", recipe=OfTarget(),
        note="按月;目标在评分页录入。",
    ),
    *OF_WORK,
)  # fmt: skip
INDICATORS: Final[Mapping[str, Indicator]] = {one.id: one for one in _ALL}


def get_indicator(indicator_id: str) -> Indicator:
    """The indicator of an id.

    Raises:
        NotFound: there is none.
    """
    found = INDICATORS.get(indicator_id)
    if found is None:
        raise NotFound(f"there is no indicator {indicator_id[:20]!r}", message_zh="没有这个指标。")
    return found


def of_group(group: str) -> tuple[Indicator, ...]:
    """The indicators of a group, in order."""
    return tuple(one for one in _ALL if one.group == group)


def said(indicator: Indicator, value: Decimal) -> Decimal:
    """A value as it is written into files: shares as they are, the rest rounded."""
    return value if indicator.unit is Unit.SHARE else value.quantize(Decimal(1).scaleb(-indicator.places))
