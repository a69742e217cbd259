"""Which stores a policy's resource patterns mean, and which of its actions touch data."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any, NamedTuple

from hipaa_constructs.compliance.arns import parse_arn
from hipaa_constructs.compliance.policy import Statement
from hipaa_constructs.compliance.template import Resource, Text


class StoreArn(NamedTuple):
    """How the ARNs of a type look: service, what stands before the name, and the property that gives the name."""

    service: str
    prefix: str
    name: str


# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
STORE_ARNS: Mapping[str, StoreArn] = {
    "AWS::Backup::BackupVault": StoreArn("backup", "backup-vault:", "BackupVaultName"),
    "AWS::Backup::LogicallyAirGappedBackupVault": StoreArn("backup", "backup-vault:", "BackupVaultName"),
    "AWS::DocDB::DBCluster": StoreArn("rds-db", "dbuser:", "DBClusterIdentifier"),
    "AWS::DynamoDB::GlobalTable": StoreArn("dynamodb", "table/", "TableName"),
    "AWS::DynamoDB::Table": StoreArn("dynamodb", "table/", "TableName"),
    "AWS::ECR::Repository": StoreArn("ecr", "repository/", "RepositoryName"),
    "AWS::EFS::FileSystem": StoreArn("elasticfilesystem", "file-system/", ""),
    "AWS::HealthImaging::Datastore": StoreArn("medical-imaging", "datastore/", ""),
    "AWS::HealthLake::FHIRDatastore": StoreArn("healthlake", "datastore/fhir/", ""),
    "AWS::Kinesis::Stream": StoreArn("kinesis", "stream/", "Name"),
    "AWS::KinesisFirehose::DeliveryStream": StoreArn("firehose", "deliverystream/", "DeliveryStreamName"),
    "AWS::Logs::LogGroup": StoreArn("logs", "log-group:", "LogGroupName"),
    "AWS::Neptune::DBCluster": StoreArn("neptune-db", "", ""),
    "AWS::OpenSearchService::Domain": StoreArn("es", "domain/", "DomainName"),
    "AWS::RDS::DBCluster": StoreArn("rds-db", "dbuser:", ""),
    "AWS::RDS::DBInstance": StoreArn("rds-db", "dbuser:", ""),
    "AWS::S3::Bucket": StoreArn("s3", "", "BucketName"),
    "AWS::SecretsManager::Secret": StoreArn("secretsmanager", "secret:", "Name"),
    "AWS::SNS::Topic": StoreArn("sns", "", "TopicName"),
    "AWS::SQS::Queue": StoreArn("sqs", "", "QueueName"),
}
_SERVICES = frozenset(arn.service for arn in STORE_ARNS.values())
# Verbs that look at a resource's settings, or list names; they return no stored data.
_ABOUT = ("describe", "list", "getbucket", "getencryption", "getreplication", "getlifecycle", "getaccesspoint")
_ABOUT_S3 = ("getaccount", "getinventory", "getmetrics", "getanalytics", "getintelligent", "getobjectacl")
_READING = ("get", "batchget", "query", "scan", "select", "partiql", "receive", "read", "filter", "startquery", "start")
_READING_EXACT = frozenset(
    {
        "backup:copyfrombackupvault",
        "backup:startrestorejob",
        "elasticfilesystem:clientmount",
        "es:eshttpget",
        "es:eshttphead",
        "firehose:describedeliverystream",
        "kinesis:subscribetoshard",
        "logs:startlivetail",
        "medical-imaging:searchimagesets",
        "healthlake:searchwithget",
        "healthlake:searchwithpost",
        "sns:subscribe",
    }
)
_CONNECTING = frozenset({"rds-db:connect", "neptune-db:connect"})


def data_verbs(statement: Statement) -> Mapping[str, set[Any]]:
    """Return, by service, how a statement's actions touch what stores keep."""
    found: dict[str, set[Any]] = {}
    if statement.not_actions:
        return {service: {"read", "write"} for service in sorted(_SERVICES)}
    for action in statement.actions:
        if not isinstance(action, str):
            continue
        service, _, verb = action.lower().partition(":")
        if action.strip("*") == "":
            return {each: {"read", "write"} for each in sorted(_SERVICES)}
        if service in _SERVICES and (verbs := _verbs(service, verb)):
            found.setdefault(service, set()).update(verbs)
    return found


def is_pattern_for(pattern: str, store: Resource, policy: Resource) -> bool:
    """Whether a pattern with wildcards includes a store's ARN, as far as the store's name is known."""
    known = STORE_ARNS.get(store.type)
    arn = parse_arn(pattern)
    if known is None or arn is None or not fnmatch.fnmatchcase(known.service, arn.service):
        return False
    places = ((arn.region, store.template.region), (arn.account, store.template.account))
    if any(wanted and has and "$" not in wanted and not fnmatch.fnmatchcase(has, wanted) for wanted, has in places):
        return False
    # A grant without an account or Region is for those of the policy's own stack, but for buckets.
    name = store.get(known.name) if known.name else None
    if isinstance(name, str) and not isinstance(name, Text):
        return fnmatch.fnmatchcase(f"{known.prefix}{name}", arn.name) or fnmatch.fnmatchcase(
            f"{known.prefix}{name}/x", arn.name
        )
    return arn.name.rstrip("*/:") in ("", known.prefix.rstrip("/:"))


def _verbs(service: str, verb: str) -> set[Any]:
    action = f"{service}:{verb}"
    if action in _CONNECTING:
        return {"connect"}
    if action in _READING_EXACT:
        return {"read"}
    if verb.strip("*") == "":
        return {"read", "write"} if service not in ("rds-db", "neptune-db") else {"connect"}
    if verb.startswith(_ABOUT) or (service == "s3" and (verb.startswith(_ABOUT_S3) or _is_setting(verb))):
        return set()
    return {"read"} if verb.startswith(_READING) else {"write"}


def _is_setting(verb: str) -> bool:
    """Whether an S3 action is about a bucket's configuration."""
    return "configuration" in verb or (verb.startswith(("putbucket", "createbucket", "deletebucket")))
