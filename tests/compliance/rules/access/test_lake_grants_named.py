from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SETTINGS = "AWS::LakeFormation::DataLakeSettings"
ROLE = "arn:aws:iam::111122223333:role/research"


def _default(principal: Any, permissions: Any = ("ALL",)) -> list[Any]:
    return [{"Principal": {"DataLakePrincipalIdentifier": principal}, "Permissions": list(permissions)}]


def _grant(principal: Any, **given: Any) -> dict[str, Any]:
    named = {"DataLakePrincipalIdentifier": principal}
    return one("AWS::LakeFormation::PrincipalPermissions", Principal=named, Permissions=["SELECT"], **given)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(SETTINGS), "passed"),
        (one(SETTINGS, CreateTableDefaultPermissions=[], CreateDatabaseDefaultPermissions=[]), "passed"),
        (one(SETTINGS, CreateTableDefaultPermissions=_default("IAM_ALLOWED_PRINCIPALS")), "failed"),
        (one(SETTINGS, CreateDatabaseDefaultPermissions=_default("IAM_ALLOWED_PRINCIPALS")), "failed"),
        (one(SETTINGS, CreateTableDefaultPermissions=_default("IAM_ALLOWED_PRINCIPALS", ())), "passed"),
        (one(SETTINGS, CreateTableDefaultPermissions=_default(GIVEN)), "unknown"),
        (one(SETTINGS, CreateTableDefaultPermissions=GIVEN), "unknown"),
        (_grant(ROLE, PermissionsWithGrantOption=[]), "passed"),
        (_grant(ROLE, PermissionsWithGrantOption=["SELECT"]), "passed"),
        (_grant(ROLE, PermissionsWithGrantOption=["ALL"]), "failed"),
        (_grant(ROLE, PermissionsWithGrantOption=["SELECT", GIVEN]), "unknown"),
        (_grant("IAM_ALLOWED_PRINCIPALS"), "failed"),
        (_grant("111122223333:IAMPrincipals"), "failed"),
        (_grant({"Fn::Sub": "${AWS::AccountId}:IAMPrincipals"}), "failed"),
        (_grant(GIVEN), "unknown"),
        (
            one(
                "AWS::LakeFormation::Permissions",
                DataLakePrincipal={"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                Permissions=["ALL"],
            ),
            "failed",
        ),
        (
            one(
                "AWS::LakeFormation::Permissions",
                DataLakePrincipal={"DataLakePrincipalIdentifier": ROLE},
                Permissions=["ALL"],
            ),
            "passed",
        ),
        (one("AWS::Glue::Database", DatabaseInput={"Name": "claims"}), "passed"),
        (
            one(
                "AWS::Glue::Database",
                DatabaseInput={"CreateTableDefaultPermissions": _default("IAM_ALLOWED_PRINCIPALS")},
            ),
            "failed",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("lake_grants_named", resources) == expected
