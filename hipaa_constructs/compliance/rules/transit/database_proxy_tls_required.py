"""RDS proxies require TLS of their clients.

Compliant: ``RequireTLS`` is true. Non-compliant: it is false or absent, which means false.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    required = is_true(resource.get("RequireTLS", False))
    return judge(required, "RequireTLS is not true, so clients may connect without TLS.")


RULE = Rule(
    name="DatabaseProxyTlsRequired",
    severity="error",
    resource_types=("AWS::RDS::DBProxy",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS of the proxy's clients.",
    fixes=(Fix(properties={"RequireTLS": True}, cdk=("rds.DatabaseProxy(require_tls=True)",)),),
    check=check,
)
