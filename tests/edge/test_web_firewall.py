from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import new_stack, only, resources
from tests.left_behind import names_in

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/portal/1"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    WebFirewall(stack, "Firewall")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    WebFirewall(stack, "Firewall", bot_control=True)
    WebFirewall(stack, "Edge", web_acl_scope="CLOUDFRONT")
    assert_no_findings(app, all_packs=True)


def test_blocks_what_the_managed_groups_know(template: dict[str, Any]) -> None:
    rules = only(template, "AWS::WAFv2::WebACL")["Rules"]
    groups = [rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name") for rule in rules]
    assert groups == [
        None,
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    ]
    assert [rule["Priority"] for rule in rules] == list(range(len(rules)))
    assert all(rule["OverrideAction"] == {"None": {}} for rule in rules[1:])


def test_blocks_an_address_that_asks_too_often(template: dict[str, Any]) -> None:
    rule = only(template, "AWS::WAFv2::WebACL")["Rules"][0]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"] == {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": 2000}}


def test_every_rule_has_metrics(template: dict[str, Any]) -> None:
    acl = only(template, "AWS::WAFv2::WebACL")
    configs = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert all(config["CloudWatchMetricsEnabled"] for config in configs)
    assert len({config["MetricName"] for config in configs}) == len(configs)


def test_logs_encrypted_for_seven_years_under_a_name_that_waf_takes(template: dict[str, Any]) -> None:
    group = only(template, "AWS::Logs::LogGroup")
    (first,), (second,) = names_in(template, "AWS::Logs::LogGroup")
    assert first.startswith("aws-waf-logs-Clinic-Firewall-")
    # It outlives its stack, and a second deployment makes one of its own.
    assert first != second
    assert group["RetentionInDays"] == 2557
    assert "KmsKeyId" in group
    (arn,) = only(template, "AWS::WAFv2::LoggingConfiguration")["LogDestinationConfigs"]
    assert arn["Fn::Join"][1][-2] == ":logs:us-east-1:111122223333:log-group:"
    assert set(arn["Fn::Join"][1][-1]) == {"Ref"}


def test_logs_hold_no_secrets_and_no_query(template: dict[str, Any]) -> None:
    assert only(template, "AWS::WAFv2::LoggingConfiguration")["RedactedFields"] == [
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "cookie"}},
        {"QueryString": {}},
    ]


def test_samples_hold_no_secrets_and_no_body(template: dict[str, Any]) -> None:
    protections = only(template, "AWS::WAFv2::WebACL")["DataProtectionConfig"]["DataProtections"]
    assert {protection["Action"] for protection in protections} == {"SUBSTITUTION"}
    assert [protection["Field"] for protection in protections] == [
        {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization", "cookie"]},
        {"FieldType": "QUERY_STRING"},
        {"FieldType": "BODY"},
    ]


def test_takes_another_rate_and_bot_control_and_key_and_scope(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    WebFirewall(stack, "Firewall", rate_limit=100, bot_control=True, encryption_key=key, web_acl_scope="CLOUDFRONT")
    template = template_of(stack)
    acl = only(template, "AWS::WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    assert acl["Rules"][0]["Statement"]["RateBasedStatement"]["Limit"] == 100
    bots = acl["Rules"][-1]["Statement"]["ManagedRuleGroupStatement"]
    assert bots["ManagedRuleGroupConfigs"] == [{"AWSManagedRulesBotControlRuleSet": {"InspectionLevel": "COMMON"}}]
    assert len(resources(template, "AWS::KMS::Key")) == 1


def test_associates_resources_here_or_in_their_own_stack(app: cdk.App, stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall")
    firewall.associate(BALANCER)
    other = cdk.Stack(app, "Other", env=cdk.Environment(account="111122223333", region="us-east-1"))
    firewall.associate(f"{BALANCER}0", scope=other)
    assert only(template_of(stack), "AWS::WAFv2::WebACLAssociation")["ResourceArn"] == BALANCER
    assert only(template_of(other), "AWS::WAFv2::WebACLAssociation")["ResourceArn"] == f"{BALANCER}0"


def test_associates_a_resource_once(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall")
    firewall.associate(BALANCER)
    with pytest.raises(ValueError, match="it has this firewall already"):
        firewall.associate(BALANCER)


def test_leaves_distributions_to_name_their_firewall(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT")
    children = len(firewall.node.children)
    with pytest.raises(ValueError, match=r"web_acl_id=firewall\.web_acl_arn"):
        firewall.associate("arn:aws:cloudfront::111122223333:distribution/E1")
    assert len(firewall.node.children) == children


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate_limit": 9}, "rate_limit: got 9; allowed are 10 to 2000000000 requests"),
        ({"rate_limit": 2_000_000_001}, "rate_limit: got 2000000001"),
        ({"web_acl_scope": "GLOBAL"}, r"web_acl_scope=…\): got 'GLOBAL'"),
        ({"bot_control": "yes"}, "bot_control=…"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WebFirewall(stack, "Firewall", **arguments)
    assert not stack.node.children


def test_refuses_a_firewall_for_cloudfront_elsewhere_than_us_east_1() -> None:
    stack = new_stack("eu-west-1")
    with pytest.raises(ValueError, match="belongs in us-east-1, and this stack is in eu-west-1"):
        WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT")
    assert not stack.node.children
