"""Logs of web ACLs leave out credentials and query strings.

Compliant: the authorization and cookie headers and the query string are redacted by the logging configuration, or
protected by the web ACL's own data protection. Non-compliant: one of them is logged; the query string as a warning,
since not every application writes identifiers there. Unknown: fields that only deployment can tell, single headers or
cookies without names among them. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_text, is_mapping, spread
from hipaa_constructs.compliance.facts.web_acls import QUERY_STRING, SECRET_HEADERS, protected_fields
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown


def check(resource: Resource) -> Verdict:
    web_acl = resource.template.target(resource.get("ResourceArn"), "AWS::WAFv2::WebACL")
    fields = [*_redacted(resource), *(() if web_acl is None else protected_fields(web_acl))]
    hidden = {field for field in fields if not isinstance(field, Unknown)}
    logged = [name for name in SECRET_HEADERS if name not in hidden]
    if not logged and QUERY_STRING in hidden:
        return PASSED
    if any(isinstance(field, Unknown) for field in fields):
        return unknown("The fields that are left out of the logs are known only at deployment.")
    if not logged:
        return failed("The logs hold the query string of each request.", severity="warning")
    return failed(f"The logs hold the {' and '.join(logged)} header{'s' if len(logged) > 1 else ''} of each request.")


def _redacted(resource: Resource) -> Iterator[str | Unknown]:
    """Yield the fields that the logging configuration leaves out; ``UNKNOWN`` where that cannot be told."""
    for field in spread(resource.properties, "RedactedFields[].SingleHeader"):
        # The property is free-form JSON, in which both spellings are seen.
        name = as_text(field.get("Name", field.get("name")) if is_mapping(field) else field)
        if name is not None:
            yield name.lower() if isinstance(name, str) else UNKNOWN
    for field in spread(resource.properties, "RedactedFields[].QueryString"):
        if field is not None:
            yield UNKNOWN if field is UNKNOWN else QUERY_STRING


RULE = Rule(
    name="WafLogsRedacted",
    severity="error",
    resource_types=("AWS::WAFv2::LoggingConfiguration",),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Leave the headers authorization and cookie and the query string out of the logs.",
    fixes=(
        Fix(
            properties={
                "RedactedFields": [*({"SingleHeader": {"Name": name}} for name in SECRET_HEADERS), {"QueryString": {}}]
            },
            constructs=("WebFirewall",),
            keeps=True,
        ),
    ),
    check=check,
)
