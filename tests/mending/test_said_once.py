"""A finding that speaks for several resources is mended in all of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.mending.test_mend import fixed, mended, properties, template


def _role() -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


@pytest.mark.parametrize(
    ("rule", "kind", "values", "changed"),
    [
        ("ServicesActForAccount", "AWS::IAM::Role", _role(), "AssumeRolePolicyDocument"),
        ("NoPublicAddress", "AWS::EC2::Subnet", {"MapPublicIpOnLaunch": True}, "MapPublicIpOnLaunch"),
        ("ResourceUseMonitored", "AWS::ECS::Cluster", {}, "ClusterSettings"),
    ],
)
def test_all_are_mended(rule: str, kind: str, values: dict[str, Any], changed: str, tmp_path: Path) -> None:
    text = template(kind, values, Second={"Type": kind, "Properties": copy.deepcopy(values)})
    found = mended(text, tmp_path)
    assert f"{rule} It" in fixed(found)
    after = [properties(found, name).get(changed) for name in ("It", "Second")]
    assert after[0] == after[1] != values.get(changed)
