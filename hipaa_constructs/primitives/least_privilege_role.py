from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_unit
from hipaa_constructs._stacks import path_of, settle, stack_of
from hipaa_constructs.primitives.grant_limits import require_bounded, require_no_full_access
from hipaa_constructs.primitives.service_trust import for_this_account

# A managed policy holds 6,144 characters; the room left covers the envelope and tokens that grow on resolution.
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_POLICY_LIMIT = 6_144
_POLICY_CHARACTERS = 5_000
# How a token shows in a text, and the most that is written in its place: a reference to the longest logical id, of 255
# characters. docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_TOKEN = "Token["
_TOKEN_CHARACTERS = 300
# A role takes ten managed policies unless AWS has raised the quota. Same page.
_MOST_POLICIES = 10


class LeastPrivilegeRole(iam.Role):
    """An IAM role whose every grant becomes a managed policy, so that it has no inline policy.

    CDK's ``grant_*`` methods write inline policies, which cannot be reviewed or versioned on their own and which
    ``HIPAA.Security-IAMNoInlinePolicy`` refuses. On this role they work unchanged: a statement goes to a
    customer-managed policy beside the role, and to the next one when that is full. A statement that allows all of a
    service, or a wildcard of actions on every resource, is refused where it is written. A service that assumes the
    role may do so for this account alone, if it is one that tells AWS on whose behalf it acts.

    Meets 164.312(a)(1) access control. Supports 164.308(a)(3)(i) workforce security and 164.308(a)(4)(ii)(B) access
    authorization.

    :param assumed_by: who may assume the role.
    :param description: shown in the console. Default: none.
    :param managed_policies: policies to attach; not AWS's own for administrators or full access. Default: none.
    :param max_session_duration: how long a session lasts. Default: one hour, which is AWS's own default.
    :param permissions_boundary: the most this role may ever do. Default: no boundary.
    :param role_name: a fixed name. Default: CloudFormation makes one.
    :raises ValueError: an argument of the wrong type or beyond IAM's limits; a statement too broad, or too long for
        any policy; more statements than ten policies hold.
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
        _require_limits(description, max_session_duration, role_name)
        for policy in managed_policies or ():
            require_no_full_access("managed_policies", policy)
        self._policies: list[iam.ManagedPolicy] = []
        self._apart: dict[str, iam.ManagedPolicy] = {}
        self._attached = len(managed_policies or ())
        self._room = 0
        # Statements of the last policy whose room was guessed, each with the most that it can take.
        self._unresolved: list[tuple[Mapping[str, Any], int]] = []
        self._stack = stack_of(scope)
        super().__init__(
            scope,
            construct_id,
            assumed_by=for_this_account(assumed_by, self._stack),
            description=description,
            managed_policies=managed_policies,
            max_session_duration=max_session_duration,
            permissions_boundary=permissions_boundary,
            role_name=role_name,
        )
        settle(self, scope, construct_id)

    @property
    def policies(self) -> Sequence[iam.ManagedPolicy]:
        """The policies that hold what was granted so far, but those apart; what needs the grants waits for them."""
        return tuple(self._policies)

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a statement to the role's managed policy; CDK's grants call this."""
        written: Mapping[str, Any] = statement.to_statement_json()
        require_bounded(written)
        self._take_room(written)
        self._policies[-1].add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._policies[-1])

    def allow(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        *,
        conditions: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> iam.Grant:
        """Allow actions on resources, as ``iam.Grant.add_to_principal`` does, which would ask this role from Node."""
        written: dict[str, Any] = {
            "Action": _one_or_list(actions),
            "Effect": "Allow",
            "Resource": _one_or_list(resources),
        }
        if conditions:
            written["Condition"] = conditions
        require_bounded(written)
        self._take_room(written)
        return iam.Grant.add_to_principal(
            grantee=self._policies[-1],
            actions=list(actions),
            resource_arns=list(resources),
            conditions=conditions or None,
        )

    def add_to_policy(self, statement: iam.PolicyStatement) -> bool:
        """Add a statement to the role's managed policy."""
        return bool(self.add_to_principal_policy(statement).statement_added)

    def add_managed_policy(self, policy: iam.IManagedPolicy) -> None:
        """Attach a policy; not AWS's own for administrators or full access."""
        require_no_full_access("policy", policy)
        self._require_room()
        self._attached += 1
        super().add_managed_policy(policy)

    def policy_apart(self, construct_id: str) -> iam.ManagedPolicy:
        """Return a policy of this role that nothing else is added to, so that it can be acknowledged by itself."""
        known = self._apart.get(construct_id)
        if known is None:
            self._require_room()
            known = self._apart[construct_id] = iam.ManagedPolicy(
                self, construct_id, roles=[self], description=f"Granted to {path_of(self)}"
            )
        return known

    def _take_room(self, written: Mapping[str, Any]) -> None:
        """Take the room of a statement in the last policy, or in a new one.

        How long it is, once its tokens are resolved, Node knows: it is asked of several at once, where it may matter.
        """
        text = _text(written)
        tokens = text.count(_TOKEN)
        if not tokens:
            _require_short(text)
        if not self._policies:
            self._add_policy()
        most = len(text) + tokens * _TOKEN_CHARACTERS
        if most <= self._room - sum(length for _, length in self._unresolved):
            self._unresolved.append((written, most))
            return
        *before, last = map(_text, self._stack.resolve([*(one for one, _ in self._unresolved), written]))
        _require_short(last)
        self._unresolved.clear()
        self._room -= sum(map(len, before))
        if self._room < min(len(last), _POLICY_CHARACTERS):
            self._add_policy()
        self._room -= len(last)

    def _add_policy(self) -> None:
        self._require_room()
        name = f"Policy{len(self._policies) + 1}"
        policy = iam.ManagedPolicy(self, name, roles=[self], description=f"Granted to {path_of(self)}")
        settle(policy, self, name)
        self._policies.append(policy)
        self._room = _POLICY_CHARACTERS

    def _require_room(self) -> None:
        if self._attached + len(self._policies) + len(self._apart) >= _MOST_POLICIES:
            refuse(
                path_of(self),
                f"{_MOST_POLICIES + 1} managed policies",
                allowed=f"a role takes {_MOST_POLICIES} of them",
                fix="Give part of the work a role of its own, or grant to fewer resources at once.",
            )


def _one_or_list(items: Sequence[str]) -> str | list[str]:
    return items[0] if len(items) == 1 else list(items)


def _text(statement: Mapping[str, Any]) -> str:
    return json.dumps(statement, separators=(",", ":"))


def _require_short(text: str) -> None:
    # The length of a statement with intrinsics is known only to CloudFormation.
    if len(text) > _POLICY_LIMIT and '"Fn::' not in text and '"Ref"' not in text:
        refuse(
            "statement",
            f"{len(text)} characters",
            allowed=f"a managed policy holds {_POLICY_LIMIT}",
            fix="Split its actions or resources over several statements.",
        )


def _require_limits(description: str | None, duration: cdk.Duration | None, name: str | None) -> None:
    # docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    if description is not None and not is_token(description) and len(description) > 1000:
        refuse(
            "description",
            f"{len(description)} characters",
            allowed="IAM keeps at most 1000",
            fix="Shorten it.",
        )
    require_unit("max_session_duration", duration, "seconds")
    if duration is not None and not duration.is_unresolved() and not 3600 <= duration.to_seconds() <= 43_200:
        refuse(
            "max_session_duration",
            f"{duration.to_minutes(integral=False):g} minutes",
            allowed="allowed are 1 to 12 hours",
            fix="Leave it out for one hour.",
        )
    require_role_name(name)


def require_role_name(name: str | None) -> None:
    """Refuse a name that IAM does not take; a token or ``None`` passes."""
    if name is not None and not is_token(name) and not re.fullmatch(r"[\w+=,.@-]{1,64}", name, re.A):
        refuse(
            "role_name",
            name,
            allowed="allowed are 1 to 64 letters, digits and any of '_+=,.@-'",
            fix="Leave it out, and CloudFormation makes one.",
        )
