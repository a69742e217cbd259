from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, one, verdict

TABLE = "AWS::DynamoDB::Table"
EXPIRING = {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}
_MODULES = ("retained_on_delete", "point_in_time_recovery", "deletion_protected", "store_backed_up")


def _key(name: str) -> dict[str, Any]:
    return {"KeySchema": [{"AttributeName": name, "KeyType": "HASH"}]}


def _said(properties: dict[str, Any], kind: str = TABLE) -> list[tuple[str, str | None]]:
    found = [verdict(module, one(kind, **properties)) for module in _MODULES]
    return [(answer.outcome.value, answer.severity) for answer in found if answer]


@pytest.mark.parametrize(
    "properties",
    [
        {**EXPIRING, **_key("connectionId")},
        {**EXPIRING, "TableName": "portal-sessions"},
        {**EXPIRING, "TableName": "IdempotencyTable"},
        _key("LockID"),
    ],
)
def test_what_passes_weighs_less_and_is_said_less_often(properties: dict[str, Any]) -> None:
    warned, silent = ("failed", "warning"), ("not_applicable", None)
    assert _said(properties) == [warned, warned, silent, silent]
    told = verdict("retained_on_delete", one(TABLE, **properties))
    assert told is not None
    assert "It weighs less, since its " in told.message


@pytest.mark.parametrize(
    "properties",
    [
        {},
        # Records of an audit expire too.
        {**EXPIRING, "TableName": "audit"},
        {**EXPIRING, **_key("id")},
        {**EXPIRING, "TableName": "SessionHistory"},
        {**EXPIRING, "TableName": "chat-sessions"},
        {**EXPIRING, **_key("patientId"), "TableName": "sessions"},
        _key("connectionId"),
        {**_key("connectionId"), "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": False}},
        {**_key("connectionId"), "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": GIVEN}},
    ],
)
def test_what_may_be_a_record_weighs_as_much_as_ever(properties: dict[str, Any]) -> None:
    warned, grave = ("failed", "warning"), ("failed", None)
    assert _said(properties) == [grave, grave, warned, warned]


def test_what_is_met_passes() -> None:
    kept = {"DeletionProtectionEnabled": True, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    answers = _said({**EXPIRING, **_key("connectionId"), **kept})
    assert [outcome for outcome, _ in answers] == ["failed", "passed", "passed", "not_applicable"]
