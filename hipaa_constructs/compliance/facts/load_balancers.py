"""What load balancers' listeners have in common: security policies, and ports."""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, as_text
from hipaa_constructs.compliance.rule import Verdict, judge

# docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_1_2 = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-.*)?")
# Ports whose registered use is clear text, and those whose is TLS.
CLEAR_PORTS = frozenset((21, 23, 80, 110, 143, 389, 8000, 8080))
TLS_PORTS = frozenset((443, 465, 636, 853, 989, 990, 993, 995, 2484, 5671, 6514, 8443, 8883, 9094, 50443))


def judge_security_policy(path: str, value: Resolved) -> Verdict:
    """Judge that a predefined security policy starts at TLS 1.2."""
    policy = as_text(value)
    compliant = Ternary.UNKNOWN if policy is UNKNOWN else Ternary.of(TLS_1_2.fullmatch(str(policy)) is not None)
    return judge(compliant, f"{path} is {policy}, which accepts TLS older than 1.2.")
