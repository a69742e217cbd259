"""The fixes of rules about policies: where each type keeps its statements, and which L2 writes one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from hipaa_constructs.compliance.facts.made_by_sam import is_made_by_sam
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.iam.locations import IDENTITY_POLICIES, RESOURCE_POLICIES

_ROLE = "AWS::IAM::Role"
# Roles and their policies.
ROLE_TYPES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy")
# A managed policy on a group or a role, since cdk-nag refuses policies inside an identity, which add_to_policy makes.
_OF_GROUP = "iam.ManagedPolicy(groups=[<the group>], statements=[{}])"
_OF_ROLE = "iam.ManagedPolicy(roles=[<the role>], statements=[{}])"
_IDENTITIES: Mapping[str, str] = {
    "AWS::IAM::Group": _OF_GROUP,
    "AWS::IAM::GroupPolicy": _OF_GROUP,
    "AWS::IAM::ManagedPolicy": _OF_ROLE,
    "AWS::IAM::Policy": _OF_ROLE,
    "AWS::IAM::Role": _OF_ROLE,
    "AWS::IAM::RolePolicy": _OF_ROLE,
    "AWS::IAM::User": _OF_GROUP,
    "AWS::IAM::UserPolicy": _OF_GROUP,
}
_RESOURCES: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "backup.BackupVault.add_to_access_policy({})",
    "AWS::DynamoDB::GlobalTable": "dynamodb.TableV2.add_to_resource_policy({})",
    "AWS::DynamoDB::Table": "dynamodb.Table.add_to_resource_policy({})",
    "AWS::ECR::Repository": "ecr.Repository.add_to_resource_policy({})",
    "AWS::EFS::FileSystem": "efs.FileSystem.add_to_resource_policy({})",
    "AWS::Elasticsearch::Domain": "elasticsearch.Domain.add_access_policies({})",
    "AWS::Events::EventBus": "events.EventBus.add_to_resource_policy({})",
    "AWS::KMS::Key": "kms.Key.add_to_resource_policy({})",
    "AWS::Kinesis::ResourcePolicy": "kinesis.Stream.add_to_resource_policy({})",
    "AWS::Logs::Destination": "logs.CrossAccountDestination.add_to_policy({})",
    "AWS::Logs::ResourcePolicy": "logs.ResourcePolicy(policy_statements=[{}])",
    "AWS::OpenSearchService::Domain": "opensearchservice.Domain.add_access_policies({})",
    "AWS::S3::BucketPolicy": "s3.Bucket.add_to_resource_policy({})",
    "AWS::SNS::TopicPolicy": "sns.Topic.add_to_resource_policy({})",
    "AWS::SQS::QueuePolicy": "sqs.Queue.add_to_resource_policy({})",
    "AWS::SecretsManager::ResourcePolicy": "secretsmanager.Secret.add_to_resource_policy({})",
}


def identity_fixes(
    what: str,
    arguments: str,
    kinds: Collection[str] = tuple(IDENTITY_POLICIES),
    constructs: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Fix, ...]:
    """Return a fix for each type that says what an identity may do.

    :param what: what to do in a statement, as the rest of a sentence without its full stop.
    :param arguments: those of the ``iam.PolicyStatement`` that does it.
    :param constructs: those that do it, by type.
    """
    made = Fix((_ROLE,), beside=_of_sam(what), when=is_made_by_sam)
    return (made,) * (_ROLE in kinds) + tuple(
        Fix(
            (kind,),
            beside=_in_policy((IDENTITY_POLICIES[kind],), what),
            cdk=_called(_IDENTITIES.get(kind), arguments),
            constructs=(constructs or {}).get(kind, ()),
        )
        for kind in kinds
    )


def resource_fixes(
    what: str, arguments: str, kinds: Iterable[str], constructs: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Fix, ...]:
    """Return a fix for each of ``kinds``, which say who may use a resource; the rest is as of ``identity_fixes``."""
    return tuple(
        Fix(
            (kind,),
            beside=_in_policy(RESOURCE_POLICIES[kind], what),
            cdk=_called(_RESOURCES.get(kind), arguments),
            constructs=(constructs or {}).get(kind, ()),
        )
        for kind in kinds
    )


def _of_sam(what: str) -> str:
    """Say what to do where SAM makes the role: its function or state machine writes statements among its policies."""
    said = what.replace("ManagedPolicyArns names", "Policies names")
    return f"In Policies of the AWS::Serverless::Function or AWS::Serverless::StateMachine whose role it is, {said}."


def _in_policy(paths: tuple[str, ...], what: str) -> str:
    return f"In {' or '.join(paths)}, {what}."


def _called(call: str | None, arguments: str) -> tuple[str, ...]:
    return () if call is None else (call.format(f"iam.PolicyStatement({arguments})"),)
