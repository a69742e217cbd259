from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    ACCOUNT,
    Example,
    Never,
    Properties,
    allow,
    deny,
    entry,
    policy,
    trust,
)

NEWEST = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:latest"
PINNED = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:{'0a' * 32}"
# The services whose resources an organization's resource control policy can close.
SERVICES = [
    "aoss:*",
    "appconfig:*",
    "appstream:*",
    "codebuild:*",
    "codecommit:*",
    "codepipeline:*",
    "cognito-identity:*",
    "cognito-idp:*",
    "comprehend:*",
    "dax:*",
    "dsql:*",
    "dynamodb:*",
    "ecr:*",
    "events:*",
    "firehose:*",
    "kendra:*",
    "kinesisvideo:*",
    "kms:*",
    "logs:*",
    "memorydb:*",
    "opensearch:*",
    "personalize:*",
    "s3:*",
    "secretsmanager:*",
    "sqs:*",
    "sts:*",
    "swf:*",
    "textract:*",
    "timestream-influxdb:*",
    "transcribe:*",
    "transfer:*",
    "translate:*",
    "workspaces:*",
]
ORGANIZATION = "o-a1b2c3d4e5"
WRITER_ARN = {"Fn::GetAtt": ["Writer", "Arn"]}
WRITER = {
    "Writer": entry(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"}),
            "Policies": [
                {"PolicyName": "write", "PolicyDocument": policy(allow("s3:PutObject", "arn:aws:s3:::releases/*"))}
            ],
        },
    )
}


def _closed(**condition: Any) -> Properties:
    return deny(SERVICES, Principal="*", Condition=condition)


STRANGERS = _closed(
    StringNotEqualsIfExists={"aws:PrincipalOrgID": ORGANIZATION}, BoolIfExists={"aws:PrincipalIsAWSService": "false"}
)
DEPUTIES = _closed(
    StringNotEqualsIfExists={"aws:SourceOrgID": ORGANIZATION},
    Bool={"aws:PrincipalIsAWSService": "true"},
    Null={"aws:SourceAccount": "false"},
)
IN_CLEAR = _closed(BoolIfExists={"aws:SecureTransport": "false"})
OLD_TLS = _closed(NumericLessThan={"s3:TlsVersion": "1.2"})


def _resource_controls(*statements: Properties) -> dict[str, Any]:
    return {"Name": "Perimeter", "Type": "RESOURCE_CONTROL_POLICY", "Content": policy(*statements)}


def _service_controls(statement: Properties) -> dict[str, Any]:
    return {"Name": "Guardrails", "Type": "SERVICE_CONTROL_POLICY", "Content": policy(statement)}


FETCH = "curl -LO https://raw.githubusercontent.com/clinic/tools/main/setup.sh"
CHECK = "sha256sum --check setup.sh.sha256"


ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/visits"
TRAIL: Properties = {"S3BucketName": "trail", "IsLogging": True}
DELIVERY: Properties = {"PolicyName": "delivery", "PolicyDocument": policy(allow("logs:PutLogEvents"))}


def _template(kind: str, **more: Any) -> Example:
    """A short template, and one whose parts are together too long."""
    return Example(
        kind,
        {**more, "TemplateBody": "Resources: {}"},
        {**more, "TemplateBody": {"Fn::Join": ["", ["# " * 20_000, "# " * 20_000]]}},
    )


def _managed(count: int) -> Properties:
    arns = [f"arn:aws:iam::{ACCOUNT}:policy/part-{number}" for number in range(count)]
    return {"AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"}), "ManagedPolicyArns": arns}


def _others(count: int, kind: str, properties: Properties) -> dict[str, Any]:
    return {f"Other{number}": entry(kind, properties) for number in range(count)}


def _script(check: str) -> Properties:
    return {"UserData": {"Fn::Base64": f"#!/bin/sh\n{FETCH}\n{check}\nsh setup.sh"}}


def _build(check: str) -> Properties:
    commands = "".join(f"      - {line}\n" for line in (FETCH, check, "sh setup.sh"))
    return {
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": f"version: 0.2\nphases:\n  build:\n    commands:\n{commands}"}
    }


def _init(command: str) -> Properties:
    return {"Metadata": {"AWS::CloudFormation::Init": {"config": {"commands": {"setup": {"command": command}}}}}}


EXAMPLES: Mapping[str, Sequence[Example]] = {
    "EligibleDatabaseEngine": [
        Example(
            "AWS::RDS::CustomDBEngineVersion",
            Never("RDS Custom has engines of its own, none of which is on AWS's list."),
            {"Engine": "custom-oracle-ee", "EngineVersion": "19.my_cev1"},
        ),
        Example("AWS::RDS::DBCluster", {"Engine": "aurora-mysql"}, {"Engine": "custom-oracle-ee"}),
        Example("AWS::RDS::DBInstance", {"Engine": "mysql"}, {"Engine": "custom-sqlserver-se"}),
    ],
    "ImagesPinned": [
        Example(
            "AWS::AppRunner::Service",
            {"SourceConfiguration": {"ImageRepository": {"ImageIdentifier": PINNED, "ImageRepositoryType": "ECR"}}},
            {"SourceConfiguration": {"ImageRepository": {"ImageIdentifier": NEWEST, "ImageRepositoryType": "ECR"}}},
        ),
        Example(
            "AWS::Batch::JobDefinition",
            {"Type": "container", "ContainerProperties": {"Image": PINNED}},
            {"Type": "container", "ContainerProperties": {"Image": NEWEST}},
        ),
        Example(
            "AWS::ECS::TaskDefinition",
            {"ContainerDefinitions": [{"Name": "app", "Image": PINNED}]},
            {"ContainerDefinitions": [{"Name": "app", "Image": NEWEST}]},
        ),
        Example("AWS::Lambda::Function", {"Code": {"ImageUri": PINNED}}, {"Code": {"ImageUri": NEWEST}}),
        Example(
            "AWS::SageMaker::Model",
            {"PrimaryContainer": {"Image": PINNED}},
            {"PrimaryContainer": {"Image": NEWEST}},
        ),
    ],
    "ImageTagsImmutable": [
        Example("AWS::ECR::Repository", {"ImageTagMutability": "IMMUTABLE"}, {"ImageTagMutability": "MUTABLE"}),
    ],
    "ResourceControlsComplete": [
        Example(
            "AWS::Organizations::Policy",
            _resource_controls(STRANGERS, DEPUTIES, IN_CLEAR, OLD_TLS),
            _resource_controls(DEPUTIES, IN_CLEAR, OLD_TLS),
        ),
    ],
    "ResourceWithinQuota": [
        _template("AWS::CloudFormation::StackSet", StackSetName="baseline", PermissionModel="SERVICE_MANAGED"),
        Example("AWS::CloudTrail::Trail", TRAIL, TRAIL, fails_beside=_others(5, "AWS::CloudTrail::Trail", TRAIL)),
        _template("AWS::Config::ConformancePack", ConformancePackName="hipaa"),
        _template("AWS::Config::OrganizationConformancePack", OrganizationConformancePackName="hipaa"),
        Example("AWS::IAM::Role", _managed(10), _managed(11)),
        Example(
            "AWS::Lambda::Function",
            {"Environment": {"Variables": {"CLINIC": "north"}}},
            {"Environment": {"Variables": {"CLINICS": "north " * 700}}},
        ),
        Example(
            "AWS::Logs::ResourcePolicy",
            DELIVERY,
            DELIVERY,
            fails_beside=_others(10, "AWS::Logs::ResourcePolicy", DELIVERY),
        ),
        Example(
            "AWS::StepFunctions::StateMachine",
            {"RoleArn": ROLE_ARN, "DefinitionString": "{}"},
            {"RoleArn": ROLE_ARN, "DefinitionString": {"Fn::Join": ["", ["x" * 700_000, "x" * 700_000]]}},
        ),
    ],
    "ServiceControlsComplete": [
        Example("AWS::Organizations::Policy", _service_controls(deny("*")), _service_controls(allow("*"))),
    ],
    "FetchedCodePinned": [
        Example(
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": "1", "MaxSize": "2"},
            {"MinSize": "1", "MaxSize": "2"},
            passes_with=_init(f"{FETCH} && {CHECK}"),
            fails_with=_init(FETCH),
        ),
        Example("AWS::AutoScaling::LaunchConfiguration", _script(CHECK), _script("true")),
        Example("AWS::CodeBuild::Project", _build(CHECK), _build("true")),
        Example(
            "AWS::Lambda::Function",
            {"Code": {"S3Bucket": "releases", "S3Key": "code.zip", "S3ObjectVersion": "a1"}, "Role": WRITER_ARN},
            {"Code": {"S3Bucket": "releases", "S3Key": "code.zip"}, "Role": WRITER_ARN},
            beside=WRITER,
        ),
        Example("AWS::EC2::Instance", _script(CHECK), _script("true")),
        Example(
            "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": _script(CHECK)}, {"LaunchTemplateData": _script("true")}
        ),
    ],
}
