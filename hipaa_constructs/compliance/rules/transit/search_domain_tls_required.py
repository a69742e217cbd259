"""OpenSearch domains speak TLS 1.2 or later, with clients and between nodes.

Compliant: HTTPS is enforced, the TLS policy starts at TLS 1.2, and traffic between nodes is encrypted.
Non-compliant: any of them is missing; AWS's defaults are no enforcement, TLS 1.0 and no encryption.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, as_text, is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, shown, worst


def check(resource: Resource) -> Verdict:
    https = is_true(resource.get("DomainEndpointOptions.EnforceHTTPS", False))
    nodes = is_true(resource.get("NodeToNodeEncryptionOptions.Enabled", False))
    policy = as_text(resource.get("DomainEndpointOptions.TLSSecurityPolicy"))
    starts = str(policy).startswith(("Policy-Min-TLS-1-2-", "Policy-Min-TLS-1-3-"))
    recent = Ternary.UNKNOWN if policy is UNKNOWN else Ternary.of(starts)
    return worst(
        (
            judge(https, "EnforceHTTPS is not true, so clients may use HTTP."),
            judge(recent, f"TLSSecurityPolicy is {shown(policy)}, so clients may use TLS 1.0."),
            judge(nodes, "NodeToNodeEncryptionOptions is not on, so nodes exchange data unencrypted."),
        )
    )


RULE = Rule(
    name="SearchDomainTlsRequired",
    severity="error",
    resource_types=("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Enforce HTTPS with TLS 1.2 or later, and encrypt traffic between the nodes.",
    fixes=tuple(
        Fix(
            (kind,),
            {
                "DomainEndpointOptions.EnforceHTTPS": True,
                "DomainEndpointOptions.TLSSecurityPolicy": policy,
                "NodeToNodeEncryptionOptions.Enabled": True,
            },
            cdk=(
                f"{module}.Domain(enforce_https=True, node_to_node_encryption=True, "
                f"tls_security_policy={module}.TLSSecurityPolicy.{name})",
            ),
            constructs=constructs,
        )
        for kind, policy, module, name, constructs in (
            ("AWS::Elasticsearch::Domain", "Policy-Min-TLS-1-2-2019-07", "elasticsearch", "TLS_1_2", ()),
            (
                "AWS::OpenSearchService::Domain",
                "Policy-Min-TLS-1-2-PFS-2023-10",
                "opensearchservice",
                "TLS_1_2_PFS",
                ("TlsSearchDomain",),
            ),
        )
    ),
    check=check,
)
