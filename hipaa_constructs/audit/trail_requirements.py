"""What the arguments of ``AuditTrail`` have to meet before anything is defined."""

from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from hipaa_constructs._arguments import is_token, refuse, require_days
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS

_SIX_YEARS = 2192
_HUNDRED_YEARS = 36_500


def require_retention(retention: cdk.Duration | None) -> None:
    """Refuse less than six years, more than S3 can lock, and what is not known at synthesis.

    Sources: 45 CFR 164.316(b)(2)(i); docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html.
    """
    if retention is not None and retention.is_unresolved():
        refuse(
            "retention",
            "a duration known only at deployment",
            allowed="the lock and the lifecycle are computed from it at synthesis",
            fix="Pass cdk.Duration.days(…) with a plain number.",
        )
    require_days(
        "retention",
        retention,
        _SIX_YEARS,
        _HUNDRED_YEARS,
        fix="45 CFR 164.316(b)(2)(i) asks for six years; leave it out for seven.",
    )


def require_organization(organization_id: str | None) -> None:
    """Refuse what is no id of an organization.

    Source: docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html.
    """
    if organization_id is None or is_token(organization_id):
        return
    if not re.fullmatch(r"o-[a-z0-9]{10,32}", organization_id):
        refuse(
            "organization_id",
            organization_id,
            allowed="it takes 'o-' and 10 to 32 lower-case letters or digits",
            fix="Look it up with: aws organizations describe-organization.",
        )


def lock(mode: s3.ObjectLockMode, retention: cdk.Duration | None) -> s3.ObjectLockRetention:
    """Return the lock that holds each log file for all of its retention."""
    duration = retention or cdk.Duration.days(SEVEN_YEARS)
    if mode is s3.ObjectLockMode.COMPLIANCE:
        return s3.ObjectLockRetention.compliance(duration)
    return s3.ObjectLockRetention.governance(duration)
