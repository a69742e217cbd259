from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

CLIENT, POOL = "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPool"
CLOSED = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}


def _pool(*attributes: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"Pool": {"Type": POOL, "Properties": {"Schema": list(attributes), **settings}}}


def _client(**properties: Any) -> dict[str, Any]:
    return one(CLIENT, UserPoolId={"Ref": "Pool"}, **properties)


def _custom(name: Any, mutable: Any = True, **more: Any) -> dict[str, Any]:
    return {"Name": name, "AttributeDataType": "String", "Mutable": mutable, **more}


ROLE, EMAIL = _custom("role"), _custom("email")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_client() | _pool(ROLE, **CLOSED), "failed"),
        (_client(WriteAttributes=["email", "custom:role"]) | _pool(ROLE, **CLOSED), "failed"),
        (_client(WriteAttributes=["email"]) | _pool(ROLE), "passed"),
        (_client(WriteAttributes=GIVEN) | _pool(ROLE), "unknown"),
        # It never changes, but whoever signs up says it first.
        (_client() | _pool(_custom("role", False), **CLOSED), "passed"),
        (_client() | _pool(_custom("role", False)), "failed"),
        (_client() | _pool(_custom("role", GIVEN), **CLOSED), "unknown"),
        (_client() | _pool(_custom("role", DeveloperOnlyAttribute=True)), "not_applicable"),
        (_client() | _pool(EMAIL), "not_applicable"),
        (_client() | _pool(), "not_applicable"),
        (_client(AllowedOAuthFlows=["client_credentials"]) | _pool(ROLE), "not_applicable"),
        (one(CLIENT, UserPoolId="us-east-1_abc"), "not_applicable"),
        (one(CLIENT, UserPoolId=GIVEN), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("user_rights_protected", resources) == expected


@pytest.mark.parametrize(
    ("name", "decides"),
    [
        ("role", True),
        ("custom:role", True),
        ("userRoles", True),
        ("isAdmin", True),
        ("tenant_id", True),
        ("tenantID", True),
        ("access-permissions", True),
        ("organizationId", True),
        ("clinic", True),
        ("group", True),
        ("blood_group", False),
        ("clinic_phone", False),
        ("organizationSize", False),
        ("patientId", False),
        ("parole", False),
        ("mrn", False),
    ],
)
def test_which_attributes_say_what_somebody_may_do(name: str, decides: bool) -> None:
    assert judged("user_rights_protected", _client() | _pool(_custom(name))) == (
        "failed" if decides else "not_applicable"
    )


def test_what_users_may_write_is_named() -> None:
    pool = _pool(ROLE, _custom("tenantId"), EMAIL)
    found = verdict("user_rights_protected", _client(WriteAttributes=["custom:role", "custom:tenantId"]) | pool)
    assert found is not None
    assert found.message == "WriteAttributes lets users write custom:role, custom:tenantId of their own account."
    found = verdict("user_rights_protected", _client() | pool)
    assert found is not None
    assert found.message.startswith("WriteAttributes is not set, so users may be able to write custom:role")
