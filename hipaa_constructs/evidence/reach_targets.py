"""Which stores a policy's resource patterns mean, and which of its actions touch what they keep."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Text
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement

Verb = Literal["read", "write", "connect"]


class StoreArn(NamedTuple):
    """How the ARNs of a type look: service, what stands before the name, and the property that gives the name."""

    service: str
    prefix: str
    name: str = ""


# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# A database has one ARN for what is done to it, and one for who connects to it.
STORE_ARNS: Mapping[str, Sequence[StoreArn]] = {
    "AWS::Backup::BackupVault": [StoreArn("backup", "backup-vault:", "BackupVaultName")],
    "AWS::Backup::LogicallyAirGappedBackupVault": [StoreArn("backup", "backup-vault:", "BackupVaultName")],
    "AWS::Cognito::UserPool": [StoreArn("cognito-idp", "userpool/")],
    "AWS::DocDB::DBCluster": [StoreArn("rds", "cluster:", "DBClusterIdentifier")],
    "AWS::DynamoDB::GlobalTable": [StoreArn("dynamodb", "table/", "TableName")],
    "AWS::DynamoDB::Table": [StoreArn("dynamodb", "table/", "TableName")],
    "AWS::ECR::Repository": [StoreArn("ecr", "repository/", "RepositoryName")],
    "AWS::EFS::FileSystem": [StoreArn("elasticfilesystem", "file-system/")],
    "AWS::ElastiCache::ReplicationGroup": [StoreArn("elasticache", "replicationgroup:", "ReplicationGroupId")],
    "AWS::ElastiCache::ServerlessCache": [StoreArn("elasticache", "serverlesscache:", "ServerlessCacheName")],
    "AWS::Events::EventBus": [StoreArn("events", "event-bus/", "Name")],
    "AWS::HealthImaging::Datastore": [StoreArn("medical-imaging", "datastore/")],
    "AWS::HealthLake::FHIRDatastore": [StoreArn("healthlake", "datastore/fhir/")],
    "AWS::Kinesis::Stream": [StoreArn("kinesis", "stream/", "Name")],
    "AWS::KinesisFirehose::DeliveryStream": [StoreArn("firehose", "deliverystream/", "DeliveryStreamName")],
    "AWS::Logs::LogGroup": [StoreArn("logs", "log-group:", "LogGroupName")],
    "AWS::Neptune::DBCluster": [StoreArn("rds", "cluster:", "DBClusterIdentifier"), StoreArn("neptune-db", "")],
    "AWS::Omics::ReferenceStore": [StoreArn("omics", "referenceStore/")],
    "AWS::Omics::SequenceStore": [StoreArn("omics", "sequenceStore/")],
    "AWS::OpenSearchService::Domain": [StoreArn("es", "domain/", "DomainName")],
    "AWS::RDS::DBCluster": [StoreArn("rds", "cluster:", "DBClusterIdentifier"), StoreArn("rds-db", "dbuser:")],
    "AWS::RDS::DBInstance": [StoreArn("rds", "db:", "DBInstanceIdentifier"), StoreArn("rds-db", "dbuser:")],
    "AWS::RedshiftServerless::Namespace": [StoreArn("redshift-serverless", "namespace/")],
    "AWS::S3::Bucket": [StoreArn("s3", "", "BucketName")],
    "AWS::SecretsManager::Secret": [StoreArn("secretsmanager", "secret:", "Name")],
    "AWS::SNS::Topic": [StoreArn("sns", "", "TopicName")],
    "AWS::SQS::Queue": [StoreArn("sqs", "", "QueueName")],
    # What is done to an execution is done by its own ARN, which begins with the machine's name.
    "AWS::StepFunctions::StateMachine": [
        StoreArn("states", "stateMachine:", "StateMachineName"),
        StoreArn("states", "execution:", "StateMachineName"),
    ],
}
_SERVICES = sorted({arn.service for arns in STORE_ARNS.values() for arn in arns})
# Of these services only what is named here touches data; their other actions are about the resource.
_ONLY_NAMED = frozenset(
    {"rds", "rds-db", "redshift-serverless", "neptune-db", "backup", "elasticache", "events", "states"}
)
_NAMED: Mapping[str, Verb] = {
    "backup:copyfrombackupvault": "read",
    "backup:copyintobackupvault": "write",
    "backup:deleterecoverypoint": "write",
    "backup:startbackupjob": "write",
    "backup:startcopyjob": "read",
    "backup:startrestorejob": "read",
    "cognito-idp:admingetdevice": "read",
    "cognito-idp:admingetuser": "read",
    "cognito-idp:adminlistdevices": "read",
    "cognito-idp:adminlistuserauthevents": "read",
    "cognito-idp:listusers": "read",
    "cognito-idp:listusersingroup": "read",
    "dynamodb:conditioncheckitem": "read",
    "dynamodb:createbackup": "read",
    "dynamodb:exporttabletopointintime": "read",
    "dynamodb:startawsbackupjob": "read",
    "ecr:batchchecklayeravailability": "read",
    "elasticache:connect": "connect",
    "elasticache:createserverlesscachesnapshot": "read",
    "elasticache:createsnapshot": "read",
    "elasticache:deletereplicationgroup": "write",
    "elasticache:deleteserverlesscache": "write",
    "elasticfilesystem:backup": "read",
    "elasticfilesystem:clientmount": "read",
    "es:eshttpget": "read",
    "es:eshttphead": "read",
    "events:putevents": "write",
    "healthlake:startfhirexportjob": "read",
    "healthlake:startfhirexportjobwithget": "read",
    "healthlake:startfhirexportjobwithpost": "read",
    "healthlake:versionreadresource": "read",
    "kinesis:subscribetoshard": "read",
    "logs:startlivetail": "read",
    "logs:startquery": "read",
    "neptune-db:connect": "connect",
    "neptune-db:readdataviaquery": "read",
    "neptune-db:writedataviaquery": "write",
    "neptune-db:deletedataviaquery": "write",
    "omics:startreadsetexportjob": "read",
    "rds:copydbclustersnapshot": "read",
    "rds:copydbsnapshot": "read",
    "rds:createdbclustersnapshot": "read",
    "rds:createdbsnapshot": "read",
    "rds:deletedbcluster": "write",
    "rds:deletedbinstance": "write",
    "rds:startexporttask": "read",
    "rds-db:connect": "connect",
    "redshift-serverless:createsnapshot": "read",
    "redshift-serverless:deletenamespace": "write",
    "redshift-serverless:getcredentials": "connect",
    "redshift-serverless:restorefromsnapshot": "write",
    "redshift-serverless:restoretablefromsnapshot": "write",
    "s3:initiatereplication": "read",
    "sns:subscribe": "read",
    "states:describeexecution": "read",
    "states:getexecutionhistory": "read",
    "states:sendtaskfailure": "write",
    "states:sendtasksuccess": "write",
    "states:startexecution": "write",
    "states:startsyncexecution": "write",
}
_READ_VERBS = ("batchget", "filter", "get", "partiqlselect", "query", "read", "receive", "scan", "search", "select")
# Verbs that look at settings or list names, which returns no stored data.
_ABOUT = (
    "describe",
    "list",
    "get*attributes",
    "get*policy",
    "get*configuration",
    "get*importjob",
    "get*exportjob",
    "getbucket*",
    "getqueueurl",
    "tag",
    "untag",
)
_ABOUT_S3 = ("*configuration", "getaccount*", "*bucketpolicy*", "putbucket*", "createbucket", "getobject*acl")

_SEARCHES = ("/_count", "/_mget", "/_msearch", "/_search")


def data_verbs(statement: Statement) -> Mapping[str, set[Verb]]:
    """Return, by service, how a statement's actions touch what stores keep."""
    found: dict[str, set[Verb]] = {}
    if statement.not_actions:
        return {service: _all_of(service) for service in _SERVICES}
    for action in statement.actions:
        if not isinstance(action, str):
            continue
        service, _, verb = action.lower().partition(":")
        for each in _SERVICES if service.strip("*") == "" else [service]:
            if each in _SERVICES and (verbs := _verbs(each, verb or "*")):
                found.setdefault(each, set()).update(verbs)
    return found


def verbs_at(service: str, verbs: set[Verb], resource: object) -> set[Verb]:
    """Return how actions touch a store at what a statement names: what clients post to search changes nothing."""
    searching = service == "es" and isinstance(resource, str) and resource.endswith(_SEARCHES)
    return {"read"} if searching else verbs


def has_service(store: Resource, service: str) -> bool:
    """Whether actions of a service are about such a store."""
    return any(arn.service == service for arn in STORE_ARNS[store.type])


def includes(pattern: str, known: StoreArn, store: Resource) -> bool:
    """Whether a pattern includes a store's ARN, as far as the store's name is known."""
    if pattern.strip("*") == "":
        return True
    arn = _parse(pattern)
    if arn is None or not fnmatch.fnmatchcase(known.service, arn.service):
        return False
    places = ((arn.region, store.template.region), (arn.account, store.template.account))
    # A grant that names no Region or account, as for a bucket, or one of the deployment's, excludes none.
    if any(wanted and has and "$" not in wanted and not fnmatch.fnmatchcase(has, wanted) for wanted, has in places):
        return False
    name = store.get(known.name) if known.name else None
    if isinstance(name, str) and not isinstance(name, Text):
        whole = f"{known.prefix}{name}"
        return any(fnmatch.fnmatchcase(whole + end, arn.name) for end in ("", "/x", ":x"))
    return arn.name.rstrip("*/:") in ("", known.prefix.rstrip("/:"))


_parse = lru_cache(maxsize=4096)(parse_arn)


def _verbs(service: str, verb: str) -> set[Verb]:
    if verb.strip("*") == "":
        return _all_of(service)
    named = {how for action, how in _NAMED.items() if fnmatch.fnmatchcase(action, f"{service}:{verb}")}
    if named or service in _ONLY_NAMED:
        return named
    settings = (*_ABOUT, *_ABOUT_S3) if service == "s3" else _ABOUT
    if any(fnmatch.fnmatchcase(verb, f"{about}*") for about in settings):
        return set()
    return {"read"} if verb.startswith(_READ_VERBS) else {"write"}


def _all_of(service: str) -> set[Verb]:
    return {"connect"} if service == "rds-db" else {"read", "write"}
