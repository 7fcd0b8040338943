import os
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def database():
    subprocess.run(["alembic", "upgrade", "head"], check=True, env={**os.environ, "DATABASE_URL": "postgresql://localhost/t"})
    yield
    subprocess.run(["alembic", "downgrade", "base"], check=True)


@pytest.fixture
def ci(monkeypatch):
    monkeypatch.setenv("CI", "true")


def test_guard_refuses(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    from tools.guards import require_ci

    with pytest.raises(SystemExit):
        require_ci("x")
