from __future__ import annotations

import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments

# A managed policy holds 6,144 characters; the room left covers the envelope and tokens that grow on resolution.
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_POLICY_CHARACTERS = 5_000


class LeastPrivilegeRole(iam.Role):
    """An IAM role whose every grant becomes a managed policy, so that it has no inline policy.

    CDK's ``grant_*`` methods write inline policies, which cannot be reviewed or versioned on their own and which
    ``HIPAA.Security-IAMNoInlinePolicy`` refuses. On this role they work unchanged: a statement goes to a
    customer-managed policy beside the role, and to the next one when that is full.

    Meets 164.308(a)(3)(i) workforce security, 164.308(a)(4)(ii)(B) access authorization and 164.312(a)(1)
    access control.

    :param assumed_by: who may assume the role.
    :param description: shown in the console. Default: none.
    :param managed_policies: policies of your own to attach. Default: none.
    :param max_session_duration: how long a session lasts. Default: one hour, which is AWS's own default.
    :param permissions_boundary: the most this role may ever do. Default: no boundary.
    :param role_name: a fixed name. Default: CloudFormation makes one.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        assumed_by: iam.IPrincipal,
        description: str | None = None,
        managed_policies: Sequence[iam.IManagedPolicy] | None = None,
        max_session_duration: cdk.Duration | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        role_name: str | None = None,
    ) -> None:
        self._policies: list[iam.ManagedPolicy] = []
        self._room = 0
        super().__init__(
            scope,
            construct_id,
            assumed_by=assumed_by,
            description=description,
            managed_policies=managed_policies,
            max_session_duration=max_session_duration,
            permissions_boundary=permissions_boundary,
            role_name=role_name,
        )

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a statement to the role's managed policy; CDK's grants call this."""
        size = len(json.dumps(cdk.Stack.of(self).resolve(statement.to_statement_json())))
        if size > self._room:
            policy = iam.ManagedPolicy(
                self, f"Policy{len(self._policies) + 1}", roles=[self], description=f"Granted to {self.node.path}"
            )
            self._policies.append(policy)
            self._room = _POLICY_CHARACTERS
        self._room -= size
        self._policies[-1].add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._policies[-1])

    def add_to_policy(self, statement: iam.PolicyStatement) -> bool:
        """Add a statement to the role's managed policy."""
        return bool(self.add_to_principal_policy(statement).statement_added)
