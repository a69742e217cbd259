"""Buckets keep logs for six years.

Compliant: no enabled lifecycle rule expires current objects before 2190 days (45 CFR 164.316(b)(2)(i)); a
bucket without lifecycle keeps them for ever. Non-compliant: an earlier expiry, or one on a date. Not
applicable: buckets that hold no logs of a trail, of Config, of flows or of access.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_int, is_mapping, is_one_of, spread
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_SIX_YEARS_DAYS = 2190


def _judge(rule: Resolved) -> Verdict:
    if not is_mapping(rule):
        return unknown("A lifecycle rule is known only at deployment.")
    if is_one_of(rule.get("Status"), "Disabled") is Ternary.YES:
        return PASSED
    if rule.get("ExpirationDate") is not None:
        return failed(f"A lifecycle rule expires log files on {rule['ExpirationDate']}.")
    days = as_int(rule.get("ExpirationInDays"))
    if isinstance(days, Unknown):
        return unknown("ExpirationInDays is known only at deployment.")
    if days is not None and days < _SIX_YEARS_DAYS:
        return failed(f"A lifecycle rule expires log files after {days} days.")
    return PASSED


def check(resource: Resource) -> Verdict:
    if not logs_in(resource):
        return NOT_APPLICABLE
    rules = spread(resource.properties, "LifecycleConfiguration.Rules[]")
    return worst([PASSED, *(_judge(rule) for rule in rules)])


RULE = Rule(
    name="AuditBucketRetention",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(b)", "164.316(b)(2)(i)"),
    fix="Let log files expire after six years at the earliest; older ones can move to a colder storage class.",
    fixes=(
        Fix(
            properties={"LifecycleConfiguration.Rules[].ExpirationInDays": _SIX_YEARS_DAYS},
            template="Only rules that expire current objects need it; they have no ExpirationDate.",
            cdk=(f"s3.Bucket(lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days({_SIX_YEARS_DAYS}))])",),
            constructs=("AccessLogBucket", "AuditTrail"),
        ),
    ),
    check=check,
)
