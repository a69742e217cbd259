"""Trails record every Region and the global services, and are switched on.

Compliant: logging, multi-Region, with global events, and management events of reads and writes.
Non-compliant: one of these is off, or the trail's bucket is of the app and no bucket policy lets CloudTrail put objects
there, so that nothing is delivered (docs.aws.amazon.com/awscloudtrail/latest/userguide/
create-s3-bucket-policy-for-cloudtrail.html). A trail for data events alone passes if another trail of the app records
the management events. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_text,
    dig,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge, unknown, worst
from hipaa_constructs.iam.document import Statement
from hipaa_constructs.iam.evaluate import bucket_policy

_KIND = "AWS::CloudTrail::Trail"
_BUCKET = "AWS::S3::Bucket"
_POLICY = "AWS::S3::BucketPolicy"
# CloudTrail's own default for global services is true.
_SETTINGS = (
    Setting("IsLogging", is_true),
    Setting("IsMultiRegionTrail", is_true, default=False),
    Setting("IncludeGlobalServiceEvents", is_true, default=True),
)


def _advanced(selector: Resolved) -> Ternary:
    if selector is UNKNOWN or any(field is UNKNOWN for field in spread(selector, "FieldSelectors[]")):
        return Ternary.UNKNOWN
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    categories = as_items(dig(fields.get("eventCategory"), "Equals"))
    if "readOnly" in fields or len(categories) != 1:
        return Ternary.NO
    return is_one_of(categories[0], "Management")


def _basic(selector: Resolved) -> Ternary:
    return all_of(
        (
            is_one_of(dig(selector, "ReadWriteType", "All"), "All"),
            is_true(dig(selector, "IncludeManagementEvents", True)),
        )
    )


def _manages(trail: Resource) -> Ternary:
    """Whether a trail records all management events; without selectors it does."""
    basic = [_basic(item) for item in spread(trail.properties, "EventSelectors[]")]
    advanced = [_advanced(item) for item in spread(trail.properties, "AdvancedEventSelectors[]")]
    return any_of([*basic, *advanced]) if basic or advanced else Ternary.YES


def check(resource: Resource) -> Verdict:
    manages = _manages(resource)
    if manages is not Ternary.YES and any(
        _manages(other) is Ternary.YES for other in resource.template.app.of_type(_KIND)
    ):
        manages = Ternary.YES
    events = judge(
        manages,
        "Its event selectors leave out management events.",
        unknown_message="Whether its selectors record management events is known only at deployment.",
    )
    return worst([*(setting.judge(resource) for setting in _SETTINGS), events, _delivery(resource)])


def _delivery(trail: Resource) -> Verdict:
    """Whether the trail may write into its bucket; of a bucket that is not of the app, nobody here can tell."""
    bucket = trail.template.target(trail.get("S3BucketName"), _BUCKET)
    if bucket is None:
        return PASSED
    policies = bucket.template.app.referring(bucket, _POLICY, "Bucket")
    policy = bucket_policy(bucket)
    if isinstance(policy, Unknown):
        return unknown("Whether its bucket's policy lets CloudTrail deliver is known only at deployment.")
    lets = any_of(map(_lets_deliver, policy))
    if lets is Ternary.NO and _may_have_others(bucket):
        lets = Ternary.UNKNOWN
    why = "no policy of the bucket lets" if policies else "the bucket has no policy, which would have to let"
    return judge(
        lets,
        f"Nothing is delivered to {bucket.logical_id}: {why} cloudtrail.amazonaws.com put objects.",
        unknown_message="Whether its bucket's policy lets CloudTrail deliver is known only at deployment.",
    )


def _lets_deliver(statement: Statement) -> Ternary:
    return all_of(
        (statement.allows, statement.covers_action("s3:PutObject"), any_of(map(_is_cloudtrail, _who(statement))))
    )


def _who(statement: Statement) -> Iterator[tuple[str, Resolved]]:
    yield from statement.principals
    # Whoever is not left out.
    yield from (("*", UNKNOWN) for _ in statement.not_principals[:1])


def _is_cloudtrail(principal: tuple[str, Resolved]) -> Ternary:
    kind, name = principal
    # Older policies name the accounts from which CloudTrail delivers, so that any account may be one.
    return is_one_of(name, "cloudtrail.amazonaws.com") if kind == "Service" else Ternary.UNKNOWN


def _may_have_others(bucket: Resource) -> bool:
    """Whether a policy is there of which only deployment tells for which bucket it is, or a stack that nobody reads."""
    app = bucket.template.app
    return any(
        app.is_there(one) and isinstance(as_text(one.get("Bucket")), Unknown) and _names_no_bucket(one)
        for one in app.of_type(_POLICY)
    ) or any(app.nested(one) is None for one in app.of_type("AWS::CloudFormation::Stack"))


def _names_no_bucket(policy: Resource) -> bool:
    return policy.template.target(policy.get("Bucket"), _BUCKET) is None


RULE = Rule(
    name="TrailRecordsEverywhere",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Let the trail log all management events, in every Region and of global services.",
    fixes=(
        Fix(
            properties={setting.path: True for setting in _SETTINGS},
            template="EventSelectors, where there are any, have one with ReadWriteType: All and "
            "IncludeManagementEvents: true. The bucket's AWS::S3::BucketPolicy lets the service "
            "cloudtrail.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on what is under "
            "AWSLogs/<the account>/, where aws:SourceArn is the trail's.",
            cdk=(
                "cloudtrail.Trail(is_multi_region_trail=True, include_global_service_events=True, "
                "management_events=cloudtrail.ReadWriteType.ALL)",
            ),
            constructs=("AuditTrail",),
        ),
    ),
    needs="app",
    check=check,
)
