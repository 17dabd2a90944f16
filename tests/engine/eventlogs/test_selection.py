"""Which cases go into a log: days of Shanghai to the second, processes, statuses, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from engine.clock import SHANGHAI, to_microseconds
from engine.errors import InvalidValue
from engine.eventlogs import MOST_CASE_IDS, Selection, count_selected, read_selection
from engine.model import SYSTEM, InstanceStatus
from tests.engine.eventlogs.shop import Shop


def cases(shop: Shop, selection: Selection) -> list[str]:
    return [line["case"] for line in shop.lines(selection) if line["type"] == "case"]


@pytest.fixture
def opened_at(shop: Shop) -> Iterator[object]:
    """Puts the opening of the first case to an instant, and back."""
    key = int(shop.cases[0])
    ((before,),) = shop.rows("SELECT opened_at FROM process_instance WHERE key = :key", key=key)

    def put(at: int) -> None:
        with shop.db.begin() as tx:
            tx.connection.exec_driver_sql("UPDATE process_instance SET opened_at = ? WHERE key = ?", (at, key))

    yield lambda instant: put(to_microseconds(instant))
    put(before)


MIDNIGHT = datetime(2026, 3, 5, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (MIDNIGHT - SECOND, False),
        (MIDNIGHT, True),
        (MIDNIGHT + timedelta(days=1) - SECOND, True),
        (MIDNIGHT + timedelta(days=1), False),
    ],
)
def test_days_are_those_of_shanghai(shop: Shop, opened_at: object, at: datetime, *, found: bool) -> None:
    opened_at(at)  # type: ignore[operator]
    selection = read_selection(since="2026-03-05", until="2026-03-05")
    assert cases(shop, selection) == ([shop.cases[0]] if found else [])
    assert count_selected(shop.db, SYSTEM, selection).cases == int(found)


def test_processes_called_by_others_are_in_their_callers_logs_only(shop: Shop) -> None:
    assert cases(shop, read_selection(process="p10_courier_query")) == shop.cases
    assert cases(shop, read_selection(process="p07_delivery")) == []


def test_a_process_that_was_never_deployed_is_a_mistake(shop: Shop) -> None:
    with pytest.raises(InvalidValue, match="no process"):
        shop.export("csv", selection=read_selection(process="p99_nothing"))


def test_statuses_narrow_the_log(shop: Shop) -> None:
    assert cases(shop, Selection(status=InstanceStatus.CANCELLED)) == [shop.cases[4]]
    assert cases(shop, Selection(status=InstanceStatus.ACTIVE)) == [shop.cases[3]]


def test_cases_are_named_one_by_one_and_unknown_ones_are_not_there(shop: Shop) -> None:
    selection = read_selection(case_ids=[shop.cases[2], " ", shop.cases[0], shop.cases[2], "999999"])
    assert selection.case_ids == (shop.cases[2], shop.cases[0], "999999")
    assert cases(shop, selection) == [shop.cases[0], shop.cases[2]]


def test_a_called_instances_number_is_no_case(shop: Shop) -> None:
    ((child,),) = shop.rows("SELECT key FROM process_instance WHERE parent = :key", key=int(shop.cases[0]))
    assert cases(shop, Selection(case_ids=(str(child),))) == []


def test_what_is_counted_is_what_is_written(shop: Shop) -> None:
    for selection in (Selection(), Selection(case_ids=tuple(shop.cases[:2])), Selection(until=date(2000, 1, 1))):
        counted = count_selected(shop.db, SYSTEM, selection)
        lines = shop.lines(selection)
        assert counted.cases == sum(line["type"] == "case" for line in lines)
        assert counted.events == sum(line["type"] == "event" for line in lines)


@pytest.mark.parametrize(
    "given",
    [
        {"since": "2026-1-5"},
        {"since": "morgen"},
        {"until": "2026-02-30"},
        {"since": "２０２６-01-01"},
        {"since": "2026-01-02", "until": "2026-01-01"},
        {"status": "lost"},
        {"case_ids": ["1", "x"]},
        {"case_ids": ["1'; DROP TABLE"]},
        {"case_ids": ["１"]},
        {"case_ids": ["9" * 19]},
        {"case_ids": [str(one) for one in range(MOST_CASE_IDS + 1)]},
    ],
)
def test_what_cannot_be_read_is_said_in_both_languages(given: dict[str, object]) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_selection(**given)  # type: ignore[arg-type]
    assert refused.value.message_zh != InvalidValue.message_zh
    assert str(refused.value)


def test_the_last_day_that_there_is_does_not_overflow(shop: Shop) -> None:
    assert cases(shop, read_selection(until="9999-12-31")) == shop.cases
