"""Sampled requests of web ACLs leave out credentials and query strings.

WAF shows samples of the last three hours' requests, headers and all, to whoever may ask for them. Redaction in the
logging configuration does not reach them; data protection of the web ACL does
(docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html).

Compliant: data protection of the web ACL hides the authorization and cookie headers and the query string.
Non-compliant: one of them is kept in samples. Unknown: sampling or fields that only deployment can tell, single headers
or cookies without names among them. Not applicable: neither the web ACL nor any of its rules samples requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, spread
from hipaa_constructs.compliance.facts.web_acls import QUERY_STRING, SECRET_HEADERS, protected_fields
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown


def _sampled(web_acl: Resource) -> Iterator[Any]:
    """Yield for the web ACL and each of its rules whether requests are sampled."""
    for path in ("VisibilityConfig", "Rules[].VisibilityConfig"):
        for value in spread(web_acl.properties, f"{path}.SampledRequestsEnabled"):
            yield as_bool(value)


def check(resource: Resource) -> Verdict:
    sampled = list(_sampled(resource))
    if not any(value is True or value is UNKNOWN for value in sampled):
        return NOT_APPLICABLE
    hidden = set(protected_fields(resource))
    kept = [f"{name} header" for name in SECRET_HEADERS if name not in hidden]
    kept += [] if QUERY_STRING in hidden else ["query string"]
    if not kept:
        return PASSED
    if UNKNOWN in hidden:
        return unknown("The fields that are left out of sampled requests are known only at deployment.")
    if not any(value is True for value in sampled):
        return unknown("Whether requests are sampled is known only at deployment.")
    return failed(f"Sampled requests hold the {', the '.join(kept)}.")


RULE = Rule(
    name="WafSamplesRedacted",
    severity="warning",
    resource_types=("AWS::WAFv2::WebACL",),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Protect the single headers authorization and cookie and the query string in data_protection_config, or use "
    "WebFirewall.",
    check=check,
)
