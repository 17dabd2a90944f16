"""Banned phrases block and promises warn, however they are written; harmless words do not."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import wording
from engine.errors import FourEyes, InvalidValue, NotAllowed, StepError
from engine.model import Actor
from engine.store.database import Database
from engine.wording import Phrase, Words, judge, shipped
from engine.wording.words import bare, checked, content_of, read_words
from tests.conftest import FRIDAY_9AM

OWNER = Actor(id="he", name="何平", groups=frozenset({"process_owner"}))
SUPERVISOR = Actor(id="zhou", name="周敏", groups=frozenset({"supervisor"}))
MANAGER = Actor(id="wu", name="吴刚", groups=frozenset({"dept_manager"}))
AGENT = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
SHIPPED = [*shipped().banned, *shipped().promises]


def blocked(text: str, context: str = "") -> list[str]:
    return [hit.phrase for hit in judge(shipped(), text, context=context).blocked]


def warned(text: str) -> list[str]:
    return [hit.phrase for hit in judge(shipped(), text).warned]


@pytest.mark.parametrize("phrase", ["不知道", "随便你", "不归我管", "自己看", "不是我们的问题", "不能负责", "不负责"])
def test_what_the_documents_ban_is_banned(phrase: str) -> None:
    assert phrase in blocked(f"亲,这个我{phrase}哦")


@pytest.mark.parametrize("phrase", ["最好", "100%", "绝对", "保证治愈", "一定", "保证", "明天", "今天内", "小时内"])
def test_what_promises_is_warned_of(phrase: str) -> None:
    assert phrase in warned(f"亲,这款{phrase}没问题")


def test_out_of_stock_is_not_said_before_the_sale_only() -> None:
    assert blocked("亲,这款缺货了", "presale") == ["缺货"]
    assert blocked("亲,这款缺货了", "aftersale") == blocked("亲,这款缺货了") == []


@pytest.mark.parametrize(
    "text", ["不 知 道", "不,知。道", "不\n知\t道", "不\u200b知\u200d道", "【不】知~道!", "不…知…道"]
)
def test_blanks_and_punctuation_hide_nothing(text: str) -> None:
    (hit,) = judge(shipped(), f"亲{text}哦").blocked
    assert hit.phrase == "不知道"
    assert bare(hit.found)[0] == "不知道"


@pytest.mark.parametrize("text", ["100%", "１００％", "100 %", "100\uff05"])
def test_width_hides_nothing(text: str) -> None:
    assert warned(f"亲{text}好用") == ["100%"]


@pytest.mark.parametrize(
    "text",
    [
        "亲,您知不知道怎么安装",
        "不知道您是否方便",
        "是您自己看中的款式",
        "亲,面料是100%纯棉",
        "共2100%",
        "亲,损失保证金已退",
        "不一定每天都有",
        "您最好先测试一下",
        "",
        " ,。!",
    ],
)
def test_harmless_words_that_hold_a_phrase_pass(text: str) -> None:
    assert judge(shipped(), text).clean


def test_a_phrase_beside_its_exception_is_found() -> None:
    assert blocked("知不知道?我不知道。") == ["不知道"]


def test_the_sentence_says_what_is_wrong_and_what_to_say() -> None:
    (hit,) = judge(shipped(), "亲,我不 知 道").blocked
    assert hit.sentence.startswith("“不 知 道”不能对客户说(生硬冷漠),请换一种说法,例如:亲,")


@given(line=st.sampled_from(SHIPPED), before=st.text(max_size=8), after=st.text(max_size=8), data=st.data())
def test_a_phrase_is_found_wherever_it_stands_and_whatever_is_between(
    line: Phrase, before: str, after: str, data: st.DataObject
) -> None:
    spoiler = st.sampled_from(["", " ", " ", ",", "。", "\n", "\u200b", "!", "—", "~"])
    spread = "".join(char + data.draw(spoiler) for char in line.phrase)
    words = Words(banned=(replace(line, exceptions=(), context=""),), promises=())
    text = f"{before}|{spread}{after}"
    digits = line.phrase[0].isdigit() and bare(before)[0][-1:].isdigit()
    assert digits or judge(words, text).blocked, text


@given(text=st.text(max_size=60))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    found = judge(shipped(), text, context="presale")
    for hit in (*found.blocked, *found.warned):
        assert hit.found in text
        assert bare(hit.found)[0] == bare(hit.phrase)[0]


@given(text=st.text(max_size=40))
def test_bare_texts_stay_bare(text: str) -> None:
    once, places = bare(text)
    assert bare(once)[0] == once
    assert len(once) == len(places)
    assert all(unicodedata.category(char)[0] in "LN" or char == "%" for char in once)


def test_the_shipped_lists_are_in_order_and_survive_storing() -> None:
    assert checked(shipped()) == shipped()
    assert read_words(json.loads(json.dumps(content_of(shipped())))) == shipped()


# --- versions --------------------------------------------------------------------------------------

ONE = Words(banned=(Phrase(phrase="不好说", reason="含糊"),), promises=())


def test_lists_come_in_versions(db: Database) -> None:
    with db.begin() as tx:
        wording.save(tx, ONE, OWNER, at=FRIDAY_9AM, note="只留一条", based_on=0)
    with db.read() as connection:
        assert wording.check(connection, "亲,这个不 好说").blocked[0].phrase == "不好说"
        assert wording.check(connection, "亲,我不知道").clean
        assert wording.read_words(connection).version == 1
    with pytest.raises(InvalidValue, match="There is a newer version"), db.begin() as tx:
        wording.save(tx, shipped(), OWNER, at=FRIDAY_9AM, note="", based_on=0)


def test_a_supervisor_proposes_and_a_manager_approves(db: Database) -> None:
    with db.begin() as tx:
        made = wording.propose(tx, ONE, SUPERVISOR, at=FRIDAY_9AM, note="含糊", based_on=0)
    with db.read() as connection:
        assert wording.read_words(connection).version == 0
    for person in (SUPERVISOR, OWNER, AGENT):
        with pytest.raises(NotAllowed), db.begin() as tx:
            wording.approve(tx, made.key, person, at=FRIDAY_9AM)
    with db.begin() as tx:
        assert wording.approve(tx, made.key, MANAGER, at=FRIDAY_9AM).version == 1
    with pytest.raises(StepError), db.begin() as tx:
        wording.refuse(tx, made.key, MANAGER, at=FRIDAY_9AM, answer="晚了")
    with db.read() as connection:
        assert wording.read_words(connection).banned == ONE.banned


def test_nobody_approves_the_own_proposal(db: Database) -> None:
    both = Actor(id="both", groups=frozenset({"supervisor"}))
    with db.begin() as tx:
        made = wording.propose(tx, ONE, both, at=FRIDAY_9AM, note="含糊", based_on=0)
    promoted = Actor(id="both", groups=frozenset({"dept_manager"}))
    with pytest.raises(FourEyes), db.begin() as tx:
        wording.approve(tx, made.key, promoted, at=FRIDAY_9AM)


def test_a_refusal_needs_an_answer_and_a_proposal_a_reason(db: Database) -> None:
    with pytest.raises(InvalidValue, match="why you change"), db.begin() as tx:
        wording.propose(tx, ONE, SUPERVISOR, at=FRIDAY_9AM, note=" ", based_on=0)
    with db.begin() as tx:
        made = wording.propose(tx, ONE, SUPERVISOR, at=FRIDAY_9AM, note="含糊", based_on=0)
    with pytest.raises(InvalidValue, match="why you do not"), db.begin() as tx:
        wording.refuse(tx, made.key, MANAGER, at=FRIDAY_9AM, answer="")
    with db.begin() as tx:
        assert wording.refuse(tx, made.key, SUPERVISOR, at=FRIDAY_9AM, answer="").status == "withdrawn"


def test_a_proposal_on_an_old_version_is_not_approved(db: Database) -> None:
    with db.begin() as tx:
        made = wording.propose(tx, ONE, SUPERVISOR, at=FRIDAY_9AM, note="含糊", based_on=0)
        wording.save(tx, replace(ONE, promises=(Phrase(phrase="必达"),)), OWNER, at=FRIDAY_9AM, note="", based_on=0)
    with pytest.raises(InvalidValue), db.begin() as tx:
        wording.approve(tx, made.key, MANAGER, at=FRIDAY_9AM)


def test_only_who_edits_saves(db: Database) -> None:
    for person in (SUPERVISOR, MANAGER, AGENT):
        with pytest.raises(NotAllowed), db.begin() as tx:
            wording.save(tx, ONE, person, at=FRIDAY_9AM, note="", based_on=0)
    for person in (OWNER, MANAGER, AGENT):
        with pytest.raises(NotAllowed), db.begin() as tx:
            wording.propose(tx, ONE, person, at=FRIDAY_9AM, note="x", based_on=0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Phrase(phrase=" , "), "没有文字"),
        (Phrase(phrase="不"), "只有一个字"),
        (Phrase(phrase="不好说", context="moon"), "场合"),
        (Phrase(phrase="说" * 31), "30 字以内"),
        (Phrase(phrase="不好说", reason="一\n二"), "一行"),
        (Phrase(phrase="不好说", exceptions=("很好说",)), "例外"),
        (Phrase(phrase="不好说", exceptions=("不好说",)), "例外"),
    ],
)
def test_a_line_that_is_wrong_says_so(db: Database, line: Phrase, said: str) -> None:
    with pytest.raises(InvalidValue) as problem, db.begin() as tx:
        wording.save(tx, Words(banned=(line,), promises=()), OWNER, at=FRIDAY_9AM, note="", based_on=0)
    assert said in problem.value.message_zh


def test_a_phrase_twice_is_refused(db: Database) -> None:
    twice = Words(banned=(Phrase(phrase="不好说"), Phrase(phrase="不 好说")), promises=())
    with pytest.raises(InvalidValue, match="twice"), db.begin() as tx:
        wording.save(tx, twice, OWNER, at=FRIDAY_9AM, note="", based_on=0)
