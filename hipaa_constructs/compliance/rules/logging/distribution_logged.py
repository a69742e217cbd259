"""CloudFront distributions log requests.

Compliant: a log bucket, or a delivery source of CloudWatch Logs that names the distribution. Non-compliant:
neither. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    if resource.template.app.referring(resource, "AWS::Logs::DeliverySource", "ResourceArn"):
        return PASSED
    bucket = resource.get("DistributionConfig.Logging.Bucket", "")
    return judge(is_present(bucket), "Neither Logging nor a log delivery names a destination.")


RULE = Rule(
    name="DistributionLogged",
    severity="error",
    resource_types=("AWS::CloudFront::Distribution",),
    controls=("164.312(b)",),
    fix="Let the distribution log requests, to a bucket or by a log delivery.",
    fixes=(
        Fix(
            properties={"DistributionConfig.Logging.Bucket": Choose("the domain name of a bucket for access logs")},
            template="Or name the distribution's ARN in ResourceArn of an AWS::Logs::DeliverySource with LogType: "
            "ACCESS_LOGS.",
            cdk=("cloudfront.Distribution(enable_logging=True, log_bucket=<a bucket for access logs>)",),
            constructs=("Distribution",),
        ),
    ),
    check=check,
)
