from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.firewall_manager_policies import FirewallManagerPolicies
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import new_stack, resources

DESTINATION = "arn:aws:firehose:us-east-1:111122223333:deliverystream/aws-waf-logs-central"


def policies_in(stack: cdk.Stack, **arguments: Any) -> FirewallManagerPolicies:
    defaults: dict[str, Any] = {
        "log_destination_arn": DESTINATION,
        "allowed_rules": ec2.SecurityGroup.from_security_group_id(stack, "Allowed", "sg-1"),
    }
    return FirewallManagerPolicies(stack, "Policies", **{**defaults, **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    policies_in(stack)
    return template_of(stack)


def by_type(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [item["Properties"] for item in resources(template, "AWS::FMS::Policy")]
    return {properties["SecurityServicePolicyData"]["Type"]: properties for properties in found}


def data(properties: dict[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(properties["SecurityServicePolicyData"]["ManagedServiceData"])
    assert written["type"] == properties["SecurityServicePolicyData"]["Type"]
    return written


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    policies_in(stack, shield_advanced=True)
    assert_no_findings(app, all_packs=True)


def test_puts_the_managed_rules_before_what_has_no_firewall(template: dict[str, Any]) -> None:
    policy = by_type(template)["WAFV2"]
    assert policy["RemediationEnabled"] is True
    assert policy["ResourceTypeList"] == ["AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ApiGateway::Stage"]
    groups = data(policy)["preProcessRuleGroups"]
    assert [group["managedRuleGroupIdentifier"]["managedRuleGroupName"] for group in groups] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    ]
    assert {group["overrideAction"]["type"] for group in groups} == {"NONE"}
    assert data(policy)["overrideCustomerWebACLAssociation"] is False


def test_logs_without_secrets_and_queries(template: dict[str, Any]) -> None:
    logging = data(by_type(template)["WAFV2"])["loggingConfiguration"]
    assert logging["logDestinationConfigs"] == [DESTINATION]
    assert logging["redactedFields"] == [
        {"redactedFieldType": "SingleHeader", "redactedFieldValue": "authorization"},
        {"redactedFieldType": "SingleHeader", "redactedFieldValue": "cookie"},
        {"redactedFieldType": "QueryString"},
    ]


def test_corrects_rules_beyond_the_allowed(template: dict[str, Any]) -> None:
    policy = by_type(template)["SECURITY_GROUPS_CONTENT_AUDIT"]
    assert policy["RemediationEnabled"] is True
    assert data(policy)["securityGroups"] == [{"id": "sg-1"}]
    assert data(policy)["securityGroupAction"] == {"type": "ALLOW"}
    assert {"denyProtocolAllValue": True} in data(policy)["preManagedOptions"]


def test_reports_unused_groups_and_removes_none(template: dict[str, Any]) -> None:
    assert by_type(template)["SECURITY_GROUPS_USAGE_AUDIT"]["RemediationEnabled"] is False


def test_leaves_protections_in_place_when_a_policy_goes(template: dict[str, Any]) -> None:
    assert {policy["DeleteAllPolicyResources"] for policy in by_type(template).values()} == {False}


def test_takes_units_and_shield(stack: cdk.Stack) -> None:
    construct = policies_in(stack, organizational_unit_ids=["ou-ab12-11111111"], shield_advanced=True)
    found = by_type(template_of(stack))
    assert set(construct.policies) == {"Waf", "SecurityGroupRules", "SecurityGroupUsage", "Shield"}
    assert all(policy["IncludeMap"] == {"ORGUNIT": ["ou-ab12-11111111"]} for policy in found.values())
    assert "AWS::EC2::EIP" in found["SHIELD_ADVANCED"]["ResourceTypeList"]


def test_takes_a_bucket_as_log_destination(stack: cdk.Stack) -> None:
    policies_in(stack, log_destination_arn="arn:aws:s3:::aws-waf-logs-central")
    logging = data(by_type(template_of(stack))["WAFV2"])["loggingConfiguration"]
    assert logging["logDestinationConfigs"] == ["arn:aws:s3:::aws-waf-logs-central"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"log_destination_arn": "arn:aws:s3:::logs"}, "log_destination_arn: got 'arn:aws:s3:::logs'; WAF logs to"),
        ({"organizational_unit_ids": ["r-ab12"]}, "organizational_unit_ids: got 'r-ab12'; it takes ids"),
        ({"allowed_rules": "sg-1"}, "allowed_rules=…"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policies_in(stack, **arguments)
    assert stack.node.try_find_child("Policies") is None
