"""Web ACLs log the requests that they judge.

Compliant: a logging configuration of the app names the web ACL. Non-compliant: none does. Not applicable:
nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed


def check(resource: Resource) -> Verdict:
    if resource.template.app.referring(resource, "AWS::WAFv2::LoggingConfiguration", "ResourceArn"):
        return PASSED
    return failed("No logging configuration names the web ACL.")


RULE = Rule(
    name="WebAclLogged",
    severity="error",
    resource_types=("AWS::WAFv2::WebACL",),
    controls=("164.312(b)",),
    fix="Add a logging configuration for the web ACL.",
    fixes=(
        Fix(
            template="An AWS::WAFv2::LoggingConfiguration has the web ACL's ARN in ResourceArn, in "
            "LogDestinationConfigs the ARN of a log group whose name begins with aws-waf-logs-, and in "
            "RedactedFields the headers authorization and cookie and the query string.",
            constructs=("WebFirewall",),
        ),
    ),
    needs="template",
    check=check,
)
