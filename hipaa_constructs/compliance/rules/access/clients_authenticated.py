"""Caches, graph databases and Kafka clusters ask clients who they are.

Without it, whoever reaches the port reads and writes what is there. Compliant: an AUTH token, or a user group whose
users that are on have a password or IAM, on ElastiCache; an access control list other than ``open-access`` on MemoryDB;
SASL or client certificates on MSK, and unauthenticated access not allowed beside them; IAM authentication on Neptune.
These are what Security Hub's ElastiCache.6, MSK.6 and Neptune.7 ask for
(docs.aws.amazon.com/securityhub/latest/userguide). Non-compliant: none of these, which is the default; a user group
with a user who needs no password, as ElastiCache's own user ``default`` does, as whom clients come who say nothing
(docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html). Not applicable: Memcached, which knows no clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_text,
    is_one_of,
    is_present,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.caches import is_older
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, worst

# Where MSK has each way to know a client.
_KAFKA = ("Sasl.Iam.Enabled", "Sasl.Scram.Enabled", "Tls.Enabled")


def _any_of(resource: Resource, *paths: str) -> Verdict:
    return judge(
        any_of(is_present(resource.get(path)) for path in paths),
        f"{'Neither ' if len(paths) > 1 else 'No '}{' nor '.join(paths)} is set, so clients need no credentials.",
        unknown_message=f"Whether {' or '.join(paths)} is set is known only at deployment.",
    )


def _cache(resource: Resource) -> Verdict:
    return worst((_any_of(resource, "AuthToken", "UserGroupIds"), *_users(resource, resource.get("UserGroupIds"))))


def _serverless_cache(resource: Resource) -> Verdict:
    if is_one_of(resource.get("Engine"), "memcached", any_case=True) is Ternary.YES:
        return NOT_APPLICABLE
    return worst((_any_of(resource, "UserGroupId"), *_users(resource, resource.get("UserGroupId"))))


def _users(cache: Resource, groups: Resolved) -> Iterator[Verdict]:
    """Judge the users of the app's own groups; what is in others is not known here."""
    for value in as_items(groups):
        group = cache.template.target(value, "AWS::ElastiCache::UserGroup")
        if group is None:
            continue
        for name in as_items(group.get("UserIds")):
            if is_one_of(name, "default") is Ternary.YES:
                yield failed(f"{group.logical_id} has ElastiCache's own user default, who needs no password.")
            user = group.template.target(name, "AWS::ElastiCache::User")
            if user is not None:
                yield _user(user)


def _user(user: Resource) -> Verdict:
    keyless = any_of(
        (
            is_true(user.get("NoPasswordRequired", False)),
            is_one_of(user.get("AuthenticationMode.Type"), "no-password-required", any_case=True),
        )
    )
    return judge(
        negate(all_of((keyless, _is_on(user)))),
        f"{user.logical_id} of the user group is on and needs no password.",
        unknown_message=f"Whether {user.logical_id} of the user group needs a password is known only at deployment.",
    )


def _is_on(user: Resource) -> Ternary:
    """A user whom the access string does not switch on is off."""
    words = as_text(user.get("AccessString"))
    if isinstance(words, Unknown):
        return Ternary.UNKNOWN
    return Ternary.of(words is not None and "on" in words.lower().split())


def _memory(resource: Resource) -> Verdict:
    if is_one_of(resource.get("ACLName"), "open-access") is Ternary.YES:
        return failed("ACLName is open-access, so clients need no credentials.")
    return _any_of(resource, "ACLName")


def _kafka(resource: Resource) -> Verdict:
    anybody = is_true(resource.get("ClientAuthentication.Unauthenticated.Enabled", False))
    if anybody is Ternary.YES:
        return failed("ClientAuthentication.Unauthenticated.Enabled is true, so clients need no credentials.")
    known = any_of(is_true(resource.get(f"ClientAuthentication.{path}", False)) for path in _KAFKA)
    return judge(
        all_of((known, negate(anybody))),
        "ClientAuthentication turns nothing on, so clients need no credentials.",
        unknown_message="ClientAuthentication is known only at deployment.",
    )


_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::ElastiCache::ReplicationGroup": _cache,
    "AWS::ElastiCache::ServerlessCache": _serverless_cache,
    "AWS::MSK::Cluster": _kafka,
    "AWS::MemoryDB::Cluster": _memory,
    "AWS::Neptune::DBCluster": Setting("IamAuthEnabled", is_true, default=False).judge,
}


def check(resource: Resource) -> Verdict:
    return _CHECKS[resource.type](resource)


RULE = Rule(
    name="ClientsAuthenticated",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Let clients show who they are: by a user group, an access control list or IAM.",
    fixes=(
        # docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html, …/auth.html
        Fix(
            ("AWS::ElastiCache::ReplicationGroup",),
            {"AuthToken": Choose("a dynamic reference to a secret"), "TransitEncryptionEnabled": True},
            beside="User groups are for Redis OSS 6 and later, and Valkey: with such an EngineVersion, UserGroupIds "
            "names one in place of the token.",
            constructs=("TlsCache",),
            when=partial(is_older, engine="redis", version=(6,)),
        ),
        Fix(
            ("AWS::ElastiCache::ReplicationGroup",),
            {"UserGroupIds": [Choose("the id of a user group")], "TransitEncryptionEnabled": True},
            constructs=("TlsCache",),
        ),
        Fix(("AWS::ElastiCache::ServerlessCache",), {"UserGroupId": Choose("the id of a user group")}),
        Fix(
            ("AWS::MSK::Cluster",),
            {"ClientAuthentication.Sasl.Iam.Enabled": True, "ClientAuthentication.Unauthenticated.Enabled": False},
        ),
        Fix(("AWS::MemoryDB::Cluster",), {"ACLName": Choose("the name of an access control list of your own")}),
        Fix(("AWS::Neptune::DBCluster",), {"IamAuthEnabled": True}),
    ),
    check=check,
    phi_only=True,
)
