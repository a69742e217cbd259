from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from hipaa_constructs.mcp.server import make_server
from tests.mcp.client import Asked, connected

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server of a module reads; each test has files of its own in it."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def ask(root: Path) -> Iterator[Asked]:
    with connected(make_server(root, today=TODAY)) as asked:
        yield asked
