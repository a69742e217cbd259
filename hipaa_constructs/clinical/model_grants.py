"""Who may ask which models, and by which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from hipaa_constructs._stacks import account_of, arn_in
from hipaa_constructs.clinical.jobs import grant_passing
from hipaa_constructs.clinical.models import Model
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

BEDROCK = "bedrock.amazonaws.com"
# Converse asks for these, too: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


class ModelGrants:
    """Grants on the models of one ``ModelAccess``."""

    def __init__(self, stack: cdk.Stack, models: Sequence[Model], regions: Sequence[str]) -> None:
        self._stack = stack
        self._named = [model.arn(stack) for model in models]
        self._behind = {model.arn(stack): model.behind(stack, regions) for model in models if model.is_profile}

    @property
    def jobs(self) -> str:
        """The ARN of all jobs of the account and Region: Bedrock names each when it starts."""
        return arn_in(self._stack, "bedrock", "model-invocation-job/*")

    def grant_invoke(self, grantee: iam.IGrantable, *, conditions: Mapping[str, Mapping[str, Any]]) -> iam.Grant:
        """Grant what requests name on ``conditions``, and what is behind a profile only by way of that."""
        granted = to_principal(grantee, INVOKE, self._named, conditions=conditions)
        for profile, models in self._behind.items():
            granted = granted.combine(self._grant_behind(grantee, profile, models))
        return granted

    def grant_to_jobs(self, role: LeastPrivilegeRole) -> None:
        """Grant what a job needs beside its bucket: profiles, and what is behind them.

        Source: docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html.
        """
        for profile, models in self._behind.items():
            to_principal(role, [INVOKE[0]], [profile])
            self._grant_behind(role, profile, models, INVOKE[:1])

    def grant_jobs(self, grantee: iam.IGrantable, role: LeastPrivilegeRole) -> iam.Grant:
        """Let a principal start, follow and stop jobs with the models, and hand ``role`` to Bedrock for them."""
        starting = to_principal(grantee, ["bedrock:CreateModelInvocationJob"], [*self._named, self.jobs])
        following = to_principal(
            grantee, ["bedrock:GetModelInvocationJob", "bedrock:StopModelInvocationJob"], [self.jobs]
        )
        acknowledge_wildcards(
            grantee,
            self.jobs,
            reason="Bedrock names each job when it is started; the jobs are those of this account and Region.",
            source="docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-permissions.html",
        )
        return starting.combine(following).combine(grant_passing(grantee, role, BEDROCK))

    def let_through(self, endpoint: ec2.InterfaceVpcEndpoint) -> None:
        """Let this account's principals through to the models, which belong to no account of the customer."""
        arns = [*self._named, *(arn for models in self._behind.values() for arn in models)]
        endpoint.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.StarPrincipal()],
                actions=list(INVOKE),
                resources=list(dict.fromkeys(arns)),
                conditions={"StringEquals": {"aws:PrincipalAccount": account_of(self._stack)}},
            )
        )

    def _grant_behind(
        self, grantee: iam.IGrantable, profile: str, models: Sequence[str], actions: Sequence[str] = INVOKE
    ) -> iam.Grant:
        return to_principal(
            grantee, actions, models, conditions={"ArnEquals": {"bedrock:InferenceProfileArn": profile}}
        )
