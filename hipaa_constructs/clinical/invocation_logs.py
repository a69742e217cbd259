"""Bedrock's log of what models were asked and answered: its bucket, and the setting of the account that names it."""

from __future__ import annotations

from typing import Any, cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from hipaa_constructs._arguments import refuse
from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import account_of, arn_in, path_of, region_of, stack_of
from hipaa_constructs.clinical.model_grants import BEDROCK
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.service_grants import grant_service
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS, access_log_rules
from hipaa_constructs.storage.write_denials import keep_to_one_writer

_DOCS = "docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html"
_HANDLER = "handlers.invocation_logs.handle"


class InvocationLogBucket(EncryptedBucket):
    """The bucket of Bedrock's invocation logs: an ``EncryptedBucket`` that nobody else writes to.

    Whether Bedrock delivers to a bucket whose Object Lock has a default retention, AWS does not say. In its place the
    bucket policy denies every deletion, to administrators too; who would delete has to change the policy first, which
    the trail records. Files go after seven years, by lifecycle rules, which bucket policies do not bind.
    """

    def accept_logs(self, prefix: str) -> s3.BucketPolicy:
        """Let Bedrock, for this account and Region, write below ``prefix`` and use the key; return what says so."""
        stack = stack_of(self)
        source = f"{arn_in(stack, 'bedrock', '')}*"
        grant_service(self._key, BEDROCK, source_arn=source, actions=["kms:GenerateDataKey"])
        policy = cast("s3.BucketPolicy", self._bucket.policy)
        policy.document.add_statements(
            iam.PolicyStatement(
                sid="BedrockWrite",
                principals=[iam.ServicePrincipal(BEDROCK)],
                actions=["s3:PutObject"],
                resources=[f"{self._arn}/{prefix}/AWSLogs/{account_of(stack)}/BedrockModelInvocationLogs/*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": account_of(stack)},
                    "ArnLike": {"aws:SourceArn": source},
                },
            )
        )
        return policy

    def _own_lifecycle_rules(self, lock_days: int) -> list[s3.LifecycleRule]:
        return access_log_rules(max(SEVEN_YEARS, lock_days), removed_after=30)

    def _deny_writes(self) -> None:
        keep_to_one_writer(self._document, bucket_arn=self._arn, service=BEDROCK)


class InvocationLogs(Construct):
    """The bucket, and the setting, which a function makes: CloudFormation has no type for it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey,
        backup_plan: ProtectsData,
        reserve_concurrency: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = stack_of(self)
        prefix = f"{stack.stack_name}/{cdk.Names.unique_resource_name(self, max_length=64, separator='-')}"
        self._bucket = InvocationLogBucket(self, "Bucket", encryption_key=encryption_key, backup_plan=backup_plan)
        accepted = self._bucket.accept_logs(prefix)
        provider = ProviderFunction(
            self,
            "Provider",
            handler=_HANDLER,
            vpc=None,
            encryption_key=encryption_key,
            reserve_concurrency=reserve_concurrency,
        )
        provider.acknowledge_no_vpc(
            reason="The function changes one setting of the account through Bedrock's API at deployment, reads no log, "
            "and reaches nothing inside a VPC."
        )
        self._setting = cdk.CustomResource(
            self,
            "Setting",
            resource_type="Custom::ModelInvocationLogging",
            service_token=provider.function.function_arn,
            service_timeout=minutes(5),
            properties={"BucketName": self._bucket.bucket.bucket_name, "KeyPrefix": prefix},
            # A deletion changes nothing: CloudFormation need not ask for it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        # Bedrock tries a write before it accepts the bucket.
        self._setting.node.add_dependency(accepted, self._permit(provider))
        _KNOWN.setdefault(self.node.root, {})[_place(self)] = path_of(self)

    @property
    def bucket(self) -> EncryptedBucket:
        """Where the log goes."""
        return self._bucket

    @property
    def setting(self) -> cdk.CustomResource:
        """The setting; what asks a model waits for it."""
        return self._setting

    def _permit(self, provider: ProviderFunction) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(
            self,
            "Settings",
            roles=[provider.role],
            description=f"Lets {path_of(provider)} turn on the log of model invocations",
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "bedrock:GetModelInvocationLoggingConfiguration",
                        "bedrock:PutModelInvocationLoggingConfiguration",
                    ],
                    resources=["*"],
                )
            ],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions are about a setting of the account, and have no resource types.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
        )
        return policy


def require_first(scope: Construct) -> None:
    """Refuse a second log in one account and Region, which has one setting for it."""
    first = _KNOWN.get(scope.node.root, {}).get(_place(scope))
    if first is not None:
        refuse(
            "backup_plan",
            "a plan for another log of model invocations",
            allowed=f"an account has one such log in a Region, and {first} makes it ({_DOCS})",
            fix="Pass logged_by=, the ModelAccess that makes it, in place of backup_plan. If the two are of different "
            "accounts or Regions, state env= of both stacks.",
        )


def _place(scope: Construct) -> tuple[str, str]:
    stack = stack_of(scope)
    return account_of(stack), region_of(stack)


_KNOWN: WeakKeyDictionary[IConstruct, dict[tuple[str, str], Any]] = WeakKeyDictionary()
