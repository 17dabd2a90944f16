"""The words of the archive on pages, in both languages: codes of ``engine.customers.words`` → what people read."""

from __future__ import annotations

from web.i18n import lazy_gettext

LEVELS = {
    "regular": lazy_gettext("普通"),
    "silver": lazy_gettext("银卡"),
    "gold": lazy_gettext("金卡"),
    "vip": "VIP",
}
ADDRESSES = {
    "qin": lazy_gettext("亲"),
    "nin": lazy_gettext("您好"),
    "mr": lazy_gettext("先生"),
    "ms": lazy_gettext("女士"),
}
CALL_KINDS = {
    "inquiry": lazy_gettext("咨询"),
    "quote": lazy_gettext("询价"),
    "after_sales": lazy_gettext("售后"),
    "complaint": lazy_gettext("投诉"),
    "other": lazy_gettext("其他"),
}
SOURCES = {
    "phone": lazy_gettext("来电"),
    "walk_in": lazy_gettext("来访"),
    "message": lazy_gettext("留言"),
}
CALL_FIELDS = {
    "contact_name": lazy_gettext("姓名"),
    "contact_phone": lazy_gettext("联系方式"),
    "note": lazy_gettext("内容"),
    "company": lazy_gettext("公司名称"),
    "goods": lazy_gettext("品名"),
    "goods_category": lazy_gettext("类别"),
    "route": lazy_gettext("起止地"),
    "volume": lazy_gettext("运量"),
    "operate_at": lazy_gettext("操作时间"),
    "special": lazy_gettext("特殊要求"),
}
CALL_RESULTS = {
    "answered": lazy_gettext("已答复"),
    "quoted": lazy_gettext("已报价"),
    "no_price": lazy_gettext("已答复,暂无价格"),
    "case": lazy_gettext("已转工单"),
    "unreachable": lazy_gettext("多次未接通"),
}
VISIT_CAUSES = {
    "case": lazy_gettext("售后结案"),
    "parcel": lazy_gettext("包裹签收"),
    "good": lazy_gettext("优质客户"),
    "manual": lazy_gettext("人工安排"),
}
VISIT_STATUSES = {
    "open": lazy_gettext("待回访"),
    "answered": lazy_gettext("已回访"),
    "unreachable": lazy_gettext("联系不上"),
    "dropped": lazy_gettext("不再回访"),
}
CATEGORIES = {
    "customer": lazy_gettext("客户资料"),
    "contract": lazy_gettext("合同"),
    "voucher": lazy_gettext("单证复印件"),
    "distributor": lazy_gettext("分销商合同"),
    "quote": lazy_gettext("报价单"),
    "other": lazy_gettext("其他"),
}
ACCESS_GROUPS = {
    "": lazy_gettext("所有客服"),
    "aftersales": lazy_gettext("售后客服"),
    "presales": lazy_gettext("售前客服"),
    "supervisor": lazy_gettext("客服主管"),
    "finance": lazy_gettext("财务"),
    "dept_manager": lazy_gettext("部门经理"),
}
ORDER_STAGES = {
    "unpaid": lazy_gettext("待付款"),
    "paid": lazy_gettext("已付款"),
    "picking": lazy_gettext("拣货中"),
    "shipped": lazy_gettext("已发货"),
    "signed": lazy_gettext("已签收"),
    "cancelled": lazy_gettext("已取消"),
}
GRADES = {
    5: lazy_gettext("非常满意"),
    4: lazy_gettext("满意"),
    3: lazy_gettext("一般"),
    2: lazy_gettext("不满意"),
    1: lazy_gettext("非常不满意"),
}
#: Field of a customer → what a change of it is called.
FIELDS = {
    "level": lazy_gettext("级别"),
    "tags": lazy_gettext("标签"),
    "address_as": lazy_gettext("称呼"),
    "note": lazy_gettext("备注"),
    "good": lazy_gettext("优质客户"),
}
