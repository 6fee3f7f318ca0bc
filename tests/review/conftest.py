"""Reviewing in an empty directory, and small sets of policies."""

from pathlib import Path

import pytest

from tests.cli.conftest import Netpolx, Run, netpolx

__all__ = ["Netpolx", "Run", "netpolx"]


def network_policy(name: str, *, app: str = "db", peer: str = "web", port: int = 5432, namespace: str = "prod") -> str:
    """One peer may reach one app on one port."""
    return (
        "apiVersion: networking.k8s.io/v1\n"
        "kind: NetworkPolicy\n"
        "metadata:\n"
        f"  name: {name}\n"
        f"  namespace: {namespace}\n"
        "spec:\n"
        "  podSelector:\n"
        "    matchLabels:\n"
        f"      app: {app}\n"
        "  ingress:\n"
        "  - from:\n"
        "    - podSelector:\n"
        "        matchLabels:\n"
        f"          app: {peer}\n"
        "    ports:\n"
        f"    - port: {port}\n"
    )


def write(files: dict[str, str], folder: Path | None = None) -> None:
    """Files below a directory, the current one unless said."""
    for name, text in files.items():
        path = (folder or Path()) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def quiet_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git without the settings of whoever runs the tests."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CEILING_DIRECTORIES": str(tmp_path.parent),
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
