"""Whether an ARN can be one that an action is about, by the services that both name.

Most services have resources of their own alone. What the others have is by "Resource types defined by" on each one's
page under docs.aws.amazon.com/service-authorization/latest/reference/
reference_policies_actions-resources-contextkeys.html. A service that is not here may be about anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hipaa_constructs.cloudformation.values import Text
from hipaa_constructs.iam.arns import parse_arn

# The prefix of their actions is the service in all ARNs that these are about.
_OWN: Final = frozenset(
    {
        "access-analyzer",
        "aoss",
        "appsync",
        "athena",
        "cassandra",
        "cloudformation",
        "cloudtrail",
        "codebuild",
        "codepipeline",
        "datasync",
        "dms",
        "dynamodb",
        "ecr",
        "ecs",
        "eks",
        "elasticache",
        "elasticfilesystem",
        "firehose",
        "fsx",
        "guardduty",
        "healthlake",
        "iam",
        "iot",
        "kms",
        "lambda",
        "logs",
        "medical-imaging",
        "neptune-db",
        "omics",
        "profile",
        "rds",
        "rds-db",
        "redshift-serverless",
        "secretsmanager",
        "sns",
        "sqs",
        "states",
        "timestream",
        "transcribe",
    }
)
# These are about what other services have too, or have no ARNs of their own.
_OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "bedrock": frozenset({"aws-marketplace", "bedrock", "bedrock-agentcore", "sagemaker"}),
    "cognito-idp": frozenset({"cognito-idp", "wafv2"}),
    "ec2": frozenset(
        {
            "acm",
            "ec2",
            "elastic-inference",
            "iam",
            "license-manager",
            "logs",
            "outposts",
            "ram",
            "resource-groups",
            "s3",
            "vpc-lattice",
        }
    ),
    "ec2-instance-connect": frozenset({"ec2"}),
    "es": frozenset({"es", "iam", "opensearch"}),
    "events": frozenset({"events", "kms"}),
    "kafka-cluster": frozenset({"kafka"}),
    "kinesis": frozenset({"kinesis", "kms"}),
    "rds-data": frozenset({"rds"}),
    "redshift-data": frozenset({"redshift", "redshift-serverless"}),
    "s3": frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express", "s3tables"}),
    "ssm": frozenset({"ec2", "ecs", "iam", "s3", "ssm"}),
    "sts": frozenset({"iam", "sts"}),
}


def may_be_about(action: object, resource: object) -> bool:
    """Whether a statement's action may be about a resource of it, as ``s3:GetObject`` is not about a log group's ARN.

    True for what only deployment knows, for a pattern that leaves the service open, such as ``*``, and in doubt.
    """
    if not isinstance(action, str) or not isinstance(resource, str) or isinstance(action, Text):
        return True
    arn, prefix = parse_arn(resource), action.partition(":")[0].lower()
    if arn is None or arn.service == "" or any(mark in arn.service for mark in "*?$"):
        return True
    return arn.service in _OTHERS.get(prefix, (prefix,)) or not (prefix in _OTHERS or prefix in _OWN)
