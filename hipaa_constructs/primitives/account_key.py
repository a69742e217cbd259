"""A key whose policy admits services on behalf of its own account, whoever asks."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.primitives.cdk_grants import held_to_account


class AccountKey(kms.Key):
    """Admits services for this account alone, and without naming what may be under the key.

    CDK's notifications, subscriptions and event targets call ``add_to_resource_policy``. What this library writes is
    held to the account already and takes ``grant_held`` or ``add_held``, so that nobody looks at it again. Statements
    go to the policy at once: CDK's own method does no more, and Node would be asked for each part of its answer.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str,
        description: str,
        rotation_period: cdk.Duration,
        pending_window: cdk.Duration,
        multi_region: bool,
        policy: iam.PolicyDocument,
    ) -> None:
        self.owner = scope
        self._document = policy
        self._held = False
        super().__init__(
            scope,
            construct_id,
            alias=alias,
            description=description,
            enable_key_rotation=True,
            rotation_period=rotation_period,
            pending_window=pending_window,
            multi_region=multi_region,
            policy=policy,
            removal_policy=KEPT,
        )
        settle(self, scope, construct_id)

    def grant_held(self, principal: iam.IPrincipal, *actions: str) -> iam.Grant:
        """Grant to a principal whose conditions hold it to this account."""
        self._held = True
        try:
            return self.grant(principal, *actions)
        finally:
            self._held = False

    def add_held(self, statement: iam.PolicyStatement) -> None:
        """Add a statement that holds its principals to this account."""
        self._document.add_statements(statement)

    def add_to_resource_policy(
        self, statement: iam.PolicyStatement, allow_no_op: bool | None = None
    ) -> iam.AddToResourcePolicyResult:
        """Add a statement, held to this account."""
        statements = [statement] if self._held else held_to_account(statement, stack=stack_of(self))
        self._document.add_statements(*statements)
        return iam.AddToResourcePolicyResult(statement_added=True, policy_dependable=self)
