"""A capture, and scores that cost nothing."""

import pytest

from dvox_core.data.capture import Capture
from tests.helpers.captures import cube_capture
from tests.helpers.quick_runs import fake_scores


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=4, validation=1, test=1)


@pytest.fixture
def no_validation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores cost a second each; tests that are about them ask for `real_validation`."""
    if "real_validation" not in request.fixturenames:
        fake_scores(monkeypatch, [20.0] * 1000)


@pytest.fixture
def real_validation() -> None:
    pass
