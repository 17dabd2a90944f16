"""Days of a sales floor: nothing is lost, done twice or forgotten, and memory does not grow with the day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.sample import times
from tests.soak.day import Report, live

#: MB an hour that a process may take more of in the second half of a day.
FLAT = 4.0
#: Of a hundred tasks so many whose form chance could not fill in.
MOST_GIVEN_UP = 0.02


def whole(report: Report) -> None:
    """What must hold of every day."""
    assert report.wrong == []
    assert report.done["crash"] > 0
    assert report.done.get("gave up", 0) <= report.tasks * MOST_GIVEN_UP


def test_an_hour_of_a_small_shop_with_many_faults_is_whole(tmp_path: Path) -> None:
    # Each look on the way starts a program; the evening's finds what they would.
    checks = times(4, 1)
    report = live(tmp_path, hours=1, agents=30, faults=0.05, seed=7, each=timedelta(minutes=10), checks=checks)
    whole(report)
    assert report.cases > 15
    assert report.tasks > 40


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_twelve_hours_of_two_hundred_agents_are_whole_and_memory_is_flat(tmp_path: Path) -> None:
    report = live(tmp_path, hours=12, agents=200, faults=0.01, seed=1, each=timedelta(minutes=15))
    whole(report)
    assert report.seconds < 600
    assert report.cases > 1_000
    assert report.done["sent again"] > 20
    assert report.growth < FLAT


def test_growth_is_the_slope_of_the_second_half() -> None:
    report = Report(hours=4, agents=1, faults=0, seed=1)
    report.memory = [500.0, 100.0, 100.0, 100.0, 100.0, 101.0, 102.0, 103.0]
    assert report.growth == pytest.approx(4.0)
