"""Log files cannot be deleted or forged.

Compliant, for a bucket of logs or of AWS Config's history, and for one whose policy or ACL lets CloudTrail, AWS
Config, S3's access logs, other services' logs, GuardDuty or Macie write into it: Object Lock in compliance mode;
Object Lock in governance mode, with a policy that denies bypassing it; or a policy that denies deleting objects and
versions. In the last two cases the policy also lets AWS services alone write. Non-compliant: anything else, since an
administrator can then remove traces or plant false ones; where people or programs of the app put data into the same
bucket, so can they, and the message says so, or names the roles of functions and tasks that may, though none of these
is given the bucket. Lifecycle rules keep working, since policies do not apply to them. Not applicable: other buckets.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, is_one_of, is_present, is_true
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.facts.uploads import holds_others_too, roles_alone
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, named, unknown
from hipaa_constructs.iam.evaluate import bucket_policy, denied

_LOCKED = ("s3:BypassGovernanceRetention", "s3:PutObject")
# What they write is a record of others, or what they found: nobody else has to write there.
_RECORDERS = (
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "guardduty.amazonaws.com",
    "logging.s3.amazonaws.com",
    "macie.amazonaws.com",
)
_UNLOCKED = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject")


def check(resource: Resource) -> Verdict:
    if not logs_in(resource) and not _is_written_by_recorder(resource):
        return NOT_APPLICABLE
    locked = is_true(resource.get("ObjectLockEnabled", False))
    mode = resource.get("ObjectLockConfiguration.Rule.DefaultRetention.Mode")
    held, compliance = all_of((locked, is_present(mode))), all_of((locked, is_one_of(mode, "COMPLIANCE")))
    if compliance is Ternary.YES:
        return PASSED
    if Ternary.UNKNOWN in (held, compliance):
        return unknown("The Object Lock of the bucket is known only at deployment.")
    policy = bucket_policy(resource)
    if isinstance(policy, Unknown):
        return unknown("The bucket's policy cannot be read before deployment.")
    actions = _LOCKED if held is Ternary.YES else _UNLOCKED
    answers = {action: denied(policy, resource, action, {}) for action in actions}
    missing = [action for action, answer in answers.items() if answer is Ternary.NO]
    if missing:
        # Whoever may put records there, may put log files there too.
        roles = roles_alone(resource)
        by_roles = f", {named(roles)} may put objects beside them" if roles else ""
        beside = " beside what people or programs of the app put there" if holds_others_too(resource) else ""
        return failed(
            f"The bucket holds logs or findings{by_roles or beside}, and no bucket policy denies people "
            f"{', '.join(missing)}.",
            at="",
        )
    return judge(
        all_of(answers.values()),
        "",
        unknown_message="Whether the bucket's policy protects its logs is known only at deployment.",
    )


def _is_written_by_recorder(bucket: Resource) -> bool:
    """Whether a policy or ACL lets a service write that records or finds, also for what is not of this app."""
    if is_one_of(bucket.get("AccessControl"), "LogDeliveryWrite") is Ternary.YES:
        return True
    policy = bucket_policy(bucket)
    return not isinstance(policy, Unknown) and any(
        statement.allows is Ternary.YES
        and statement.covers_action("s3:PutObject") is Ternary.YES
        and any(
            kind == "Service" and is_one_of(value, *_RECORDERS) is Ternary.YES for kind, value in statement.principals
        )
        for statement in policy
    )


def _is_by_role_alone(bucket: Resource) -> bool:
    return bool(roles_alone(bucket))


_DENIAL = "iam.PolicyStatement(effect=iam.Effect.DENY, principals=[iam.AnyPrincipal()], resources=[<its objects>]"
_DENIED = (
    f"{' and '.join(_UNLOCKED[:2])} on its objects, and s3:PutObject to all but the service that delivers, by a "
    "Condition {ForAllValues:StringNotEquals: {aws:PrincipalServiceNamesList: <the service>}}"
)
_CDK = (
    f"s3.Bucket.add_to_resource_policy({_DENIAL}, actions={[*_UNLOCKED[:2]]})) and "
    f's3.Bucket.add_to_resource_policy({_DENIAL}, actions=["s3:PutObject"], conditions='
    '{"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": [<the service>]}}))',
)

RULE = Rule(
    name="LogFilesProtected",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(b)", "164.312(c)(1)", "164.316(b)(2)(i)"),
    fix="Let nobody delete log files, and only AWS services write them.",
    fixes=(
        Fix(
            template="The policies of the role leave out the bucket, which no program of the template is given, and "
            f"the bucket's AWS::S3::BucketPolicy denies everyone {_DENIED}.",
            cdk=_CDK,
            beside="A role that has to put objects somewhere has a bucket for that.",
            constructs=("AccessLogBucket", "AuditTrail"),
            when=_is_by_role_alone,
        ),
        Fix(
            template="The logs go to a bucket of their own, whose AWS::S3::BucketPolicy denies everyone "
            f"{_DENIED}; in this one, only on <the bucket's ARN>/AWSLogs/* or what else the service's prefix is, so "
            "that what the app puts there stays its own.",
            cdk=_CDK,
            constructs=("AccessLogBucket", "AuditTrail"),
            when=holds_others_too,
        ),
        Fix(
            template=f"The bucket's AWS::S3::BucketPolicy denies everyone {_DENIED}; "
            f"with Object Lock in governance mode it denies {_LOCKED[0]} in place of deletion.",
            cdk=_CDK,
            constructs=("AccessLogBucket", "AuditTrail"),
        ),
    ),
    check=check,
)
