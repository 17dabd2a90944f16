"""Fixtures and rules for every test: which of them need a browser, and what is said when there is none."""

import os
import shutil

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SKIPPED = pytest.StashKey[int]()


def find_chromium() -> str | None:
    """Path of the system's Chromium, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests in a browser where there is none; in CI that is a failure, since they would prove nothing."""
    browser = [item for item in items if item.get_closest_marker("browser")]
    if not browser or find_chromium():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(browser)} tests need Chromium, and CI must not skip them: install chromium")
    config.stash[_SKIPPED] = len(browser)
    for item in browser:
        item.add_marker(pytest.mark.skip(reason="no Chromium here"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of the run."""
    if skipped := config.stash.get(_SKIPPED, 0):
        print(f"{skipped} browser tests were skipped: there is no Chromium here (install Debian's chromium)")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser that the tests drive."""
    path = find_chromium()
    assert path, "a test that uses this fixture carries the mark `browser`"
    return path
