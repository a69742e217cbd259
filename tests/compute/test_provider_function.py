from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in

HANDLER = "handlers.default_security_group.handle"
PASSWORD_POLICY = iam.PolicyStatement(
    actions=["iam:GetAccountPasswordPolicy"], resources=["arn:aws:iam::111122223333:role/example"]
)


def define(stack: cdk.Stack, **arguments: Any) -> ProviderFunction:
    return ProviderFunction(stack, "Provider", handler=HANDLER, vpc=vpc_in(stack), **arguments)


@pytest.fixture(scope="module")
def synthesized() -> tuple[dict[str, Any], set[str]]:
    """The template, and the names of the files that are deployed as the function's code."""
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack, statements=[PASSWORD_POLICY])
    template = template_of(stack)
    (asset,) = Path(app.outdir).glob("asset.*")
    return template, {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def template(synthesized: tuple[dict[str, Any], set[str]]) -> Template:
    return Template.from_json(synthesized[0])


def test_snapshot(synthesized: tuple[dict[str, Any], set[str]], snapshot: SnapshotAssertion) -> None:
    assert synthesized[0] == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Network").vpc
    ProviderFunction(stack, "Provider", handler=HANDLER, vpc=vpc, statements=[PASSWORD_POLICY])
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize(("arguments", "masks"), [({}, False), ({"masked_identifiers": ["Ssn-US"]}, True)])
def test_its_log_masks_what_it_is_told_to(stack: cdk.Stack, arguments: dict[str, Any], masks: bool) -> None:
    define(stack, **arguments)
    groups = [one for one in template_of(stack)["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert [masks] == ["DataProtectionPolicy" in group["Properties"] for group in groups]


def test_access_control_runs_in_private_subnets_with_nothing_inwards(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"VpcConfig": {"SubnetIds": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"]}},
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": Match.absent(),
            "SecurityGroupEgress": [Match.object_like({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443})],
        },
    )


def test_access_control_has_no_inline_or_aws_managed_policy(template: Template) -> None:
    template.resource_count_is("AWS::IAM::Policy", 0)
    template.has_resource_properties(
        "AWS::IAM::Role", {"Policies": Match.absent(), "ManagedPolicyArns": Match.absent()}
    )


def test_access_control_denies_the_code_what_lambda_may_do(template: Template) -> None:
    (policy,) = template.find_resources(
        "AWS::IAM::ManagedPolicy", {"Properties": {"Description": Match.string_like_regexp("connect")}}
    ).values()
    allow, deny = policy["Properties"]["PolicyDocument"]["Statement"]
    assert allow["Effect"] == "Allow"
    assert "ec2:CreateNetworkInterface" in allow["Action"]
    assert deny == allow | {
        "Effect": "Deny",
        "Condition": {"Null": {"lambda:SourceFunctionArn": "false"}},
    }


def test_encryption_of_environment_logs_and_dead_letters_with_one_key(template: Template) -> None:
    template.resource_count_is("AWS::KMS::Key", 1)
    (key,) = template.find_resources("AWS::KMS::Key")
    arn = {"Fn::GetAtt": [key, "Arn"]}
    template.has_resource_properties("AWS::Lambda::Function", {"KmsKeyArn": arn})
    template.has_resource_properties("AWS::Logs::LogGroup", {"KmsKeyId": arn})
    template.has_resource_properties("AWS::SQS::Queue", {"KmsMasterKeyId": arn})


def test_audit_controls_logs_are_kept_and_failed_requests_are_not_lost(template: Template) -> None:
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    template.has_resource("AWS::Logs::LogGroup", {"Properties": {"RetentionInDays": 2557}, **kept})
    (queue,) = template.find_resources("AWS::SQS::Queue")
    (log_group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}},
            "LoggingConfig": {"LogGroup": {"Ref": log_group}},
            "ReservedConcurrentExecutions": 2,
        },
    )


def test_the_function_waits_for_its_policies(template: Template) -> None:
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    assert set(function["DependsOn"]) == set(template.find_resources("AWS::IAM::ManagedPolicy"))


def test_statements_go_to_the_managed_policy(template: Template) -> None:
    template.has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({"Action": "iam:GetAccountPasswordPolicy", "Effect": "Allow"})]
                )
            }
        },
    )


def test_the_default_code_is_this_library_s_handlers_alone(synthesized: tuple[dict[str, Any], set[str]]) -> None:
    template, files = synthesized
    assert "handlers/default_security_group.py" in files
    assert all(name.endswith(".py") for name in files), files
    assert HANDLER in json.dumps(template)


def test_code_key_and_timeout_can_be_given(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(
        stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    )
    define(
        stack,
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        encryption_key=key,
        timeout=cdk.Duration.seconds(30),
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::KMS::Key", 0)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Code": {"ZipFile": Match.any_value()}, "KmsKeyArn": key.key_arn, "Timeout": 30},
    )


def test_in_an_account_with_a_small_quota_nothing_is_reserved_and_that_is_said(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Network").vpc
    ProviderFunction(stack, "Provider", handler=HANDLER, vpc=vpc, reserve_concurrency=False)
    assert_no_findings(app, all_packs=True)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {"Handler": HANDLER, "ReservedConcurrentExecutions": Match.absent()},
    )
    said = {
        one.rule_id: one
        for one in acknowledged_in_code(assembly.load([Path(app.outdir)]))
        if one.rule_id.endswith("-LambdaConcurrency")
    }
    assert set(said) == {"HIPAA.Security-LambdaConcurrency", "NIST.800.53.R5-LambdaConcurrency"}
    for one in said.values():
        assert (one.path, one.origin) == ("Clinic/Provider/Resource/Resource", "library")
        assert "quota" in one.reason
        assert "API_PutFunctionConcurrency" in one.reason


def test_a_timeout_that_lambda_refuses_is_refused(stack: cdk.Stack) -> None:
    vpc = vpc_in(stack)
    before = len(stack.node.children)
    with pytest.raises(ValueError, match="timeout: got '960 seconds'; allowed are 1 to 900 seconds"):
        ProviderFunction(stack, "Provider", handler=HANDLER, vpc=vpc, timeout=cdk.Duration.minutes(16))
    assert len(stack.node.children) == before


def test_a_wrong_type_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"ProviderFunction\(vpc=…\): got 'vpc-1'"):
        ProviderFunction(stack, "Provider", handler=HANDLER, vpc="vpc-1")  # type: ignore[arg-type]
    assert not stack.node.children


def test_outside_any_vpc_it_has_neither_network_nor_rights_to_one(stack: cdk.Stack) -> None:
    ProviderFunction(stack, "Provider", handler=HANDLER, vpc=None)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Lambda::Function", {"VpcConfig": Match.absent()})
    template.resource_count_is("AWS::EC2::SecurityGroup", 0)
    policies = json.dumps(template.find_resources("AWS::IAM::ManagedPolicy"))
    assert "ec2:" not in policies


def test_memory_and_reservation_fit_what_the_handler_does(stack: cdk.Stack) -> None:
    define(stack, memory_size=1769, reserved_concurrent_executions=10)
    Template.from_json(template_of(stack)).has_resource_properties(
        "AWS::Lambda::Function", {"MemorySize": 1769, "ReservedConcurrentExecutions": 10}
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"memory_size": 64}, r"memory_size: got 64; allowed are 128 to 10240 MB\. Leave it out for 128 MB\."),
        ({"reserved_concurrent_executions": 0}, r"reserved_concurrent_executions: got 0; .*Leave it out for two\."),
    ],
)
def test_fails_on_what_lambda_refuses(stack: cdk.Stack, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        define(stack, **arguments)
