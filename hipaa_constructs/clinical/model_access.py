from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.clinical.invocation_logs import InvocationLogs, require_first
from hipaa_constructs.clinical.jobs import define_job_role, grant_objects, require_here
from hipaa_constructs.clinical.model_grants import BEDROCK, ModelGrants
from hipaa_constructs.clinical.model_guardrail import define_guardrail, require_patterns
from hipaa_constructs.clinical.models import read_models
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_BATCH_DOCS = "docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html"


class ModelAccess(Construct):
    """Models of Amazon Bedrock for PHI: chosen ones alone, behind a guardrail, with a log of what they are asked.

    - ``grant_invoke`` lets a principal ask the models of ``model_ids`` and no other, and only in requests that name
      ``guardrail_identifier`` and ``guardrail_version``: without them, or with another guardrail, IAM refuses. Source:
      docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html.
    - The guardrail, under the key, masks in prompts and answers who the patient is: names, addresses, telephone and
      other numbers as far as Bedrock knows them, and ``masked_patterns``. Passwords and keys it blocks, and prompts
      that would turn the model on its data. It finds what is probable, and nothing in what a model hands to tools:
      docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html. A version of it is made anew
      whenever its filters change; after a change past this construct, change ``guardrail_version``'s description too.
    - Every prompt, as it was before it was masked, and every answer goes to a bucket that Bedrock alone writes to,
      under the key, closed to deletion, kept seven years, covered by the plan. An account has one such setting in a
      Region, which a function makes: a second in the app is refused; what somebody else set is kept, and the
      deployment fails; a deletion leaves it on. Source:
      docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html.
    - Prompts stay in the Region of the stack, unless a model is asked for by a geographic inference profile (``us.…``),
      whose Regions ``inference_regions`` then names. Global profiles are refused.
    - Jobs (``grant_batch``) read and write ``batch_bucket``, by ``batch_role``. Bedrock holds them against no guardrail
      and writes none into the log: what was asked and answered is in the bucket.

    Bedrock is on AWS's list of HIPAA eligible services as a whole; whether a model serves for care, only its owner can
    say. Some models have to be asked for once in the account. Bedrock takes HTTPS alone.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and
    164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(4)(ii)(B) access authorization.

    :param model_ids: models of the stack's Region (``amazon.nova-lite-v1:0``) or geographic inference profiles
        (``us.amazon.nova-lite-v1:0``), by id.
    :param inference_regions: where the profiles send prompts beside the stack's own Region; a Region that a profile
        has and this leaves out refuses what is sent there. Default: none; profiles are refused.
    :param backup_plan: the plan that covers the bucket of the log; a ``BackupPlan``. Default: none; then ``logged_by``
        is needed.
    :param logged_by: the ``ModelAccess`` of this account and Region that has the log. Default: this one has it.
    :param encryption_key: the key of guardrail and log. Default: a ``KmsRotatedKey`` of its own.
    :param masked_patterns: numbers of your own to mask, such as those of medical records: regular expressions by name,
        up to 30. Default: none.
    :param vpc_endpoint: that of ``bedrock-runtime``; its policy lets principals of this account through to these
        models. Default: the way to Bedrock is not of this construct.
    :param batch_bucket: for jobs, in this Region: they read ``batch-input/`` and write ``batch-output/``.
        Default: there are none.
    :param reserve_concurrency: whether the function that makes the setting has executions of its own; see
        ``ProviderFunction``. Default: it has two.
    :raises ValueError: no model, an unreadable id, a global profile, a profile without Regions or Regions without one;
        neither plan nor ``logged_by``, or both; a second log; a bucket in another Region; a pattern beyond Bedrock's
        limits; a Region without guardrails.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model_ids: Sequence[str],
        inference_regions: Sequence[str] = (),
        backup_plan: ProtectsData | None = None,
        logged_by: ModelAccess | None = None,
        encryption_key: kms.IKey | None = None,
        masked_patterns: Mapping[str, str] | None = None,
        vpc_endpoint: ec2.InterfaceVpcEndpoint | None = None,
        batch_bucket: EncryptedBucket | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        require_region(
            scope,
            "AWS::Bedrock::Guardrail",
            what="a guardrail of Amazon Bedrock",
            fix="Put the construct into a stack of a Region that has it, such as us-east-1.",
        )
        models = read_models(model_ids, inference_regions)
        require_patterns(masked_patterns or {})
        require_here(scope, "batch_bucket", batch_bucket)
        _require_log(scope, backup_plan, logged_by)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._grants = ModelGrants(stack_of(self), models, inference_regions)
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._guardrail, self._version = define_guardrail(self, key=self._key, masked_patterns=masked_patterns or {})
        self._logs: InvocationLogs = (
            logged_by._logs if logged_by else self._define_logs(backup_plan, reserve_concurrency=reserve_concurrency)
        )
        if vpc_endpoint is not None:
            self._grants.let_through(vpc_endpoint)
        self._batch_role = self._define_batch_role(batch_bucket) if batch_bucket else None

    @property
    def guardrail(self) -> bedrock.CfnGuardrail:
        """The guardrail itself."""
        return self._guardrail

    @property
    def guardrail_identifier(self) -> str:
        """What a request names as its guardrail."""
        return self._guardrail.attr_guardrail_id

    @property
    def guardrail_version(self) -> bedrock.CfnGuardrailVersion:
        """The version that a request has to name, by ``attr_version``."""
        return self._version

    @property
    def log_bucket(self) -> EncryptedBucket:
        """Where prompts and answers are kept."""
        return self._logs.bucket

    @property
    def batch_role(self) -> LeastPrivilegeRole | None:
        """What Bedrock takes for jobs, the ``roleArn`` of one; none without ``batch_bucket``."""
        return self._batch_role

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the guardrail."""
        return self._key

    @checked_arguments
    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal ask the models, in requests that name the guardrail and its version."""
        granted = self._grants.grant_invoke(
            grantee, conditions={"StringEquals": {"bedrock:GuardrailIdentifier": self._guarded_by}}
        )
        applying = to_principal(grantee, ["bedrock:ApplyGuardrail"], [self._guardrail.attr_guardrail_arn])
        # docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html
        return granted.combine(applying).combine(grant_on_key(self._key, grantee, "kms:Decrypt"))

    @checked_arguments
    def grant_batch(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal run jobs with the models; to put prompts and read answers, let ``batch_bucket`` grant.

        :raises ValueError: there is no ``batch_bucket``.
        """
        if self._batch_role is None:
            refuse(
                "batch_bucket",
                None,
                allowed="jobs read their prompts from a bucket and write the answers there",
                fix="Pass batch_bucket=EncryptedBucket(…).",
            )
        return self._grants.grant_jobs(grantee, self._batch_role)

    @property
    def _guarded_by(self) -> str:
        return f"{self._guardrail.attr_guardrail_arn}:{self._version.attr_version}"

    def _define_logs(self, plan: ProtectsData | None, *, reserve_concurrency: bool) -> InvocationLogs:
        return InvocationLogs(
            self,
            "InvocationLogs",
            encryption_key=self._key,
            backup_plan=cast("ProtectsData", plan),
            reserve_concurrency=reserve_concurrency,
        )

    def _define_batch_role(self, bucket: EncryptedBucket) -> LeastPrivilegeRole:
        role = define_job_role(self, "BatchRole", service=BEDROCK, store_arn=self._grants.jobs)
        grant_objects(role, bucket, read="batch-input/*", put="batch-output/*", source=_BATCH_DOCS)
        self._grants.grant_to_jobs(role)
        return role


def _require_log(scope: Construct, plan: ProtectsData | None, logged_by: ModelAccess | None) -> None:
    if (plan is None) == (logged_by is None):
        refuse(
            "backup_plan",
            plan,
            allowed="it takes the plan for the log of prompts, or another ModelAccess that has the log",
            fix="Pass backup_plan=BackupPlan.daily_7_year(…), or logged_by= in a second construct.",
        )
    if logged_by is None:
        require_first(scope)
        return
    here, there = (stack_of(one) for one in (scope, logged_by))
    if (here.account, here.region) != (there.account, there.region):
        refuse(
            "logged_by",
            f"a construct in {there.account}, {there.region}",
            allowed=f"the log is of one account and Region, here {here.account}, {here.region}",
            fix="Pass backup_plan, and have one here.",
        )
