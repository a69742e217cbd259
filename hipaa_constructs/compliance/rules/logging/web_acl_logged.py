"""Web ACLs log the requests that they judge.

Compliant: a logging configuration of the app names the web ACL. Non-compliant: none does; a warning where the app
attaches it to nothing of what it has and no output shows it, so that it judges no request until somebody attaches it.
Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.web_acls import guards_nothing
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Severity, Verdict, failed


def check(resource: Resource) -> Verdict:
    if resource.template.app.referring(resource, "AWS::WAFv2::LoggingConfiguration", "ResourceArn"):
        return PASSED
    severity: Severity | None = "warning" if guards_nothing(resource) else None
    return failed("No logging configuration names the web ACL.", severity=severity)


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
