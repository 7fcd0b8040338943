import pytest

from ops.checks import only_in_ci


def test_stops_outside_ci(monkeypatch):
    monkeypatch.setenv("CI", "false")
    with pytest.raises(SystemExit):
        only_in_ci("x")
