"""Sampled requests of web ACLs leave out credentials and query strings.

WAF shows samples of the last three hours' requests, headers and all, to whoever may ask for them. Redaction in the
logging configuration does not reach them; data protection of the web ACL does
(docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html).

Compliant: data protection of the web ACL hides the authorization and cookie headers and the query string.
Non-compliant: one of them is kept in samples. Unknown: sampling or fields that only deployment can tell, single headers
or cookies without names among them. Not applicable: neither the web ACL nor any of its rules samples requests; or the
app attaches it to nothing of what it has, which EdgeWafAttached and LoadBalancerWafAttached say, and no output shows
it, so that there are no requests.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, any_of, is_true, spread
from hipaa_constructs.compliance.facts.web_acls import QUERY_STRING, SECRET_HEADERS, guards_nothing, protected_fields
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown


def _sampled(web_acl: Resource) -> Ternary:
    """Whether requests to the web ACL, or to any of its rules, are sampled."""
    return any_of(
        is_true(value)
        for path in ("VisibilityConfig", "Rules[].VisibilityConfig")
        for value in spread(web_acl.properties, f"{path}.SampledRequestsEnabled")
    )


def check(resource: Resource) -> Verdict:
    sampled = _sampled(resource)
    if sampled is Ternary.NO or guards_nothing(resource):
        return NOT_APPLICABLE
    fields = list(protected_fields(resource))
    hidden = {field for field in fields if not isinstance(field, Unknown)}
    kept = [f"{name} header" for name in SECRET_HEADERS if name not in hidden]
    kept += [] if QUERY_STRING in hidden else ["query string"]
    if not kept:
        return PASSED
    if any(isinstance(field, Unknown) for field in fields):
        return unknown("The fields that are left out of sampled requests are known only at deployment.")
    if sampled is Ternary.UNKNOWN:
        return unknown("Whether requests are sampled is known only at deployment.")
    return failed(f"Sampled requests hold the {', the '.join(kept)}.")


RULE = Rule(
    name="WafSamplesRedacted",
    severity="warning",
    resource_types=("AWS::WAFv2::WebACL",),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Protect the headers authorization and cookie and the query string wherever requests are kept.",
    fixes=(
        Fix(
            properties={
                "DataProtectionConfig.DataProtections": [
                    {
                        "Action": "SUBSTITUTION",
                        "Field": {"FieldType": "SINGLE_HEADER", "FieldKeys": list(SECRET_HEADERS)},
                    },
                    {"Action": "SUBSTITUTION", "Field": {"FieldType": "QUERY_STRING"}},
                ]
            },
            constructs=("WebFirewall",),
            keeps=True,
        ),
    ),
    check=check,
)
