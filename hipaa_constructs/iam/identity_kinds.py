"""The actions of IAM by which roles, users, groups and policies come to have rights.

docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """Identities of a kind, or policies: what makes them, gives rights to them, and so on.

    ``start`` is how their ARNs name them; ``unbinds`` takes a permissions boundary away, and ``takes`` lets somebody
    act as what there is.
    """

    start: str
    makes: str = ""
    gives: tuple[str, ...] = ()
    unbinds: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


ROLES: Final = Kind(
    "role/",
    "iam:CreateRole",
    ("iam:AttachRolePolicy", "iam:PutRolePolicy"),
    ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
    ("iam:PassRole", "iam:UpdateAssumeRolePolicy"),
)
USERS: Final = Kind(
    "user/",
    "iam:CreateUser",
    ("iam:AttachUserPolicy", "iam:PutUserPolicy"),
    ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"),
    ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
)
GROUPS: Final = Kind(
    "group/", "iam:CreateGroup", ("iam:AttachGroupPolicy", "iam:PutGroupPolicy"), takes=("iam:AddUserToGroup",)
)
# Whoever holds a policy has what its new version says.
POLICIES: Final = Kind("policy/", gives=("iam:CreatePolicyVersion",))
KINDS: Final = (ROLES, USERS, GROUPS, POLICIES)
