"""The indicators M01–M13: how the work itself goes, beside what the documents ask for."""

from __future__ import annotations

from typing import Final

from engine.kpi.derived import NowOnly
from engine.kpi.indicator import CALENDAR, WORKING, Indicator
from engine.kpi.readings import Unit
from engine.kpi.recipes import How, OfFacts
from engine.kpi.work_recipes import ByEach, Percentile

_OWNER, _DOER = "工单负责人", "任务办理人"
_S, _N, _T = Unit.SHARE, Unit.NUMBER, Unit.SECONDS

OF_WORK: Final = (
    Indicator(
        id="M01", name="首次认领时间", group="work", unit=_T, higher=False, sources="P", credited=_DOER,
        formula="任务从可办到第一次有人认领的平均时间", numerator="等待认领的总时间", denominator="完成的任务",
        clock=WORKING, recipe=OfFacts("touched", How.MEAN), places=0,
        note="没有认领就完成的,算到完成。按完成时间归期,归给完成的人。",
    ),
    Indicator(
        id="M02", name="办理时间", group="work", unit=_T, higher=False, sources="P", credited=_DOER,
        formula="任务从认领到完成的平均时间", numerator="办理总时间", denominator="认领过的任务",
        clock=WORKING, recipe=OfFacts("held", How.MEAN), places=0,
        note="从完成的人最后一次认领算起;退回以前的时间不计。没有认领就完成的任务不计入。",
    ),
    Indicator(
        id="M03", name="平均超时", group="work", unit=_T, higher=False, sources="P", credited=_DOER,
        formula="超时完成的任务平均超过期限多久", numerator="超时总时间", denominator="超时完成的任务",
        clock=WORKING, recipe=OfFacts("late", How.MEAN), places=0,
    ),
    Indicator(
        id="M04", name="临近超时占比", group="work", unit=_S, higher=False, sources="P", credited=_DOER,
        formula="已到提醒时间、还没超时的未完任务 ÷ 有期限的未完任务", numerator="临近超时的任务",
        denominator="有期限的未完任务", clock=CALENDAR,
        recipe=NowOnly(OfFacts("at_risk"), "未完任务"),
        note="只能看当前。提醒时间是期限的 80%。没人认领的任务只在合计里。暂停的工单不计入。",
    ),
    Indicator(
        id="M05", name="一次做对率", group="work", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="没有步骤重做的已结工单 ÷ 已结工单", numerator="没有重做的工单", denominator="已结工单",
        recipe=OfFacts("at_first_go"),
        note="重做:同一个人工步骤完成以后又做了一次。流程本来就要重复的步骤(如每天查一次物流)也算。",
    ),
    Indicator(
        id="M06", name="重做率", group="work", unit=_S, higher=False, sources="P", credited=_DOER,
        formula="重做的任务 ÷ 完成的任务", numerator="重做的任务", denominator="完成的任务",
        recipe=OfFacts("repeated"), note="重做:该工单的同一步骤以前已经完成过。",
    ),
    Indicator(
        id="M07", name="再开率", group="work", unit=_S, higher=False, sources="P", credited=_OWNER,
        formula="结案后再开的工单 ÷ 已结工单", numerator="再开的工单", denominator="已结工单", clock=CALENDAR,
        recipe=OfFacts("reopened", settles="again_days"),
        note="再开:7 天内(可改)同一买家、同一订单、同一流程又开工单,或回访不满意退回。期间结束后 7 天内为暂定。",
    ),
    Indicator(
        id="M08", name="每单转手次数", group="work", unit=_N, higher=False, sources="P", credited=_OWNER,
        formula="负责人变更次数 ÷ 已结工单", numerator="负责人变更次数", denominator="已结工单",
        recipe=OfFacts("owner_changes", How.MEAN), note="转交、交接、指派和首问负责的变更都计入。",
    ),
    Indicator(
        id="M09", name="暂停占比", group="work", unit=_S, higher=False, sources="P", credited=_OWNER,
        formula="工单暂停的时间 ÷ 工单从开到结的时间", numerator="暂停的秒数", denominator="从开到结的秒数",
        clock=CALENDAR, recipe=ByEach(OfFacts("paused", How.SUM), OfFacts("spans", How.SUM), "已结工单"),
        note="按已结工单;被调用的子流程随工单一起暂停,不另计。",
    ),
    Indicator(
        id="M10", name="自动化率", group="work", unit=_S, higher=True, sources="P", credited=_OWNER,
        formula="系统完成的步骤 ÷(系统步骤 + 人工任务)", numerator="系统步骤", denominator="系统步骤和人工任务",
        recipe=ByEach(OfFacts("automated", How.SUM), OfFacts("steps", How.SUM), "已结工单的步骤"),
        note="系统步骤:发消息、登记、通知等服务步骤;决策表、脚本和定时不计。含被调用的子流程。",
    ),
    Indicator(
        id="M11", name="积压时长(中位)", group="work", unit=_T, higher=False, sources="P", credited=_OWNER,
        formula="未结工单已开多久,一半不超过的值", numerator="中位时长", denominator="未结工单", clock=CALENDAR,
        recipe=NowOnly(Percentile("backlog", 50), "未结工单"), places=0, note="只能看当前。",
    ),
    Indicator(
        id="M11b", name="积压时长(90%)", group="work", unit=_T, higher=False, sources="P", credited=_OWNER,
        formula="未结工单已开多久,九成不超过的值", numerator="九成时长", denominator="未结工单", clock=CALENDAR,
        recipe=NowOnly(Percentile("backlog", 90), "未结工单"), places=0, note="只能看当前。",
    ),
    Indicator(
        id="M12", name="工时利用率", group="work", unit=_S, higher=None, sources="P", credited=_DOER,
        formula="办理时间 ÷ 排班时间", numerator="办理的秒数", denominator="排班的秒数",
        clock="办理按营业时间;排班按计薪时间",
        recipe=ByEach(OfFacts("held", How.SUM), OfFacts("rostered", How.SUM), "已过的班次"),
        note="同时认领几个任务时各自计入,可能超过 100%。请假覆盖的班次不计。",
    ),
    Indicator(
        id="M13", name="平台裁决率", group="work", unit=_S, higher=False, sources="P", credited=_OWNER,
        formula="按平台裁决执行的投诉 ÷ 已结投诉", numerator="按平台裁决执行", denominator="已结投诉",
        recipe=OfFacts("forced"), note="平台支持商家的不计入分子。平台因超时自动退款的没有数据,不在内。",
    ),
)  # fmt: skip
