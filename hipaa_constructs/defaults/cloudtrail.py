"""AWS CloudTrail: trails are under the stack's key, show what is unusual, and keep their files locked.

No trail is told to record data events: one whose events a function reads that the trail watches would feed itself.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import is_token
from hipaa_constructs._stacks import account_of
from hipaa_constructs.audit.trail_bucket import TrailBucket
from hipaa_constructs.audit.trail_requirements import lock
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.service_grants import grant_cloudtrail

_TYPE = "AWS::CloudTrail::Trail"
_NAME_LENGTH = 128  # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
_ID = "Bucket"
_KEPT = "Log files are in a bucket that takes them from the trail alone, and locked for seven years."


def _name(made: Made) -> str | None:
    """Return the trail's name, by which key and bucket let it in before it exists; None where nobody knows it."""
    given = made.props.get("trailName")
    if given is not None:
        return None if is_token(given) else str(given)
    return cdk.Names.unique_resource_name(made.home, max_length=_NAME_LENGTH, separator="-")


def _arn(made: Made) -> str:
    return made.stack.format_arn(service="cloudtrail", resource="trail", resource_name=_name(made))


def _key(made: Made) -> Any:
    grant_cloudtrail(made.key, trail_arn=_arn(made))
    return made.key


def _plan(made: Made) -> Any:
    plan = made.session.backup_plan
    return None if isinstance(plan, Construct) and not made.session.is_near(plan, made.stack) else plan


def _is_bucket_ours(made: Made) -> bool:
    """Whether CDK would make the bucket of a trail of this account, and a plan is given that keeps a second copy."""
    elsewhere = any(name in made for name in ("bucket", "isOrganizationTrail", "orgId", "s3KeyPrefix"))
    return made.session.new_stores and not elsewhere and _name(made) is not None and _plan(made) is not None


def _bucket(made: Made) -> s3.IBucket:
    bucket = TrailBucket(
        made.home,
        _ID,
        encryption_key=made.key,
        backup_plan=_plan(made),
        object_lock_default_retention=lock(s3.ObjectLockMode.GOVERNANCE, None),
    )
    bucket.accept(trail_arns=[_arn(made)], prefixes=[account_of(made.stack)])
    # A reference only: to a bucket that it can change, CDK adds statements for any trail of any account.
    return s3.Bucket.from_bucket_name(made.home, "Destination", bucket.bucket.bucket_name)


def _records_management(made: Made) -> bool:
    said = made.props.get("managementEvents")
    return said is None or said == cloudtrail.ReadWriteType.ALL


def _finish(session: Session, found: Found) -> None:
    """Have trails wait for the policy of their bucket, which CloudTrail tries when a trail is made."""
    for trail in found.of(_TYPE):
        owner = session.owner(trail)
        path = session.path(owner)
        if path in session.seen and any(one.path == path and one.setting == "bucket" for one in session.changes):
            bucket: Any = session.home(session.owner(owner), path.rsplit("/", 1)[-1]).node.try_find_child(_ID)
            trail.node.add_dependency(bucket.bucket.policy)


SERVICE = Service(
    plain=[
        Plain(
            construct=cloudtrail.Trail,
            props=cloudtrail.TrailProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="trail_name",
                    properties=["TrailName"],
                    value=_name,
                    when=lambda made: made.session.new_stores,
                    why="Key and bucket let this trail in, and none of another account.",
                ),
                Setting(
                    argument="encryption_key",
                    properties=["KMSKeyId"],
                    value=_key,
                    # Who reads the files of one that runs, such as from another account, is not known here.
                    when=lambda made: made.session.new_stores and _name(made) is not None,
                    why="Log files are under the stack's key.",
                ),
                Setting(argument="bucket", properties=["S3BucketName"], value=_bucket, when=_is_bucket_ours, why=_KEPT),
                # docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html
                Setting(
                    argument="insight_types",
                    properties=["InsightSelectors"],
                    value=lambda made: [cloudtrail.InsightType.API_CALL_RATE, cloudtrail.InsightType.API_ERROR_RATE],
                    when=_records_management,
                    why="Unusual numbers of calls and of errors are told.",
                ),
            ],
        )
    ],
    types=[_TYPE],
    finish=_finish,
    later=["Trails wait for the policy of the bucket that they were given."],
)
