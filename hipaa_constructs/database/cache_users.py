"""Who may connect to a cache, and as whom: users who sign in by IAM, and nobody else."""

from __future__ import annotations

import re

from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._names import known_name, stack_piece

# Words of an access string that set a password, which the template would show, or do without one.
_CREDENTIALS = re.compile(r"nopass|resetpass|[<>#!].*", re.IGNORECASE)
# What the engine calls dangerous is to flush, to list all keys, to change its settings; INFO is what clients ask first.
_EVERYTHING_BUT_DANGEROUS = "on ~* &* +@all -@dangerous +info"


class CacheUsers:
    """The user group of a cache.

    Valkey too takes users and groups of the engine ``redis``, and in those of ``valkey`` there can be no user without a
    credential, not even one who is off. So the engine's user ``default``, as whom come those who say nothing, is here
    and off, for everyone to see. Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._ids: list[str] = []
        self._group = elasticache.CfnUserGroup(
            scope, "UserGroup", engine="redis", user_group_id=_id(scope), user_ids=self._ids
        )
        self._define("DefaultUser", "off -@all", name="default")
        self.first = self._define("User", _EVERYTHING_BUT_DANGEROUS)

    @property
    def group_id(self) -> str:
        """The id of the group."""
        return self._group.ref

    def add(self, construct_id: str, access_string: str) -> elasticache.CfnUser:
        """Add a user, unless the access string has to do with passwords."""
        for word in () if is_token(access_string) else access_string.split():
            if _CREDENTIALS.fullmatch(word):
                refuse(
                    "access_string",
                    word,
                    allowed="it takes no password, and none that does without: users sign in by IAM",
                    fix="Leave that word out.",
                )
        return self._define(construct_id, access_string)

    def _define(self, construct_id: str, access_string: str, *, name: str = "") -> elasticache.CfnUser:
        holder = Construct(self._scope, construct_id)
        user_id = _id(holder)
        user = elasticache.CfnUser(
            holder,
            "Resource",
            engine="redis",
            user_id=user_id,
            # For IAM both have to be the same (auth-iam.html, beside the page above).
            user_name=name or user_id,
            access_string=access_string,
            authentication_mode={"Type": "no-password-required" if name else "iam"},
        )
        self._ids.append(user.ref)
        # Given anew each time: a list that grows later would have to be a token.
        self._group.user_ids = self._ids
        return user


def _id(scope: Construct) -> str:
    """Make an id of 40 letters, digits and hyphens, in lower case as ElastiCache keeps it, that deployments differ in.

    Source: docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html.
    """
    return f"{known_name(scope, max_length=31).lower()}-{stack_piece()}"
