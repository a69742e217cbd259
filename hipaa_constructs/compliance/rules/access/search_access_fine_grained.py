"""OpenSearch domains say who may see which index, document and field.

Without it, whoever the domain's policy lets in reads all of it, and no audit log says what he read. Compliant:
fine-grained access control, which Security Hub's Opensearch.7 asks for (docs.aws.amazon.com/securityhub/latest/
userguide/opensearch-controls.html). Non-compliant: off, which is the default, or nobody asked who he is while it is
introduced (``AnonymousAuthEnabled``). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true, negate
from hipaa_constructs.compliance.fix import MASTER_USER, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst

_OPTIONS = "AdvancedSecurityOptions"


def check(resource: Resource) -> Verdict:
    return worst(
        (
            judge(
                is_true(resource.get(f"{_OPTIONS}.Enabled", False)),
                f"{_OPTIONS}.Enabled is not true.",
                unknown_message=f"{_OPTIONS} is known only at deployment.",
            ),
            judge(
                negate(is_true(resource.get(f"{_OPTIONS}.AnonymousAuthEnabled", False))),
                f"{_OPTIONS}.AnonymousAuthEnabled is true, so anybody is let in.",
                unknown_message=f"{_OPTIONS}.AnonymousAuthEnabled is known only at deployment.",
            ),
        )
    )


RULE = Rule(
    name="SearchAccessFineGrained",
    severity="error",
    resource_types=("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.312(d)"),
    fix="Turn fine-grained access control on; it cannot be turned off again.",
    fixes=(
        Fix(
            ("AWS::OpenSearchService::Domain",),
            {"AdvancedSecurityOptions": {"Enabled": True, "MasterUserOptions": {"MasterUserARN": MASTER_USER}}},
            cdk=(
                "opensearchservice.Domain(fine_grained_access_control=opensearchservice.AdvancedSecurityOptions("
                "master_user_arn=<the ARN of the role that administers it>))",
            ),
            constructs=("TlsSearchDomain",),
        ),
        Fix(
            ("AWS::Elasticsearch::Domain",),
            {"AdvancedSecurityOptions": {"Enabled": True, "MasterUserOptions": {"MasterUserARN": MASTER_USER}}},
        ),
    ),
    check=check,
    phi_only=True,
)
