"""Custom domains of APIs refuse TLS older than 1.2.

Compliant: a security policy of TLS 1.2 or later. Non-compliant: TLS 1.0, or none on a domain of API Gateway's REST
APIs, for which AWS documents no default of TLS 1.2. Not applicable without a policy: REST APIs, which leave that of
their default endpoint to AWS; HTTP APIs' and private domains, which speak TLS 1.2 only; user pools' domains, whose
policy is Cognito's own until one is chosen; IoT domains, whose default is TLS 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Unknown, as_text, placed
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, unknown, worst

# Type: where the policy stands, and whether it may be absent.
_POLICIES: Mapping[str, tuple[str, bool]] = {
    "AWS::ApiGateway::DomainName": ("SecurityPolicy", False),
    "AWS::ApiGateway::DomainNameV2": ("SecurityPolicy", True),  # private, TLS 1.2 only
    "AWS::ApiGateway::RestApi": ("SecurityPolicy", True),
    "AWS::ApiGatewayV2::DomainName": ("DomainNameConfigurations[].SecurityPolicy", True),
    "AWS::Cognito::UserPoolDomain": ("CustomDomainConfig.SecurityPolicy", True),
    "AWS::IoT::DomainConfiguration": ("TlsConfig.SecurityPolicy", True),
}
# TLS_1_2; SecurityPolicy_TLS13_1_2_2021_06; SecurityPolicy_TLS13_2025_EDGE; IotSecurityPolicy_TLS13_1_2_2022_10,
# but not IotSecurityPolicy_TLS12_1_0_2016_01, which starts at TLS 1.0; Cognito's TLS_V1_2_2021 and TLS_V1_3_2025
# (docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CustomDomainConfigType.html).
_TLS_1_2 = re.compile(r"TLS_1_[23]|TLS_V1_[23]_\d{4}|(Iot)?SecurityPolicy_TLS1[23]_(?!1_[01]_).+")


def check(resource: Resource) -> Verdict:
    path, optional = _POLICIES[resource.type]
    return worst(_judge(place, value, optional) for place, value in placed(resource.properties, path))


def _judge(path: str, value: Resolved, optional: bool) -> Verdict:
    policy = as_text(value)
    if isinstance(policy, Unknown):
        return unknown(f"{path} is known only at deployment.")
    if policy is None:
        return NOT_APPLICABLE if optional else failed(f"{path} is not set, and nothing else refuses TLS 1.0.")
    return judge(bool(_TLS_1_2.fullmatch(policy)), f"{path} is {policy}, which accepts TLS older than 1.2.")


RULE = Rule(
    name="EndpointTlsMinimum",
    severity="error",
    resource_types=tuple(_POLICIES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Set security_policy=apigateway.SecurityPolicy.TLS_1_2, or a later policy, on the domain name.",
    check=check,
)
