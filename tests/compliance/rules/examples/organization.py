from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import Example, Never, Properties, allow, deny, policy

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
        Example("AWS::RDS::DBCluster", {"Engine": "aurora-mysql"}, {"Engine": "aurora"}),
        Example("AWS::RDS::DBInstance", {"Engine": "mysql"}, {"Engine": "custom-sqlserver-se"}),
        Example("AWS::RDS::GlobalCluster", {"Engine": "aurora-postgresql"}, {"Engine": "aurora"}),
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
        Example("AWS::EC2::Instance", _script(CHECK), _script("true")),
        Example(
            "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": _script(CHECK)}, {"LaunchTemplateData": _script("true")}
        ),
    ],
}
