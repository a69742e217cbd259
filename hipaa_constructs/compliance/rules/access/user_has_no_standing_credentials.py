"""No IAM user gets a console password or an access key from a template.

People come through a federated role and workloads through their own, so that nothing lasts that can be lost. Compliant:
a user without ``LoginProfile``; an inactive key. Non-compliant: a password; an active key, whose secret the stack's
outputs and state can show; as a warning, a user without a password whose own policies allow more than to manage
oneself, who works by access keys that are made elsewhere, a policy of a key, bucket, queue, secret or topic that lets a
user in by name, and a contact center of Amazon Connect that keeps passwords of its own (``CONNECT_MANAGED``) in place
of SAML or a directory, by which people sign in as they do elsewhere, with its second factor
(docs.aws.amazon.com/connect/latest/adminguide/connect-identity-management.html). Not applicable: nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Reference, Resolved, Ternary, Unknown, is_one_of, negate
from hipaa_constructs.compliance.facts.policy_fixes import resource_fixes
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    listed,
    weaker,
    worst,
)
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, policies_at
from hipaa_constructs.iam.grants import documents
from hipaa_constructs.iam.locations import RESOURCE_POLICIES

_POLICIES = (
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
)
_USER, _KEY, _CONTACTS = "AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::Connect::Instance"
# What people who sign in are let do of their own password and second factor.
_OF_ONESELF = re.compile(r"(iam|sts):.*", re.IGNORECASE)


def _works(user: Resource) -> bool:
    """Whether a policy of its own certainly lets a user do something beside managing itself."""
    app = user.template.app
    apart = [
        policy
        for kind, path in (
            ("AWS::IAM::ManagedPolicy", "Users"),
            ("AWS::IAM::Policy", "Users"),
            ("AWS::IAM::UserPolicy", "UserName"),
        )
        for policy in app.referring(user, kind, path)
    ]
    return any(
        statement.allows is Ternary.YES
        and any(isinstance(action, str) and not _OF_ONESELF.fullmatch(action) for action in statement.actions)
        for holder in (user, *apart)
        for policy in documents(holder)
        if not isinstance(policy, Unknown)
        for statement in policy
    )


def _has_no_password(user: Resource) -> bool:
    return user.get("LoginProfile") is None


def _is_user(value: Resolved) -> bool:
    """Whether a principal is certainly an IAM user that no other finding is about; CloudFront's identities are none."""
    if isinstance(value, Reference):
        return value.resource.type == _USER and check(value.resource).outcome is not Outcome.FAILED
    arn = parse_arn(value) if isinstance(value, str) else None
    return arn is not None and arn.service == "iam" and arn.name.startswith("user/") and arn.account != "cloudfront"


def _lets_in(statement: Statement) -> Iterator[Verdict]:
    users = [value for kind, value in statement.principals if kind == "AWS" and _is_user(value)]
    if users:
        who = listed(dict.fromkeys(map(str, users)))
        yield failed(
            f"Statement {statement.name} lets in {who}, an IAM user, whose credentials last.", severity="warning"
        )


def check(resource: Resource) -> Verdict:
    if resource.type in _POLICIES:
        path = RESOURCE_POLICIES[resource.type][0]
        found = policies_at(resource, path)
        read = [policy for policy in found if not isinstance(policy, Unknown)]
        told = [verdict for policy in read for one in policy if one.allows is Ternary.YES for verdict in _lets_in(one)]
        # That it cannot be read before deployment is said by rules that look at every statement.
        return worst((PASSED, *told)) if told or len(read) == len(found) else NOT_APPLICABLE
    if resource.type == _USER:
        if resource.get("LoginProfile") is not None:
            return failed("LoginProfile gives the user a console password.")
        if _works(resource) and not resource.template.app.referring(resource, _KEY, "UserName"):
            return failed(
                "The user has rights and no password, so that it is for access keys, which last and which the app does "
                "not make.",
                at="",
                severity="warning",
            )
        return PASSED
    if resource.type == _CONTACTS:
        kind = resource.get("IdentityManagementType")
        return weaker(
            judge(
                negate(is_one_of(kind, "CONNECT_MANAGED")),
                "IdentityManagementType is CONNECT_MANAGED, so people have passwords of the instance's own.",
                unknown_message="IdentityManagementType is known only at deployment.",
            )
        )
    return judge(
        is_one_of(resource.get("Status", "Active"), "Inactive"),
        "The template makes an active access key.",
        unknown_message="Status is known only at deployment.",
    )


RULE = Rule(
    name="UserHasNoStandingCredentials",
    severity="error",
    resource_types=(_CONTACTS, _KEY, _USER, *_POLICIES),
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.308(a)(5)(ii)(D)", "164.312(a)(1)", "164.312(d)"),
    fix="Let people take a role by their identity provider, and workloads a role of their own.",
    fixes=(
        Fix(
            (_CONTACTS,),
            beside="A new instance has IdentityManagementType SAML: that of one that is there never changes, and with "
            "it go its settings and metrics.",
        ),
        Fix(
            (_KEY,),
            {"Status": "Inactive"},
            template="Then remove it, once the workload has a role of its own.",
            cdk=("iam.AccessKey(status=iam.AccessKeyStatus.INACTIVE)",),
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            (_USER,),
            beside="A workload, or a workflow elsewhere, has an AWS::IAM::Role in place of the user, and a person "
            "takes a role by the identity provider; then the user goes, with its access keys.",
            constructs=("LeastPrivilegeRole", "WorkforceRoles"),
            when=_has_no_password,
        ),
        Fix(
            (_USER,),
            beside="Leave LoginProfile out, and with it the password; people take a role by their identity provider, "
            "and a workload or a workflow elsewhere has an AWS::IAM::Role in place of the user.",
            constructs=("WorkforceRoles", "LeastPrivilegeRole"),
        ),
        *resource_fixes(
            "name in Principal a role, which people take by their identity provider and workloads by themselves, in "
            "place of the user",
            "actions=<the actions>, principals=[<a role>], resources=[<what>]",
            _POLICIES,
            {"AWS::KMS::Key": ("KmsRotatedKey",)},
        ),
    ),
    check=check,
)
