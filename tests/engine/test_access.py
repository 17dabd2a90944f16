"""Who may do what, by the catalogue's table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import access
from engine.access import GROUPS, CaseFacts, Reach
from engine.errors import NotAllowed, TaskNotOpen
from engine.masking import HIDDEN, MASKED_FIELDS, mask, mask_within
from engine.model import SYSTEM, Actor


def person(*groups: str, id: str = "ann") -> Actor:  # noqa: A002  the field's name
    return Actor(id=id, groups=frozenset(groups))


@dataclass
class Task:
    candidate_groups: str = "aftersales"
    assignee: str | None = None
    courier: str | None = None


@dataclass
class Startable:
    properties: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("group", "permission", "allowed"),
    [
        ("presales", "P01", True),
        ("warehouse", "P01", False),
        ("aftersales", "P02", False),
        ("warehouse", "P03", True),
        ("dept_manager", "P03", False),
        ("finance", "P04", True),
        ("admin", "P04", False),
        ("supervisor", "P09", True),
        ("supervisor", "P10", False),
        ("process_owner", "P22", True),
        ("dept_manager", "P22", False),
        ("auditor", "P22", False),
        ("auditor", "P23", True),
        ("admin", "P23", False),
        ("admin", "P24", True),
        ("supervisor", "P24", False),
        ("technician", "P04", True),
        ("technician", "P01", False),
        ("technician", "P12", True),
        ("technician", "P13", True),
        ("operations", "P04", True),
        ("operations", "P13", False),
        ("logistics_dept", "P12", True),
        ("designer", "P16", False),
    ],
)
def test_the_table_of_the_catalogue_decides(group: str, permission: str, allowed: bool) -> None:
    assert access.may(person(group), permission) is allowed


def test_every_permission_says_something_of_every_role() -> None:
    for number in range(1, 27):
        assert isinstance(access.reach(person("presales"), f"P{number:02}"), Reach)
    with pytest.raises(KeyError):
        access.may(person("presales"), "P27")


@pytest.mark.parametrize("group", list(GROUPS)[10:])
def test_groups_beyond_the_table_have_their_lane_s_cases_and_nothing_else(group: str) -> None:
    granted = {name for name in access.PERMISSIONS if access.reach(person(group), name) is not Reach.NO}
    assert granted == {"P04", "P05", "P12"} | ({"P13"} if group == "technician" else set())
    assert access.reach(person(group), "P05") is Reach.LANE
    assert access.may_see_case(person(group), CaseFacts(people=frozenset(), groups=frozenset({group})))
    assert not access.may_see_case(person(group), CaseFacts(people=frozenset(), groups=frozenset({"finance"})))


def test_the_strongest_group_counts() -> None:
    assert access.reach(person("warehouse", "supervisor"), "P05") is Reach.TEAM
    assert access.reach(person(), "P05") is Reach.NO
    assert access.reach(person("pirates"), "P04") is Reach.NO
    assert access.reach(SYSTEM, "P24") is Reach.YES


def test_aftersales_acts_for_the_courier_and_nobody_else_does() -> None:
    assert access.acting_groups({"aftersales"}) == {"aftersales", "courier"}
    assert access.acting_groups({"presales"}) == {"presales"}
    access.check_task(person("aftersales"), Task("courier"))
    with pytest.raises(NotAllowed):
        access.check_task(person("presales"), Task("courier"))


def test_a_task_of_another_group_is_refused_and_a_claimed_one_is_taken() -> None:
    with pytest.raises(NotAllowed):
        access.check_task(person("warehouse"), Task("aftersales"))
    with pytest.raises(NotAllowed):
        access.check_task(person("warehouse"), Task("aftersales", assignee="bob"))
    with pytest.raises(TaskNotOpen):
        access.check_task(person("aftersales"), Task(assignee="bob"))
    access.check_task(person("aftersales"), Task(assignee="ann"))
    access.check_task(person("warehouse"), Task("finance,warehouse"))


def test_a_group_is_matched_whole() -> None:
    assert not access.concerns(person("aftersales"), "aftersales_clerk")
    assert access.concerns(person("aftersales_clerk"), "aftersales_clerk,designer")


def test_four_eyes_keep_out_whoever_opened_the_case_or_did_another_task() -> None:
    people = access.four_eyes_people(
        ["ann", "system"],
        [("bob", "s02_payout", "fix_pay_info"), ("cai", "s02_payout", "finance_pay"), ("dan", "p07", "finance_pay")],
        "s02_payout",
        "finance_pay",
    )
    assert people == {"ann", "bob", "dan"}
    with pytest.raises(NotAllowed) as refused:
        access.check_task(person("finance", id="bob"), Task("finance"), people)
    assert "另一位同事" in refused.value.message_zh
    access.check_task(person("finance", id="cai"), Task("finance"), people)


def test_claiming_needs_a_free_task_and_completing_does_not() -> None:
    own = Task(assignee="ann")
    assert not access.may_claim(person("aftersales"), own)
    assert access.may_complete(person("aftersales"), own)
    assert access.may_claim(person("aftersales"), Task())


@pytest.mark.parametrize(
    ("groups", "sees"),
    [
        (("supervisor",), True),
        (("dept_manager",), True),
        (("auditor",), True),
        (("admin",), False),
        (("process_owner",), False),
        (("presales",), False),
        (("aftersales",), True),
        (("courier",), False),
        (("warehouse",), False),
    ],
)
def test_who_sees_a_case_of_the_courier_and_aftersales_opened_by_somebody_else(
    groups: tuple[str, ...], sees: bool
) -> None:
    case = CaseFacts(people=frozenset({"bob"}), groups=frozenset({"courier", "aftersales"}))
    assert access.may_see_case(person(*groups), case) is sees


def test_an_agent_sees_the_own_case_whatever_its_groups_and_a_store_man_does_not() -> None:
    case = CaseFacts(people=frozenset({"ann"}), groups=frozenset({"finance"}))
    assert access.may_see_case(person("presales"), case)
    assert not access.may_see_case(person("warehouse"), case)
    assert not access.may_see_case(person("admin"), case)
    with pytest.raises(NotAllowed):
        access.check_case(person("admin"), case)


def courier(*couriers: str) -> Actor:
    return replace(person("courier"), couriers=frozenset(couriers))


def test_a_couriers_account_does_the_tasks_of_its_own_courier_only() -> None:
    own, other, unknown = (Task("courier", courier=name) for name in ("圆通", "中通", None))
    access.check_task(courier("圆通"), own)
    for task in (other, unknown):
        with pytest.raises(NotAllowed):
            access.check_task(courier("圆通"), task)
        access.check_task(courier(access.ANY_COURIER), task)
        access.check_task(person("aftersales"), task)
    with pytest.raises(NotAllowed):
        access.check_task(courier(), own)


def test_a_courier_who_has_another_post_too_is_not_limited() -> None:
    both = replace(person("courier", "aftersales"), couriers=frozenset({"圆通"}))
    access.check_task(both, Task("courier", courier="中通"))


def test_of_a_case_a_courier_sees_the_own_tasks_and_no_page() -> None:
    case = CaseFacts(people=frozenset(), groups=frozenset({"courier", "aftersales"}), couriers=frozenset({"圆通"}))
    assert access.may_see_case(courier("圆通"), case)
    assert not access.may_see_case(courier("中通"), case)
    assert access.may_see_case(courier("*"), case)
    assert not access.may(courier("圆通"), "P05")
    assert access.hides_task(courier("圆通"), Task("aftersales"))
    assert access.hides_task(courier("圆通"), Task("courier", courier="中通"))
    assert not access.hides_task(courier("圆通"), Task("courier", courier="圆通"))
    assert not access.hides_task(person("aftersales"), Task("finance"))


TEAM = frozenset({"ann", "bob"})


@pytest.mark.parametrize(
    ("people", "in_teams", "sees"),
    [
        ({"bob"}, True, True),
        ({"bob", "eve"}, True, True),
        ({"eve"}, True, False),
        ({"eve"}, False, True),
        (set(), False, True),
    ],
)
def test_a_supervisor_sees_the_cases_of_the_team_and_those_of_nobodys(
    people: set[str], in_teams: bool, sees: bool
) -> None:
    case = CaseFacts(people=frozenset(people), groups=frozenset({"aftersales"}), in_teams=in_teams)
    boss = replace(person("supervisor"), team=TEAM)
    assert access.may_see_case(boss, case) is sees
    assert access.may_see_case(person("supervisor"), case)
    assert access.may_see_case(replace(person("dept_manager"), team=TEAM), case)
    assert not access.sees_all_cases(boss)
    for permission in ("P05", "P06", "P07", "P12", "P13", "P16", "P17", "P19", "P23", "P26"):
        if sees:
            access.check_reach(boss, permission, case)
        else:
            with pytest.raises(NotAllowed):
                access.check_reach(boss, permission, case)
            access.check_reach(person("supervisor"), permission, case)


def test_whose_work_a_permission_reaches() -> None:
    assert access.people_within(replace(person("supervisor"), team=TEAM), "P16") == TEAM
    assert access.people_within(person("supervisor"), "P16") is None
    assert access.people_within(replace(person("dept_manager"), team=TEAM), "P16") is None
    assert access.people_within(person("aftersales"), "P16") == {"ann"}
    assert access.people_within(person("admin"), "P16") == frozenset()


def test_a_permission_for_own_work_reaches_own_cases() -> None:
    access.check_reach(person("aftersales"), "P12", CaseFacts(people=frozenset({"ann"}), groups=frozenset()))
    with pytest.raises(NotAllowed):
        access.check_reach(person("aftersales"), "P12", CaseFacts(people=frozenset({"bob"}), groups=frozenset()))
    with pytest.raises(NotAllowed):
        access.check_reach(person("aftersales"), "P06", CaseFacts(people=frozenset({"ann"}), groups=frozenset()))


@pytest.mark.parametrize(
    ("group", "owns"),
    [
        ("presales", True), ("aftersales", True), ("supervisor", True), ("dept_manager", True),
        ("warehouse", False), ("finance", False), ("courier", False), ("auditor", False), ("admin", False),
        ("technician", False), ("process_owner", False),
    ],
)  # fmt: skip
def test_who_can_own_a_case(group: str, owns: bool) -> None:
    assert access.may_own(person(group)) is owns


def test_a_process_without_start_permission_is_only_called() -> None:
    assert access.may_start(person("aftersales"), Startable({"start_permission": "P01"}))
    assert not access.may_start(person("warehouse"), Startable({"start_permission": "P01"}))
    assert not access.may_start(person("aftersales"), Startable())
    assert not access.may_start(person("aftersales"), Startable({"start_permission": "P99"}))
    assert access.may_start(SYSTEM, Startable())
    with pytest.raises(NotAllowed):
        access.check_start(person("dept_manager"), Startable())


def test_a_process_may_be_left_to_some_groups() -> None:
    leaders = Startable({"start_permission": "P01", "start_groups": "supervisor, dept_manager"})
    assert [access.may_start(person(group), leaders) for group in ("aftersales", "supervisor", "dept_manager")] == [
        False, True, True,
    ]  # fmt: skip
    assert not access.may_start(
        person("warehouse"), Startable({"start_permission": "P01", "start_groups": "warehouse"})
    )
    assert not access.may_start(person("supervisor"), Startable({"start_groups": "supervisor"}))
    assert access.may_start(SYSTEM, leaders)


def test_only_the_own_task_shows_what_its_group_needs() -> None:
    assert access.may_unmask(person("warehouse"), "receiver_phone", own_task=True)
    assert not access.may_unmask(person("warehouse"), "receiver_phone")
    for group in ("designer", "store_guide", "aftersales_clerk"):  # they call the customer and go there
        assert access.may_unmask(person(group), "phone", own_task=True)
        assert not access.may_unmask(person(group), "phone")
        assert not access.may_unmask(person(group), "pay_account", own_task=True)
    assert not access.may_unmask(person("warehouse"), "pay_account", own_task=True)
    assert access.may_unmask(person("finance"), "pay_account", own_task=True)
    assert not access.may_unmask(person("aftersales"), "receiver_phone", own_task=True)


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("receiver_name", "张三丰", "张**"),
        ("receiver_phone", "13800000000", "138****0000"),
        ("receiver_phone", "0571-88888888", "****8888"),
        ("receiver_phone", "110", "***"),
        ("receiver_address", "浙江省杭州市西湖区文三路1号", "浙江省杭州市***"),
        ("receiver_address", "北京市朝阳区1号", "北京市***"),
        ("receiver_address", "广西壮族自治区南宁市青秀区", "广西壮族自治区南宁市***"),
        ("receiver_address", "县城东街3号", "县城***"),
        ("receiver_address", "杭州市", "杭州***"),
        ("new_address", "湖南省湘西土家族苗族自治州吉首市", "湖南省湘西土家族苗族自治州***"),
        ("customer_id", "C-88001", "C-***"),
        ("customer_id", "C1", "***"),
        ("pay_account", "6222020200112233", "****2233"),
        ("tax_no", "91330106MA27XQ1234", "9133****34"),
        ("invoice_email", "ann@x.com", "a***@x.com"),
        ("order_id", "SO-1001", "SO-1001"),
        ("receiver_name", None, None),
        ("receiver_name", "", ""),
        ("pay_account", 6222, "***"),
    ],
)
def test_personal_data_are_masked_field_by_field(name: str, value: object, masked: object) -> None:
    assert mask(name, value) == masked


def test_masking_reaches_into_contexts_and_lists() -> None:
    value = {"variables": {"receiver_name": "张三", "order": {"receiver_phone": "13800000000"}, "n": [1]}}
    assert mask("", value) == {
        "variables": {"receiver_name": "张**", "order": {"receiver_phone": "138****0000"}, "n": [1]}
    }
    assert mask("receiver_name", ["张三", "李四"]) == ["张**", "李**"]


@settings(deadline=None)
@given(name=st.sampled_from(sorted(MASKED_FIELDS)), text=st.text(min_size=9))
def test_a_masked_text_never_holds_the_whole(name: str, text: str) -> None:
    assert text not in mask(name, text)
    assert "*" in mask(name, text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打13800001234找我", "请打138****1234找我"),
        ("运单138000012345", "运单138000012345"),
        ("没有号码", "没有号码"),
    ],
)
def test_a_mobile_number_in_a_free_text_is_masked(text: str, shown: str) -> None:
    assert mask_within(text) == shown


def test_groups_have_chinese_names() -> None:
    assert GROUPS["finance"] == "财务"
    assert all(not name.isascii() for name in GROUPS.values())
    assert HIDDEN == "***"
