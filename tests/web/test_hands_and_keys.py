"""Who gave and who took, by name, in a case's timeline; keys of one letter, switched off by who is hindered by them."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.browser import Browser

Browse = Callable[[str], Browser]


def test_a_timeline_names_who_gave_who_took_and_why(browse: Browse) -> None:
    case = browse("wang").start_inquiry()
    chen = browse("chen")
    assert chen.post(f"/cases/{case}/reassignment", {"to": "lin", "reason": "售前熟"}).status_code == 303
    text = chen.get(f"/cases/{case}").text
    assert "由 王立新 转给 林晓梅;售前熟" in text
    assert "由 wang" not in text


def test_a_task_that_is_handed_over_names_its_people_and_the_reason(browse: Browse) -> None:
    wang, chen = browse("wang"), browse("chen")
    case = wang.start_inquiry()
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    chen.post("/board", {"task": str(task), "person": "sun", "reason": "手上太多"})
    text = chen.get(f"/cases/{case}").text
    assert "由 王立新 转给 孙美;手上太多" in text
    nobody = chen.post("/board", {"task": str(task), "person": "-", "reason": ""})
    assert nobody.status_code in {200, 303}
    assert "由 孙美 转给 无人" in chen.get(f"/cases/{case}").text


def test_keys_of_one_letter_are_on_until_somebody_switches_them_off(browse: Browse) -> None:
    wang, sun = browse("wang"), browse("sun")
    assert "data-keys" not in wang.get("/inbox").text
    assert wang.post("/preferences", {"keys": "off", "next": "/inbox"}).location == "/inbox"
    for path in ("/inbox", "/cases"):
        text = wang.get(path).text
        assert 'data-keys="off"' in text
        assert "单键快捷键已关闭" in text
    assert "data-keys" not in sun.get("/inbox").text
    wang.post("/preferences", {"keys": "perhaps"})
    assert 'data-keys="off"' in wang.get("/inbox").text
    wang.post("/preferences", {"keys": "on"})
    assert "data-keys" not in wang.get("/inbox").text
