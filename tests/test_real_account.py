"""Each fault is seen where it is; the landing zone's and the examples' own tests see that they have none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real_account import faults


def resource(kind: str, *depends_on: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "DependsOn": list(depends_on), "Properties": properties}


def acl(**field: Any) -> dict[str, Any]:
    return resource("AWS::WAFv2::WebACL", DataProtectionConfig={"DataProtections": [{"Field": field}]})


def method(*declared: str) -> dict[str, Any]:
    return resource(
        "AWS::ApiGateway::Method",
        MethodResponses=[{"StatusCode": code} for code in declared],
        Integration={"IntegrationResponses": [{"StatusCode": "200"}]},
    )


def rule(state: str, kind: str = "AWS API Call via CloudTrail") -> dict[str, Any]:
    return resource("AWS::Events::Rule", State=state, EventPattern={"detail-type": [kind]})


def plan(**window: int) -> dict[str, Any]:
    rules = [
        {
            "RuleName": name,
            "ScheduleExpression": f"cron(0 {hour} * * ? *)",
            "EnableContinuousBackup": name == "Continuous",
            "Lifecycle": {"DeleteAfterDays": 35},
            **window,
        }
        for name, hour in (("Continuous", 3), ("Daily", 5))
    ]
    return resource("AWS::Backup::BackupPlan", BackupPlan={"BackupPlanRule": rules})


def bucket(policy: str) -> dict[str, dict[str, Any]]:
    encryption = {"ServerSideEncryptionByDefault": {"KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}
    return {
        "Records": resource("AWS::S3::Bucket", BucketEncryption={"ServerSideEncryptionConfiguration": [encryption]}),
        "Key": resource("AWS::KMS::Key", KeyPolicy=policy),
    }


STANDARD = "AWS::SecurityHub::Standard"
READ = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"Acl": acl(FieldType="SINGLE_COOKIE")}, ["Acl: SINGLE_COOKIE with keys None"]),
        ({"Acl": acl(FieldType="BODY", FieldKeys=["x"])}, ["Acl: BODY with keys ['x']"]),
        ({"Acl": acl(FieldType="SINGLE_HEADER", FieldKeys=["cookie"])}, []),
        ({"Post": method("400")}, ["Post: 200 is not declared"]),
        ({"Post": method("200")}, []),
        ({"Taken": rule("ENABLED")}, ["Taken: sees no reads"]),
        ({"Taken": rule(READ)}, []),
        ({"Found": rule("ENABLED", "GuardDuty Finding")}, []),
        ({"A": resource(STANDARD), "B": resource(STANDARD)}, ["B: starts with A"]),
        ({"A": resource(STANDARD), "B": resource(STANDARD, "A")}, []),
        ({"Plan": plan()}, ["Plan: Daily runs instead of Continuous"]),
        ({"Plan": plan(StartWindowMinutes=60)}, []),
        (bucket("GrantToAwsServices"), ["Records: Macie cannot decrypt it"]),
        (bucket("GrantToAwsServices AWSServiceRoleForAmazonMacie"), []),
        (bucket("plain"), []),
    ],
)
def test_sees(resources: dict[str, Any], expected: list[str]) -> None:
    assert faults({"Resources": resources}) == expected
