from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.encrypted_log_group import PHI_IDENTIFIERS, EncryptedLogGroup
from hipaa_constructs.testing import assert_no_findings, template_of


def group_of(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup")
    return found


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    EncryptedLogGroup(stack, "Logs")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    EncryptedLogGroup(stack, "Logs")
    assert_no_findings(app, all_packs=True)


def test_is_under_a_key_that_cloudwatch_logs_may_use(template: dict[str, Any]) -> None:
    key = template["Resources"][group_of(template)["Properties"]["KmsKeyId"]["Fn::GetAtt"][0]]
    services = [s["Principal"].get("Service") for s in key["Properties"]["KeyPolicy"]["Statement"]]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert services.count("logs.us-east-1.amazonaws.com") == 1


def test_is_kept_seven_years_and_beyond_the_stack(template: dict[str, Any]) -> None:
    group = group_of(template)
    assert group["Properties"]["RetentionInDays"] == 2557
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_masks_phi_with_the_same_identifiers_as_it_finds(template: dict[str, Any]) -> None:
    policy = group_of(template)["Properties"]["DataProtectionPolicy"]
    find, mask = policy["Statement"]
    assert find["Operation"] == {"Audit": {"FindingsDestination": {}}}
    assert mask["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    assert find["DataIdentifier"] == mask["DataIdentifier"]
    names = [str(arn["Fn::Join"][1][-1]).rpartition("/")[2] for arn in mask["DataIdentifier"]]
    assert names == list(PHI_IDENTIFIERS)


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    EncryptedLogGroup(stack, "Logs", encryption_key=key)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::KMS::Key", 1)
    assert group_of(template.to_json())["Properties"]["KmsKeyId"] == stack.resolve(key.key_arn)


def test_takes_a_name(stack: cdk.Stack) -> None:
    EncryptedLogGroup(stack, "Logs", log_group_name="/clinic/app")
    assert group_of(template_of(stack))["Properties"]["LogGroupName"] == "/clinic/app"


@pytest.mark.parametrize(
    ("retention", "days"), [(logs.RetentionDays.SIX_YEARS, 2192), (logs.RetentionDays.INFINITE, None)]
)
def test_takes_a_retention_of_six_years_or_more(
    stack: cdk.Stack, retention: logs.RetentionDays, days: int | None
) -> None:
    EncryptedLogGroup(stack, "Logs", retention=retention)
    assert group_of(template_of(stack))["Properties"].get("RetentionInDays") == days


def test_masks_what_it_is_told(stack: cdk.Stack) -> None:
    EncryptedLogGroup(stack, "Logs", masked_identifiers=["Ssn-US"])
    policy = group_of(template_of(stack))["Properties"]["DataProtectionPolicy"]
    assert len(policy["Statement"][0]["DataIdentifier"]) == 1


def test_masks_nothing_on_request(stack: cdk.Stack) -> None:
    EncryptedLogGroup(stack, "Logs", masked_identifiers=[])
    assert "DataProtectionPolicy" not in group_of(template_of(stack))["Properties"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"retention": logs.RetentionDays.FIVE_YEARS}, r"retention: got 'FIVE_YEARS'; 45 CFR 164\.316"),
        ({"retention": logs.RetentionDays.ONE_DAY}, "retention: got 'ONE_DAY'.*SEVEN_YEARS"),
        ({"retention": 2557}, r"EncryptedLogGroup\(retention=…\): got 2557; it takes"),
        ({"masked_identifiers": "Ssn-US"}, "masked_identifiers=…"),
        ({"masked_identifiers": ["not an identifier"]}, "masked_identifiers: got 'not an identifier'"),
        ({"log_group_name": "no spaces"}, "log_group_name: got 'no spaces'"),
        ({"encryption_key": "arn:aws:kms:…"}, "encryption_key=…"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedLogGroup(stack, "Logs", **arguments)
    assert not stack.node.children
