"""Identity policies name the resources whose data they reach.

Compliant: actions that read, write, decrypt, delete or open data, touch its record, have others work on it or stop that
(functions, state machines, tasks, jobs, queries, builds, commands), send, or give rights to others name their buckets,
tables, keys, functions and roles, or a condition ties them to a service, a tag, a cluster or a sender; one on
``aws:ResourceAccount`` alone, or ARNs of one account do so in what none but AWS Backup or Automation have, who are told
what to work on by a plan or a finding, as AWS's own policy for backups of S3 is of all buckets
(docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html). Non-compliant:
such an action on every resource, or on all keys, secrets, functions, roles and the like of an account, also where a
condition says which account or organization they are of, since that leaves all the data of the account; as a warning,
an action of any kind on what is no ARN, such as a bucket's name, which IAM refuses
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html). Writing to log groups reaches no
data: AWS's own AWSLambdaBasicExecutionRole allows it on all. Not applicable: a policy that serves only as permissions
boundary, what denies, and ``sns:Publish`` of a role for Cognito, whose text messages have no ARN; actions that take no
resource, such as ``states:SendTaskSuccess``
(docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html). Whole services, wildcard
actions on every resource, and ``iam:PassRole`` are GrantsBounded's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, any_of, is_one_of
from hipaa_constructs.compliance.facts.grants import is_held_by_services, judge_grants
from hipaa_constructs.compliance.facts.policy_fixes import ROLE_TYPES, identity_fixes
from hipaa_constructs.compliance.facts.reaching_actions import LESSER, OWN_ARNS, REACHING_ACTIONS, WHOLE_KINDS
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Severity, Verdict, failed, listed, unknown
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.arns import is_no_arn, parse_arn
from hipaa_constructs.iam.document import Condition, Statement, matches, policies_at
from hipaa_constructs.iam.grants import IDENTITY_TYPES, is_broad, is_every_resource, is_kind, is_whole_service
from hipaa_constructs.iam.locations import IDENTITY_POLICIES
from hipaa_constructs.iam.roles import trusted_principals

_BY_LOWER_CASE = {action.lower(): action for action in REACHING_ACTIONS}
# Conditions that say which resources, where the resource element does not.
_NARROWING = (
    "aws:resourcetag/",
    "dynamodb:leadingkeys",
    "ec2:resourcetag/",
    "ecs:cluster",
    "elasticfilesystem:accesspointarn",
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:resourcetag/",
    "kms:encryptioncontext:",
    "kms:grantisforawsresource",
    "kms:resourcealiases",
    "kms:viaservice",
    "s3:existingobjecttag/",
    "secretsmanager:resource/allowrotationlambdaarn",
    "secretsmanager:resourcetag/",
    "ses:fromaddress",
    "ssm:resourcetag/",
)
# They say whose resources, and leave all of one account; keys, secrets and tables have its number in their ARNs anyway.
_OF_ACCOUNT = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount")
# They work on what a plan for backups selects, or a rule of AWS Config finds, for which no policy has names.
_TOLD_ELSEWHERE = ("backup.amazonaws.com", "ssm.amazonaws.com")


def _is_of_others(resource: str, action: str) -> bool:
    """Whether no resource of an action has such an ARN, as no key has ``arn:aws:kms:::*``."""
    if not may_be_about(action, resource):
        return True
    service, arn = action.partition(":")[0], parse_arn(resource)
    if arn is None or service not in OWN_ARNS:
        return False
    is_named = not any(mark in arn.service for mark in ("*", "?", "$"))
    return (is_named and arn.service != service) or "" in (arn.region, arn.account)


def _is_everything(resource: str, action: str) -> bool:
    if _is_of_others(resource, action):
        return False
    if is_every_resource(resource):
        return True
    kinds = next((kinds for prefix, kinds in WHOLE_KINDS.items() if action.startswith(prefix)), ())
    return is_kind(resource, kinds)


def _reaching(action: Resolved) -> Iterable[str]:
    """What of the actions above a statement's action stands for; few of them have a wildcard."""
    if isinstance(action, str) and "*" not in action and "?" not in action:
        known = _BY_LOWER_CASE.get(action.lower())
        return () if known is None else (known,)
    return (reaching for reaching in REACHING_ACTIONS if matches(action, reaching))


def _is_narrowed(condition: Condition | Unknown, by_service: bool) -> Ternary:
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    return Ternary.of(condition.key.startswith(_NARROWING) or (by_service and _holds_to_account(condition)))


def _holds_to_account(condition: Condition) -> bool:
    return condition.key in _OF_ACCOUNT and "not" not in condition.operator and condition.operator != "null"


def _is_of_one_account(item: str) -> bool:
    """Whether an ARN says by itself which account it is of, as a condition may."""
    arn = parse_arn(item)
    return arn is not None and arn.account != "" and not any(mark in arn.account for mark in "*?")


def _names_nothing(item: Resolved) -> bool:
    """Whether a resource is certainly neither an ARN nor a wildcard; an empty default waits for deployment."""
    return is_no_arn(item) and str(item) != "" and not str(item).startswith(("*", "?"))


def judge_statement(statement: Statement, *, texts: bool, by_service: bool = False) -> Iterator[Verdict]:
    """Judge whether an Allow of what reaches data names resources.

    :param texts: whether it may send any text.
    :param by_service: whether services of AWS alone hold it, for which a condition on the account is enough.
    """
    nothing = listed(dict.fromkeys(str(item) for item in statement.resources if _names_nothing(item)))
    if nothing:
        yield failed(
            f"Statement {statement.name} allows {listed(statement.actions)} on {nothing}, which is no ARN: "
            "IAM refuses the policy.",
            severity="warning",
            inner=(f"Statement {statement.name}",),
        )
    wide = [
        item
        for item in statement.resources
        if isinstance(item, str) and item.endswith(("*", "?")) and not (by_service and _is_of_one_account(item))
    ]
    narrowed = any_of(_is_narrowed(one, by_service) for one in statement.conditions) if wide else Ternary.YES
    if narrowed is Ternary.YES:
        return
    # By the resource, and by whether the action weighs less.
    allowed: dict[tuple[str, bool], list[str]] = {}
    for action in statement.actions:
        for reaching in () if is_whole_service(action) else _reaching(action):
            for item in () if texts and reaching == "sns:Publish" else wide:
                if _is_everything(item, reaching) and not (is_broad(action) and is_every_resource(item)):
                    allowed.setdefault((item, reaching in LESSER), []).append(str(action))
    bound = any(map(_holds_to_account, statement.known_conditions()))
    of_account = ", and its condition leaves all that an account has" if bound else ""
    for (resource, lesser), actions in allowed.items():
        said = f"statement {statement.name} allows {listed(dict.fromkeys(actions))} on {resource}"
        if narrowed is Ternary.UNKNOWN:
            yield unknown(f"On what condition {said} is known only at deployment.")
        else:
            inner = (f"Statement {statement.name}",)
            alone = actions if resource == "*" and not bound else ()
            weight: Severity | None = "warning" if lesser else None
            yield failed(f"S{said[1:]}{of_account}.", severity=weight, inner=inner, allows=alone)


def _sends_texts_for_cognito(resource: Resource) -> bool:
    """Whether Cognito takes the role; it sends codes to phone numbers, for which sns:Publish needs every resource.

    docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-sms-settings.html
    """
    trusted = trusted_principals(resource) if resource.type == "AWS::IAM::Role" else ()
    return not isinstance(trusted, Unknown) and any(
        kind == "Service" and is_one_of(value, "cognito-idp.amazonaws.com", any_case=True) is Ternary.YES
        for kind, value in trusted
    )


def check(resource: Resource) -> Verdict:
    by_service = is_held_by_services(resource, *_TOLD_ELSEWHERE)
    return judge_grants(
        resource, partial(judge_statement, texts=_sends_texts_for_cognito(resource), by_service=by_service)
    )


_NAMES = (
    "name in Resource the ARNs of what it has to reach, such as buckets, keys or functions, or add a Condition on "
    "aws:ResourceTag/<a tag>, where the action knows that, or, of a key, kms:ViaService; one on aws:ResourceAccount "
    "leaves all of the account"
)
# docs.aws.amazon.com/ses/latest/dg/control-user-access.html
_MAIL = (
    "mail is sent by an identity, arn:aws:ses:<Region>:<account>:identity/<its domain or address>, or with a Condition "
    "{StringEquals: {ses:FromAddress: <the address>}}"
)


# docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
_BUCKETS = (
    "In Resource, a bucket is arn:${AWS::Partition}:s3:::<its name>, and its objects are that with /* behind it; of a "
    "bucket of the template ${<the bucket>.Arn} and ${<the bucket>.Arn}/*, while ${<the bucket>} is its name alone."
)


def _tailored(fix: Fix, resource: Resource) -> Fix:
    statements = list(_statements(resource))
    told = fix.beside
    if any(map(_sends_mail, statements)):
        told = f"{told.removesuffix('.')}; {_MAIL}."
    # What IAM refuses comes first: no Condition lets it take that.
    if any(map(_names_bucket, statements)):
        told = f"{_BUCKETS} {told}"
    return replace(fix, beside=told)


def _statements(resource: Resource) -> Iterator[Statement]:
    for policy in policies_at(resource, IDENTITY_POLICIES[resource.type]):
        yield from () if isinstance(policy, Unknown) else policy


def _sends_mail(statement: Statement) -> bool:
    return any(str(action).lower().startswith("ses:send") for action in statement.actions)


def _names_bucket(statement: Statement) -> bool:
    """Whether a statement has, in place of a bucket's ARN, what is none."""
    of_buckets = any(str(action).lower().startswith("s3:") for action in statement.actions)
    return of_buckets and any(map(_names_nothing, statement.resources))


_FIXES = identity_fixes(
    _NAMES,
    "actions=<the actions>, resources=[<the ARNs>]",
    constructs=dict.fromkeys(ROLE_TYPES, ("LeastPrivilegeRole",)),
)

RULE = Rule(
    name="DataGrantsNameResources",
    severity="error",
    resource_types=IDENTITY_TYPES,
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
    ),
    fix="Name the buckets, tables, keys, secrets and roles whose data the identity needs.",
    fixes=tuple(replace(fix, tailor=_tailored) for fix in _FIXES),
    check=check,
)
