"""Every row of the table of settings: somebody honours it, from the moment on at which it is changed."""

from pathlib import Path

import pytest

from terminal.settings import names, value_of
from tests import setting_proofs_screen, setting_proofs_session
from tests.setting_proofs import PROOFS, Stage

FILES_OF_PROOFS = (setting_proofs_screen, setting_proofs_session)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Stage(tmp_path)


def test_every_setting_has_its_proof() -> None:
    assert sorted(PROOFS) == sorted(names())


@pytest.mark.parametrize("name", names())
def test_the_setting_is_honoured(name: str, stage: Stage) -> None:
    PROOFS[name](stage)


def test_a_value_that_does_not_fit_changes_nothing_anywhere(stage: Stage) -> None:
    before = {name: value_of(stage.client.settings, name) for name in names()}
    stage.core.type("/set scrollback no", "/set theme none", "/set pacing_burst 0")
    assert {name: value_of(stage.client.settings, name) for name in names()} == before
