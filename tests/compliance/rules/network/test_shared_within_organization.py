from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SHARE = "AWS::RAM::ResourceShare"
ACCOUNT = "111122223333"
ORGANIZATION = "arn:aws:organizations::222222222222:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::222222222222:ou/o-a1b2c3d4e5/ou-ab12-11111111"
MADE_HERE = {"Fn::GetAtt": ["Unit", "Arn"]}


def share(**properties: Any) -> dict[str, Any]:
    unit = {"Unit": {"Type": "AWS::Organizations::OrganizationalUnit", "Properties": {"Name": "staging"}}}
    return {**one(SHARE, Name="transit", **properties), **unit}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (share(AllowExternalPrincipals=False, Principals=[ACCOUNT]), "passed"),
        (share(AllowExternalPrincipals="false", Principals=[ACCOUNT]), "passed"),
        (share(AllowExternalPrincipals=False), "passed"),
        (share(Principals=[ORGANIZATION, UNIT]), "passed"),
        (share(AllowExternalPrincipals=True, Principals=[UNIT]), "passed"),
        (share(Principals=[ACCOUNT]), "failed"),
        (share(Principals=[UNIT, ACCOUNT]), "failed"),
        (share(AllowExternalPrincipals=True, Principals=[ACCOUNT]), "failed"),
        (share(Principals=["arn:aws:iam::111122223333:role/Reader"]), "failed"),
        (share(AllowExternalPrincipals=True), "failed"),
        (share(), "failed"),
        (share(AllowExternalPrincipals=GIVEN, Principals=[ACCOUNT]), "unknown"),
        (share(Principals=[MADE_HERE, UNIT]), "unknown"),
        (share(Principals=[MADE_HERE, ACCOUNT]), "failed"),
        (one("AWS::RAM::Permission"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("shared_within_organization", resources) == expected
