"""What a check looks at (E18), which cases are checked, and the words for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from engine import access
from engine.access import Reach
from engine.model import Actor
from engine.notifications import Said


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the form."""

    id: str
    name: str
    #: What gives all points.
    hint: str
    #: Points as shipped.
    points: int


ITEMS: Final = (
    Item("greeting", "问候语", "开头有规范问候", 5),
    Item("address", "称呼", "按渠道称呼:亲、您好、先生、女士", 5),
    Item("tone", "语气态度", "友好耐心,没有生硬、冷漠、不耐烦的话", 10),
    Item("soothing", "先安抚情绪", "先安抚,再登记、核实、处理", 10),
    Item("correct", "答复正确", "事实、规则、金额都对", 20),
    Item("clear", "表述清楚", "不模糊,不用买家不懂的术语", 10),
    Item("promise", "不过度承诺", "没有夸大,没有做不到的承诺", 10),
    Item("registered", "登记完整", "情况、原因、结果都登记了", 10),
    Item("in_time", "处理及时", "任务在期限内办完,承诺时间前答复", 10),
    Item("closing", "结束语", "结束时有礼貌的结束语", 5),
    Item("typos", "无错别字", "语句通顺,没有错别字", 5),
)  # fmt: skip
BY_ID: Final[Mapping[str, Item]] = {item.id: item for item in ITEMS}
FULL: Final = 100
#: What takes all points at once.
BREACHES: Final[Mapping[str, str]] = {"privacy": "泄露买家信息", "insult": "辱骂买家"}
_BREACHES_EN: Final[Mapping[str, str]] = {"privacy": "a buyer's data were given away", "insult": "a buyer was insulted"}

#: Why a case is checked.
WHY: Final[Mapping[str, str]] = {"drawn": "每周抽取", "complaint": "投诉全查", "hand": "人工加入"}
WAITING, CHECKED, OBJECTED, DECIDED = "waiting", "checked", "objected", "decided"
STATES: Final[Mapping[str, str]] = {WAITING: "待质检", CHECKED: "已出结果", OBJECTED: "有申诉", DECIDED: "已裁定"}
UPHELD, CHANGED = "upheld", "changed"
DECISIONS: Final[Mapping[str, str]] = {UPHELD: "维持原分", CHANGED: "改分"}

#: Of an agent's closed cases of a week at least so many are checked.
PER_WEEK: Final = 5
#: Working days in which an agent may object.
DAYS_TO_OBJECT: Final = 5
#: Working days that there are at least for checking a sample, and those for deciding an objection, for signing an
#: appraisal, and, behind a month's end, for writing its appraisals and evaluating its survey.
DAYS_TO_CHECK: Final = 3
DAYS_TO_DECIDE: Final = 3
DAYS_TO_SIGN: Final = 3
DAYS_AFTER_MONTH: Final = 5
#: Looked back so many weeks for ones that nobody has drawn.
WEEKS_BACK: Final = 4
COMPLAINT: Final = "p13_rights_protection"
#: Nobody talks with a customer in these: dispatch, tracking, and the duties (r…).
NOT_CHECKED: Final = ("p05_order_tracking", "p07_delivery")
#: Whose cases are checked.
AGENTS: Final = frozenset({"presales", "aftersales", "supervisor"})

MAX_REMARK: Final = 200
MAX_TEXT: Final = 1000
#: Working on a report of common issues may take until then after the week's end.
REPORT_TIME: Final = timedelta(days=2)
#: SLA-31.
ANSWER_TIME: Final = timedelta(days=3)


def may_check(actor: Actor) -> bool:
    """P19: checks cases."""
    return access.may(actor, "P19")


def may_look(actor: Actor) -> bool:
    """P19 in any degree: sees checks of others."""
    return access.reach(actor, "P19") is not Reach.NO


def said_breach(breach: str) -> Said:
    """What was done that makes a whole case 0, in both languages."""
    return Said(BREACHES[breach], _BREACHES_EN[breach])


def sets_form(actor: Actor) -> bool:
    """P19 without bounds: changes what the items weigh."""
    return access.reach(actor, "P19") is Reach.YES


def is_checked(actor: Actor) -> bool:
    """Whose work may be checked: has results of the own."""
    return not actor.groups.isdisjoint(AGENTS)


def people_of(actor: Actor) -> frozenset[str] | None:
    """Whose checks and reports the actor sees besides the own; None: everybody's."""
    granted = access.reach(actor, "P19")
    if granted in (Reach.YES, Reach.READ):
        return None
    return access.people_within(actor, "P19")
