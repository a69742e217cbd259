"""A finding that speaks for several resources is mended in all of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.mending.test_mend import fixed, mended, properties, template


def _role() -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"AssumeRolePolicyDocument": document, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}


@pytest.mark.parametrize(
    ("rule", "kind", "values", "changed"),
    [
        ("ServicesActForAccount", "AWS::IAM::Role", _role(), "AssumeRolePolicyDocument"),
        ("ResourceUseMonitored", "AWS::ECS::Cluster", {}, "ClusterSettings"),
        (
            "RuntimeSupported",
            "AWS::Lambda::Function",
            {"Runtime": "python3.8", "Handler": "index.run", "Code": {"ZipFile": "import json"}},
            "Runtime",
        ),
    ],
)
def test_all_are_mended(rule: str, kind: str, values: dict[str, Any], changed: str, tmp_path: Path) -> None:
    text = template(kind, values, Second={"Type": kind, "Properties": copy.deepcopy(values)})
    found = mended(text, tmp_path)
    assert f"{rule} It" in fixed(found)
    after = [properties(found, name).get(changed) for name in ("It", "Second")]
    assert after[0] == after[1] != values.get(changed)


def test_the_queries_of_all_networks_are_logged(tmp_path: Path) -> None:
    network = {"CidrBlock": "10.0.0.0/16"}
    text = template("AWS::EC2::VPC", network, Second={"Type": "AWS::EC2::VPC", "Properties": network})
    found = mended(text, tmp_path, rules=["DnsQueriesLogged"])
    assert fixed(found) == {"DnsQueriesLogged It"}
    assert {"ItQueryLoggingAssociation", "SecondQueryLoggingAssociation"} <= set(found.added)
