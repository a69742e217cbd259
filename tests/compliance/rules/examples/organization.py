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
}
