from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_shield as shield
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.ddos_protection import DdosProtection
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import new_stack, only, resources

PORTAL = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/portal/1"
EDGE = "arn:aws:cloudfront::111122223333:distribution/E1"
Contact = shield.CfnProactiveEngagement.EmergencyContactProperty
ON_CALL = Contact(email_address="oncall@example.com", phone_number="+12065550100", contact_notes="Around the clock")


def protection_in(stack: cdk.Stack, **arguments: Any) -> DdosProtection:
    defaults: dict[str, Any] = {"resource_arns": {"Portal": PORTAL, "Edge": EDGE}, "emergency_contacts": [ON_CALL]}
    return DdosProtection(stack, "Ddos", **{**defaults, **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    check = route53.HealthCheck.from_health_check_id(stack, "Check", "check-1")
    protection_in(stack, health_checks={"Portal": check})
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    protection_in(stack)
    assert_no_findings(app, all_packs=True)


def test_protects_each_resource_with_its_health_check(template: dict[str, Any]) -> None:
    found = {item["Properties"]["ResourceArn"]: item for item in resources(template, "AWS::Shield::Protection")}
    assert set(found) == {PORTAL, EDGE}
    (check,) = found[PORTAL]["Properties"]["HealthCheckArns"]
    assert check["Fn::Join"][1][-1] == ":route53:::healthcheck/check-1"
    assert "HealthCheckArns" not in found[EDGE]["Properties"]


def test_groups_what_is_protected(template: dict[str, Any]) -> None:
    (group,) = resources(template, "AWS::Shield::ProtectionGroup")
    assert group["Properties"]["Members"] == [PORTAL, EDGE]
    assert group["Properties"]["Pattern"] == "ARBITRARY"
    assert len(group["Properties"]["ProtectionGroupId"]) <= 36
    waits_for = {template["Resources"][name]["Type"] for name in group["DependsOn"]}
    assert waits_for == {"AWS::Shield::Protection"}


def test_the_response_team_gets_in_and_calls(template: dict[str, Any]) -> None:
    role = only(template, "AWS::IAM::Role")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "drt.shield.amazonaws.com"}
    (policy,) = role["ManagedPolicyArns"]
    assert policy["Fn::Join"][1][-1] == ":iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
    (engagement,) = resources(template, "AWS::Shield::ProactiveEngagement")
    assert engagement["Properties"]["ProactiveEngagementStatus"] == "ENABLED"
    assert engagement["Properties"]["EmergencyContactList"] == [
        {"ContactNotes": "Around the clock", "EmailAddress": "oncall@example.com", "PhoneNumber": "+12065550100"}
    ]
    assert [template["Resources"][name]["Type"] for name in engagement["DependsOn"]] == ["AWS::Shield::DRTAccess"]


def test_the_response_team_may_read_log_buckets(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Logs", enforce_ssl=True)
    protection_in(stack, log_buckets=[bucket, s3.Bucket.from_bucket_name(stack, "Other", "other-logs")])
    found = template_of(stack)
    (access,) = resources(found, "AWS::Shield::DRTAccess")
    assert access["Properties"]["LogBucketList"] == [stack.resolve(bucket.bucket_name), "other-logs"]
    assert [found["Resources"][name]["Type"] for name in access["DependsOn"]] == ["AWS::S3::BucketPolicy"]


def test_shows_its_parts(stack: cdk.Stack) -> None:
    protection = protection_in(stack)
    assert set(protection.protections) == {"Portal", "Edge"}
    assert protection.protection_group.pattern == "ARBITRARY"
    assert protection.response_team_role.node.path == "Clinic/Ddos/ResponseTeam"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resource_arns": {}}, r"resource_arns: got \{\}; it takes at least one"),
        ({"resource_arns": {"a b": PORTAL}}, "resource_arns: got 'a b'; names are"),
        ({"emergency_contacts": []}, "emergency_contacts: got '0 contacts'; it takes 1 to 10"),
        ({"emergency_contacts": [ON_CALL] * 11}, "emergency_contacts: got '11 contacts'"),
        ({"emergency_contacts": [Contact(email_address="a@example.com")]}, "no phone_number"),
        (
            {"emergency_contacts": [Contact(email_address="a@example.com", phone_number="206-555-0100")]},
            r"got '206-555-0100'; telephone numbers are written in E\.164",
        ),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        protection_in(stack, **arguments)
    assert not stack.node.children


def test_refuses_a_health_check_of_nothing(stack: cdk.Stack) -> None:
    check = route53.HealthCheck.from_health_check_id(stack, "Check", "check-1")
    with pytest.raises(ValueError, match=r"health_checks: got \['Api'\]; .* Portal, Edge"):
        protection_in(stack, health_checks={"Api": check})
    assert stack.node.try_find_child("Ddos") is None


def test_refuses_too_many_buckets(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Logs", "logs")
    with pytest.raises(ValueError, match="log_buckets: got '11 buckets'; Shield takes at most 10"):
        protection_in(stack, log_buckets=[bucket] * 11)
    assert stack.node.try_find_child("Ddos") is None
