"""ARNs taken apart, also where a part is a placeholder such as ``${AWS::Region}`` with colons of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Text

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


class Arn(NamedTuple):
    """The fields of an ARN or of a pattern for ARNs; a placeholder is shown as ``${}``."""

    partition: str
    service: str
    region: str
    account: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Return the fields of an ARN; None for anything else."""
    parts = _PLACEHOLDER.sub("${}", text).split(":", 5)
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


# Colons that are not a placeholder's own.
_COLON = re.compile(r":(?![^{}]*\})")


def named_by_arn(text: str) -> str:
    """Return what an ARN names, such as ``role/${Team}-*``, with its placeholders as they are shown; empty for others.

    A wildcard alone is itself, which names everything.
    """
    parts = _COLON.split(text, maxsplit=5)
    if len(parts) == 6 and parts[0] == "arn":
        return parts[5]
    return text if text == "*" else ""


# What Ref of these gives is a name or an address: "Return values" on each one's page under
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
_NAMED_BY_REF = frozenset(
    {
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::Athena::WorkGroup",
        "AWS::Backup::BackupVault",
        "AWS::CodeBuild::Project",
        "AWS::CodePipeline::Pipeline",
        "AWS::Cognito::IdentityPool",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Instance",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::ECS::Cluster",
        "AWS::EFS::FileSystem",
        "AWS::Events::EventBus",
        "AWS::Glue::Crawler",
        "AWS::Glue::Database",
        "AWS::Glue::Job",
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::AccessPoint",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
    }
)
_START = "arn:"


def is_no_arn(value: Resolved) -> bool:
    """Whether a value is certainly no ARN, nor the beginning of a text that deployment makes one."""
    if value is UNKNOWN:
        return False
    first = value.parts[0] if isinstance(value, Text) and value.parts else value
    if isinstance(first, Reference):
        return first.resource.type in _NAMED_BY_REF and first.attribute is None
    if not isinstance(first, str) or isinstance(first, Text) or first.startswith("{{resolve:"):
        return False
    # A text may go on with what deployment fills in, so that only as much as stands there tells.
    goes_on = isinstance(value, Text) and len(value.parts) > 1 and len(first) < len(_START)
    return not (_START.startswith(first) if goes_on else first.startswith(_START))
