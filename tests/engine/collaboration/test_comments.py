"""Comments: who may write them, who is mentioned, what is kept when one is withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import accounts
from engine.collaboration import comment, comments_of, read_comments, whom_to_mention, withdraw_comment
from engine.errors import InvalidValue, NotFound
from engine.model import Actor
from tests.engine.collaboration.conversation import CANG, LI, SUN, WANG, ZHENG, ZHOU, Talk
from tests.faults.invariants import unlike_their_commands, violations


def write(talk: Talk, case_id: str, text: str, who: Actor = LI, *, task: int | None = None) -> int:
    return comment(talk.desk.runtime, case_id, text, who, task=task)


def texts(talk: Talk, case_id: str) -> list[str]:
    with talk.db.read() as connection:
        return [one.text for one in comments_of(connection, case_id)]


def test_a_comment_is_on_the_case_and_in_its_history(talk: Talk, case_id: str) -> None:
    first = write(talk, case_id, "  客户很急\n下午再打一次电话  ")
    second = write(talk, case_id, "好的", WANG)
    assert second > first
    assert texts(talk, case_id) == ["客户很急\n下午再打一次电话", "好的"]
    assert talk.kinds(case_id) == ["comment.added", "comment.added"]
    assert violations(talk.db) == []
    assert unlike_their_commands(talk.db, [case_id]) == []


@pytest.mark.parametrize("text", ["@王强 请看", "请@wang看", "@wang", "@王强", "麻烦@王强看一下"])
def test_who_is_mentioned_by_name_or_account_is_told_once(talk: Talk, case_id: str, text: str) -> None:
    write(talk, case_id, text)
    assert talk.told(WANG, "mentioned") == [f"李娜在工单 {case_id} 的评论中提到了您。"]
    assert talk.told(ZHOU, "mentioned") == []


def test_several_are_mentioned_and_nobody_twice(talk: Talk, case_id: str) -> None:
    write(talk, case_id, "@王强 @周敏 @wang 请一起看,邮件 someone@wang.example 里有照片 @所有人")
    assert len(talk.told(WANG, "mentioned")) == 1
    assert len(talk.told(ZHOU, "mentioned")) == 1


def test_an_account_that_begins_like_another_is_not_meant(talk: Talk, case_id: str) -> None:
    with talk.db.begin() as tx:
        accounts.add(tx, "wang.wei", "王伟", "correct horse", ["aftersales"])
    write(talk, case_id, "@wang.wei 请看")
    assert talk.told(WANG, "mentioned") == []
    assert len(talk.column("SELECT id FROM notification WHERE user = 'wang.wei'")) == 1


def test_who_may_not_see_the_case_cannot_be_mentioned(talk: Talk, case_id: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        write(talk, case_id, "@小陈 仓库有货吗")
    assert "小陈看不到这个工单" in refused.value.message_zh
    assert "内部核实" in refused.value.message_zh
    assert texts(talk, case_id) == []
    assert talk.kinds(case_id) == []


def test_of_two_with_one_name_the_account_must_be_written(talk: Talk, case_id: str) -> None:
    with talk.db.begin() as tx:
        accounts.add(tx, "wang2", "王强", "correct horse", ["aftersales"])
    with pytest.raises(InvalidValue) as refused:
        write(talk, case_id, "@王强 请看")
    assert "@wang" in refused.value.message_zh
    assert "@wang2" in refused.value.message_zh
    write(talk, case_id, "@wang2 请看")
    assert talk.told(WANG, "mentioned") == []


@pytest.mark.parametrize("text", ["", "  \n ", "长" * 2001])
def test_empty_and_endless_comments_are_refused(talk: Talk, case_id: str, text: str) -> None:
    with pytest.raises(InvalidValue):
        write(talk, case_id, text)


def test_strangers_and_auditors_write_nothing(talk: Talk, case_id: str) -> None:
    for person in (SUN, CANG, ZHENG):
        with pytest.raises(NotFound):
            write(talk, case_id, "你好", person)
    for case in ("999999", "x", ""):
        with pytest.raises(NotFound):
            write(talk, case, "你好")
    with talk.db.read() as connection, pytest.raises(NotFound):
        read_comments(connection, case_id, SUN)
    with talk.db.read() as connection:
        assert read_comments(connection, case_id, ZHENG) == ()


def test_a_task_must_be_the_cases(talk: Talk, case_id: str) -> None:
    task = talk.desk.task("check_logistics")
    write(talk, case_id, "在任务上", task=task)
    other = str(talk.desk.inquire())
    with pytest.raises(NotFound):
        write(talk, other, "别的工单的任务", task=task)
    with talk.db.read() as connection:
        assert [one.task for one in comments_of(connection, case_id)] == [task]


def test_the_own_comment_can_be_withdrawn_for_five_minutes(talk: Talk, case_id: str) -> None:
    made = write(talk, case_id, "写错了")
    with pytest.raises(NotFound):
        withdraw_comment(talk.desk.runtime, case_id, made, WANG)
    talk.clock.advance(timedelta(minutes=5, microseconds=-1))
    withdraw_comment(talk.desk.runtime, case_id, made, LI)
    withdraw_comment(talk.desk.runtime, case_id, made, LI)
    assert texts(talk, case_id) == [""]
    assert talk.kinds(case_id) == ["comment.added", "comment.withdrawn"]
    late = write(talk, case_id, "这条不能撤")
    talk.clock.advance(timedelta(minutes=5))
    with pytest.raises(InvalidValue):
        withdraw_comment(talk.desk.runtime, case_id, late, LI)


def test_a_comment_of_another_case_is_not_withdrawn_by_way_of_this_one(talk: Talk, case_id: str) -> None:
    other = str(talk.desk.inquire())
    made = write(talk, other, "别处")
    with pytest.raises(NotFound):
        withdraw_comment(talk.desk.runtime, case_id, made, LI)


def test_mobile_numbers_are_masked(talk: Talk, case_id: str) -> None:
    write(talk, case_id, "买家新号码 13912345678")
    assert texts(talk, case_id) == ["买家新号码 139****5678"]


def test_only_those_who_may_see_the_case_are_proposed(talk: Talk, case_id: str) -> None:
    with talk.db.begin() as tx:
        accounts.add(tx, "wang2", "王强", "correct horse", ["aftersales"])
    with talk.db.read() as connection:
        assert [said for said, _ in whom_to_mention(connection, case_id, "王", LI)] == ["wang", "wang2"]
        assert [said for said, _ in whom_to_mention(connection, case_id, "zh", LI)] == ["周敏", "郑审计"]
        assert whom_to_mention(connection, case_id, "小陈", LI) == []
        everybody = {one.id for _, one in whom_to_mention(connection, case_id, "", LI)}
    assert everybody == {"wang", "wang2", "zhou", "wu", "zheng"}
