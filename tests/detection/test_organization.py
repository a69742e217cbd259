"""What the administrator of an organization's detection services says for all accounts."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.account_baseline import SCANNED
from hipaa_constructs.detection.central_configuration import CentralConfiguration
from hipaa_constructs.detection.discovery_results_bucket import DiscoveryResultsBucket
from hipaa_constructs.detection.organization_compliance import OrganizationCompliance
from hipaa_constructs.detection.organization_detection import OrganizationDetection
from hipaa_constructs.detection.security_posture import SecurityPosture, standard_arns
from hipaa_constructs.detection.threat_detection import FEATURES, ThreatDetection
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of

SECURITY = "111122223333"


def fresh(region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Security", env=cdk.Environment(account=SECURITY, region=region))


def define(stack: cdk.Stack, *, macie: bool = True) -> OrganizationDetection:
    copies = cdk.Stack(stack.node.scope, "Copies", env=cdk.Environment(account=SECURITY, region="us-west-2"))
    results = None
    if macie:
        replica = EncryptedBucket.replica(copies, "Results")
        results = DiscoveryResultsBucket(stack, "Results", replication_destination=replica)
    detection = OrganizationDetection(
        stack,
        "Detection",
        accounts=["200000000002", "200000000001"],
        discovery_results=results,
        security_hub=True,
    )
    hub, root = detection.hub, detection.root_id
    assert hub is not None
    assert root is not None
    CentralConfiguration(stack, "Configuration", root_id=root, linked_regions=["us-west-2"], after=hub)
    OrganizationCompliance(stack, "Compliance", excluded_accounts=["200000000001"])
    return detection


@pytest.fixture(scope="module")
def synthesized() -> dict[str, Any]:
    stack = fresh()
    define(stack)
    return template_of(stack)


@pytest.fixture(scope="module")
def template(synthesized: dict[str, Any]) -> Template:
    return Template.from_json(synthesized)


def test_snapshot(synthesized: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert synthesized == snapshot


def test_has_no_findings() -> None:
    stack = fresh()
    define(stack)
    assert_no_findings(stack.node.root, all_packs=True)


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("Detective", {"AccountId": SECURITY, "Accounts": ["200000000001", "200000000002"]}),
        ("GuardDuty", {"Features": Match.any_value()}),
        ("Inspector", {"AccountId": SECURITY, "ResourceTypes": list(SCANNED)}),
        ("Macie", {"AccountId": SECURITY, "BucketName": Match.any_value(), "KmsKeyArn": Match.any_value()}),
        ("Root", {}),
        ("SecurityHub", {}),
    ],
)
def test_each_service_is_set_by_the_one_function_and_stays_on(
    template: Template, name: str, properties: dict[str, Any]
) -> None:
    template.has_resource(
        f"Custom::Organization{name}",
        {
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": [Match.string_like_regexp("^DetectionProvider"), "Arn"]},
                "Setting": f"Organization{name}",
                **properties,
            },
            "DependsOn": Match.array_with([Match.string_like_regexp("^DetectionSettings")]),
            "DeletionPolicy": "Retain",
        },
    )


def test_guard_duty_has_every_protection(template: Template) -> None:
    (setting,) = template.find_resources("Custom::OrganizationGuardDuty").values()
    features = setting["Properties"]["Features"]
    assert {one["Name"]: tuple(one.get("AdditionalConfiguration", ())) for one in features} == dict(FEATURES)


def test_macie_waits_for_a_bucket_that_it_may_write_to(template: Template) -> None:
    template.has_resource(
        "Custom::OrganizationMacie", {"DependsOn": Match.array_with([Match.string_like_regexp("^ResultsPolicy")])}
    )


def statements(template: Template) -> list[dict[str, Any]]:
    (policy,) = (
        one
        for key, one in template.find_resources("AWS::IAM::ManagedPolicy").items()
        if key.startswith("DetectionSettings")
    )
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_the_function_turns_nothing_off(template: Template) -> None:
    (settings,) = (one for one in statements(template) if one.get("Sid") == "Settings")
    words = ("Delete", "Disable", "Disassociate", "Stop", "Leave", "Remove")
    assert [one for one in settings["Action"] if one.partition(":")[2].startswith(words)] == []
    assert "*" not in str(settings["Action"])


def test_service_linked_roles_are_those_of_the_services(template: Template) -> None:
    made = {
        one["Resource"]["Fn::Join"][1][-1].removeprefix(f":iam::{SECURITY}:role/aws-service-role/"): one["Condition"]
        for one in statements(template)
        if one["Action"] == "iam:CreateServiceLinkedRole"
    }
    assert set(made) == {
        "agentless.inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2Agentless",
        "detective.amazonaws.com/AWSServiceRoleForDetective",
        "guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
        "inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2",
        "macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
        "malware-protection.guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDutyMalwareProtection",
        "securityhub.amazonaws.com/AWSServiceRoleForSecurityHub",
    }
    for name, condition in made.items():
        assert condition == {"StringEquals": {"iam:AWSServiceName": name.partition("/")[0]}}


def test_without_macie_nothing_of_it_is_asked_or_allowed() -> None:
    stack = fresh()
    define(stack, macie=False)
    template = Template.from_stack(stack)
    template.resource_count_is("Custom::OrganizationMacie", 0)
    assert "macie2:" not in str(statements(template))


def test_without_security_hub_there_is_neither_hub_nor_root() -> None:
    detection = OrganizationDetection(fresh(), "Detection", accounts=[], discovery_results=None)
    assert (detection.hub, detection.root_id) == (None, None)


@pytest.mark.parametrize(
    ("region", "service", "prefix"),
    [("ap-southeast-6", "Inspector", "inspector2"), ("cn-north-1", "Detective", "detective")],
)
def test_what_a_region_lacks_is_left_out(region: str, service: str, prefix: str) -> None:
    stack = fresh(region)
    OrganizationDetection(stack, "Detection", accounts=[], discovery_results=None)
    template = Template.from_stack(stack)
    template.resource_count_is(f"Custom::Organization{service}", 0)
    template.resource_count_is("Custom::OrganizationGuardDuty", 1)
    assert f"{prefix}:" not in str(statements(template))


def test_the_function_s_key_can_be_given(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    OrganizationDetection(stack, "Detection", accounts=[], discovery_results=None, encryption_key=key)
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_one_policy_goes_for_all_accounts_and_regions(synthesized: dict[str, Any], template: Template) -> None:
    template.has_resource_properties(
        "AWS::SecurityHub::FindingAggregator", {"RegionLinkingMode": "SPECIFIED_REGIONS", "Regions": ["us-west-2"]}
    )
    template.has_resource_properties(
        "AWS::SecurityHub::OrganizationConfiguration",
        {"ConfigurationType": "CENTRAL", "AutoEnable": False, "AutoEnableStandards": "NONE"},
    )
    (policy,) = template.find_resources("AWS::SecurityHub::ConfigurationPolicy").values()
    security_hub = policy["Properties"]["ConfigurationPolicy"]["SecurityHub"]
    assert security_hub["ServiceEnabled"] is True
    assert len(security_hub["EnabledStandardIdentifiers"]) == len(standard_arns(fresh())) == 3
    # All of a standard's controls are on, those too that Security Hub adds.
    assert security_hub["SecurityControlsConfiguration"] == {"DisabledSecurityControlIdentifiers": []}
    template.has_resource_properties(
        "AWS::SecurityHub::PolicyAssociation",
        {"TargetType": "ROOT", "TargetId": {"Ref": Match.string_like_regexp("^DetectionRoot")}},
    )


def test_the_policy_comes_after_central_configuration_and_that_after_the_hub(template: Template) -> None:
    for kind, before in (
        ("FindingAggregator", "^DetectionSecurityHub"),
        ("OrganizationConfiguration", "^ConfigurationAggregator"),
        ("ConfigurationPolicy", "^ConfigurationOrganization"),
    ):
        depends = {"DependsOn": Match.array_with([Match.string_like_regexp(before)])}
        template.has_resource(f"AWS::SecurityHub::{kind}", depends)


def test_aws_config_of_all_accounts_is_seen_here(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Config::ConfigurationAggregator",
        {"OrganizationAggregationSource": {"AllAwsRegions": True, "RoleArn": Match.any_value()}},
    )
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Principal": {"Service": "config.amazonaws.com"},
                            "Condition": {"StringEquals": {"aws:SourceAccount": SECURITY}},
                        }
                    )
                ]
            }
        },
    )


def test_the_pack_goes_where_it_is_not_yet(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Config::OrganizationConformancePack",
        {
            "ExcludedAccounts": ["200000000001"],
            "TemplateBody": Match.string_like_regexp("IAM_USER_MFA_ENABLED"),
        },
    )


def test_neither_aggregator_nor_pack_need_be_made() -> None:
    stack = fresh()
    compliance = OrganizationCompliance(stack, "Compliance", aggregator=False, excluded_accounts=None)
    assert compliance.conformance_pack is None
    assert Template.from_stack(stack).to_json().get("Resources", {}) == {}


def test_analyzers_look_at_the_organization() -> None:
    stack = fresh()
    AccessReview(stack, "Access", topic=AlertTopic(stack, "Alerts", emails=["a@b.example"]), organization=True)
    kinds = {
        one["Properties"]["Type"]
        for one in Template.from_stack(stack).find_resources("AWS::AccessAnalyzer::Analyzer").values()
    }
    assert kinds == {"ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS"}


def test_findings_of_linked_regions_that_are_told_there_are_not_told_here() -> None:
    stack = fresh()
    topic = AlertTopic(stack, "Alerts", emails=["a@b.example"])
    SecurityPosture(stack, "Posture", topic=topic, linked_regions=["us-west-2"])
    copies = cdk.Stack(stack.node.scope, "Copies", env=cdk.Environment(account=SECURITY, region="us-west-2"))
    ThreatDetection(stack, "Threats", topic=topic, replication_destination=EncryptedBucket.replica(copies, "Findings"))
    (rule,) = (
        one
        for one in Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
        if one["Properties"].get("EventPattern", {}).get("source") == ["aws.securityhub"]
    )
    (products,) = rule["Properties"]["EventPattern"]["detail"]["findings"]["ProductArn"]
    assert str(products).count("us-east-1::product/aws/guardduty") == 1
    assert str(products).count("us-west-2::product/aws/guardduty") == 1
