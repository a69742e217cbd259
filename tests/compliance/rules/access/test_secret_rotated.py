from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

SECRET = one("AWS::SecretsManager::Secret")
ATTACHMENT = {
    "Attachment": {
        "Type": "AWS::SecretsManager::SecretTargetAttachment",
        "Properties": {"SecretId": {"Ref": "Subject"}},
    }
}


def _schedule(target: str, rules: Any) -> dict[str, Any]:
    properties = {"SecretId": {"Ref": target}, "RotationRules": rules}
    return {"Schedule": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (SECRET, "failed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 30}), "passed"),
        (SECRET | _schedule("Subject", {"ScheduleExpression": "rate(30 days)"}), "passed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 90}), "passed"),
        (SECRET | _schedule("Subject", {"AutomaticallyAfterDays": 365}), "failed"),
        (SECRET | ATTACHMENT | _schedule("Attachment", {"AutomaticallyAfterDays": "365"}), "failed"),
        (SECRET | _schedule("Subject", None), "failed"),
        (SECRET | _schedule("Subject", GIVEN), "unknown"),
        (SECRET | ATTACHMENT | _schedule("Attachment", {"AutomaticallyAfterDays": 30}), "passed"),
        (SECRET | ATTACHMENT, "failed"),
        (one("AWS::SSM::Parameter"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("secret_rotated", resources) == expected


@pytest.mark.parametrize(("rules", "severity"), [({"AutomaticallyAfterDays": 180}, "warning"), (None, None)])
def test_seldom_is_a_warning(rules: Any, severity: str | None) -> None:
    found = verdict("secret_rotated", SECRET | _schedule("Subject", rules))
    assert found is not None
    assert found.severity == severity


def test_secrets_manager_has_functions_for_logins_of_databases_alone() -> None:
    assert "AWS::SecretsManager-2024-09-16" in to_do("secret_rotated", {**SECRET, **ATTACHMENT})
    other = to_do("secret_rotated", SECRET)
    assert "RotationLambdaARN, of a function" in other
    assert "Transform" not in other
