from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.testing import assert_no_findings, template_of

ENV = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture(scope="module")
def synthesized() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    AccountBaseline(stack, "Baseline")
    return template_of(stack)


@pytest.fixture(scope="module")
def template(synthesized: dict[str, Any]) -> Template:
    return Template.from_json(synthesized)


def test_snapshot(synthesized: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert synthesized == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    AccountBaseline(stack, "Baseline")
    assert_no_findings(app, all_packs=True)


def test_every_setting_goes_through_one_function_that_may_do_just_that(template: Template) -> None:
    template.resource_count_is("AWS::Lambda::Function", 1)
    (function,) = template.find_resources("AWS::Lambda::Function")
    token = {"Fn::GetAtt": [function, "Arn"]}
    for setting, properties in {
        "ConfigRole": {},
        "EbsEncryption": {"KmsKeyId": {"Fn::GetAtt": [Match.string_like_regexp("^BaselineKey"), "Arn"]}},
        "Inspector": {"AccountId": "111122223333", "ResourceTypes": ["EC2", "ECR", "LAMBDA"]},
        "PasswordPolicy": {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24, "MaxPasswordAge": 90},
        "S3PublicAccessBlock": {"AccountId": "111122223333"},
    }.items():
        template.has_resource(
            f"Custom::{setting}",
            {
                "Properties": {"ServiceToken": token, "Setting": setting, **properties},
                "DependsOn": [Match.string_like_regexp("^BaselineSettings")],
            },
        )


def test_the_function_keeps_what_it_could_not_do_and_logs_for_seven_years(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "DeadLetterConfig": {"TargetArn": Match.any_value()},
            "ReservedConcurrentExecutions": 2,
            "KmsKeyArn": Match.any_value(),
            "VpcConfig": Match.absent(),
        },
    )
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 2557, "KmsKeyId": Match.any_value()})


def test_service_linked_roles_are_the_three_of_config_and_inspector(template: Template) -> None:
    made = [
        statement["Condition"]["StringEquals"]["iam:AWSServiceName"]
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:CreateServiceLinkedRole"
    ]
    assert sorted(made) == [
        "agentless.inspector2.amazonaws.com",
        "config.amazonaws.com",
        "inspector2.amazonaws.com",
    ]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::EC2::SnapshotBlockPublicAccess", {"State": "block-all-sharing"}),
        ("AWS::EC2::VPCBlockPublicAccessOptions", {"InternetGatewayBlockMode": "block-bidirectional"}),
    ],
)
def test_blocks_stay_when_the_stack_goes_but_not_after_a_failed_creation(
    template: Template, kind: str, properties: dict[str, str]
) -> None:
    policies = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    template.has_resource(kind, {"Properties": properties, **policies})


@pytest.mark.parametrize("given", [False, True])
def test_the_key_of_new_volumes_stays_after_a_failed_creation_too(stack: cdk.Stack, given: bool) -> None:
    AccountBaseline(stack, "Baseline", encryption_key=KmsRotatedKey(stack, "Key").key if given else None)
    (key,) = (one for one in template_of(stack)["Resources"].values() if one["Type"] == "AWS::KMS::Key")
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_volumes_of_this_account_alone_may_use_the_key(template: Template) -> None:
    template.has_resource_properties(
        "AWS::KMS::Key",
        {
            "EnableKeyRotation": True,
            "KeyPolicy": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Sid": "VolumesOfThisAccount",
                                "Principal": {"AWS": "*"},
                                "Action": Match.array_with(["kms:CreateGrant"]),
                                "Condition": {
                                    "StringEquals": {
                                        "kms:CallerAccount": "111122223333",
                                        "kms:ViaService": ["ec2.us-east-1.amazonaws.com"],
                                    }
                                },
                            }
                        )
                    ]
                )
            },
        },
    )


def test_reserve_concurrency(app: cdk.App, stack: cdk.Stack) -> None:
    AccountBaseline(stack, "Baseline", reserve_concurrency=False)
    assert_no_findings(app, all_packs=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"ReservedConcurrentExecutions": Match.absent()}
    )


def test_outbound_internet_lets_nat_gateways_through(stack: cdk.Stack) -> None:
    AccountBaseline(stack, "Baseline", outbound_internet=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::VPCBlockPublicAccessOptions", {"InternetGatewayBlockMode": "block-ingress"}
    )


def test_load_balancer_subnets_stay_open(stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Vpc", max_azs=2, load_balancer_subnets=True)
    AccountBaseline(stack, "Baseline", load_balancer_subnets=vpc.vpc.public_subnets)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::VPCBlockPublicAccessExclusion", 2)
    template.has_resource_properties(
        "AWS::EC2::VPCBlockPublicAccessExclusion",
        {"InternetGatewayExclusionMode": "allow-bidirectional", "SubnetId": {"Ref": Match.any_value()}},
    )


def test_a_key_of_your_own_is_used(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert AccountBaseline(stack, "Baseline", encryption_key=key).encryption_key is key
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::KMS::Key", 1)
    template.has_resource_properties("Custom::EbsEncryption", {"KmsKeyId": stack.resolve(key.key_arn)})


def test_an_imported_key_is_warned_of(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/1234")
    AccountBaseline(stack, "Baseline", encryption_key=key)
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("policy of an imported key.*ec2"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"outbound_internet": "no"}, r"AccountBaseline\(outbound_internet=…\): got 'no'; it takes bool"),
        ({"load_balancer_subnets": ["subnet-1"]}, r"AccountBaseline\(load_balancer_subnets=…\)"),
        ({"encryption_key": "alias/x"}, r"AccountBaseline\(encryption_key=…\)"),
    ],
)
def test_wrong_types_are_refused_before_anything_is_defined(
    stack: cdk.Stack, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        AccountBaseline(stack, "Baseline", **arguments)
    assert stack.node.try_find_child("Baseline") is None
