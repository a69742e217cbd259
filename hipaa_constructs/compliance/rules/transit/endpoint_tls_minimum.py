"""Addresses of APIs refuse TLS older than 1.2.

Compliant: a security policy of TLS 1.2 or later. Non-compliant: TLS 1.0, or none on a domain of API Gateway's REST
APIs, for which AWS documents TLS 1.2 as default of new ones alone; as a warning, none on a Regional or edge-optimized
REST API that is called by API Gateway's own address, which takes TLS 1.0 then ("Default security policy" in
docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html); as a warning too, a policy
that the same page does not list for the kind of REST API or domain, which API Gateway refuses, so that nothing is
settled: those of edge-optimized ones end in ``_EDGE``, those of others do not. Not applicable without a policy: REST
APIs that are private or whose own address is switched off; HTTP APIs' and private domains, which speak TLS 1.2 only;
user pools' domains, whose policy is Cognito's own until one is chosen; IoT domains, whose default is TLS 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    any_of,
    as_text,
    dig,
    is_one_of,
    is_present,
    placed,
    spread,
)
from hipaa_constructs.compliance.facts.api_domains import own_address_closed
from hipaa_constructs.compliance.facts.made_by_sam import with_sam
from hipaa_constructs.compliance.fix import Fix, fixes_of_types, overridden
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst

_REST = "AWS::ApiGateway::RestApi"
# How a definition says the same.
_POLICY = "x-amazon-apigateway-security-policy"
_CONFIGURATION = "x-amazon-apigateway-endpoint-configuration"
# Type: where the policy stands, whether it may be absent, and one that will do.
_POLICIES: Mapping[str, tuple[str, bool, str]] = {
    "AWS::ApiGateway::DomainName": ("SecurityPolicy", False, "TLS_1_2"),
    "AWS::ApiGateway::DomainNameV2": ("SecurityPolicy", True, "TLS_1_2"),  # private, TLS 1.2 only
    _REST: ("SecurityPolicy", True, "SecurityPolicy_TLS13_1_2_2021_06"),
    "AWS::ApiGatewayV2::DomainName": ("DomainNameConfigurations[].SecurityPolicy", True, "TLS_1_2"),
    "AWS::Cognito::UserPoolDomain": ("CustomDomainConfig.SecurityPolicy", True, "TLS_V1_2_2021"),
    "AWS::IoT::DomainConfiguration": ("TlsConfig.SecurityPolicy", True, "IotSecurityPolicy_TLS13_1_2_2022_10"),
}
# TLS_1_2; SecurityPolicy_TLS13_1_2_2021_06; SecurityPolicy_TLS13_2025_EDGE; IotSecurityPolicy_TLS13_1_2_2022_10,
# but not IotSecurityPolicy_TLS12_1_0_2016_01, which starts at TLS 1.0; Cognito's TLS_V1_2_2021 and TLS_V1_3_2025
# (docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CustomDomainConfigType.html).
_NEWER, _OF_EDGE = "SecurityPolicy_", "_EDGE"
# What takes TLS 1.2 and 1.3, as the regional one does.
_EDGE = "SecurityPolicy_TLS12_PFS_2025_EDGE"
_OF_KINDS = (_REST, "AWS::ApiGateway::DomainName")
# Their APIs are not edge-optimized where nothing says of which kind they are:
# docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-abp.html,
# docs.amazonaws.cn/en_us/aws/latest/userguide/api-gateway.html.
_WITHOUT_EDGE = ("cn-", "us-gov-")
_TLS_1_2 = re.compile(r"TLS_1_[23]|TLS_V1_[23]_\d{4}|(Iot)?SecurityPolicy_TLS1[23]_(?!1_[01]_).+")


def check(resource: Resource) -> Verdict:
    path, optional, _ = _POLICIES[resource.type]
    if resource.type == _REST and is_present(resource.get(path)) is Ternary.NO:
        return _own_address(resource)
    verdict = worst(_judge(place, value, optional) for place, value in placed(resource.properties, path))
    return _of_kind(resource) if verdict is PASSED and resource.type in _OF_KINDS else verdict


def _of_kind(resource: Resource) -> Verdict:
    """Judge whether API Gateway takes a policy for the kind of REST API or domain."""
    policy = str(resource.get("SecurityPolicy"))
    edge = _is_edge(resource)
    if not policy.startswith(_NEWER) or edge is Ternary.UNKNOWN or policy.endswith(_OF_EDGE) is (edge is Ternary.YES):
        return PASSED
    ends = "do not end" if edge is Ternary.NO else "end"
    kind = "not edge-optimized" if edge is Ternary.NO else "edge-optimized"
    return failed(
        f"SecurityPolicy is {policy}, and what is {kind} takes only those that {ends} in {_OF_EDGE}.",
        severity="warning",
        at="SecurityPolicy",
    )


def _is_edge(resource: Resource) -> Ternary:
    """Whether a REST API or its domain is edge-optimized, as an API is that does not say of which kind it is."""
    said = [
        *spread(resource.properties, "EndpointConfiguration.Types[]"),
        *([resource.get("Parameters.endpointConfigurationTypes")] if resource.type == _REST else []),
    ]
    kinds = [kind for kind in said if kind is not None]
    if kinds:
        return any_of(is_one_of(kind, "EDGE") for kind in kinds)
    if resource.type != _REST:
        return Ternary.UNKNOWN
    elsewhere = (resource.get("EndpointConfiguration"), dig(resource.get("Body", {}), _CONFIGURATION))
    if any(value is not None for value in elsewhere):
        return Ternary.UNKNOWN
    return Ternary.UNKNOWN if (resource.template.region or "").startswith(_WITHOUT_EDGE) else Ternary.YES


def _is_surely_edge(resource: Resource) -> bool:
    return _is_edge(resource) is Ternary.YES


def _is_surely_no_edge(resource: Resource) -> bool:
    return _is_edge(resource) is Ternary.NO


def _judge(path: str, value: Resolved, optional: bool) -> Verdict:
    policy = as_text(value)
    if isinstance(policy, Unknown):
        return unknown(f"{path} is known only at deployment.")
    if policy is None:
        return NOT_APPLICABLE if optional else failed(f"{path} is not set, and nothing else refuses TLS 1.0.")
    return judge(bool(_TLS_1_2.fullmatch(policy)), f"{path} is {policy}, which accepts TLS older than 1.2.")


def _own_address(api: Resource) -> Verdict:
    """Judge a REST API that leaves the TLS of the address that API Gateway gives it to AWS."""
    body = api.get("Body", {})
    # GovCloud's addresses meet FIPS 140 by themselves, and take no policy that an API can name:
    # docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-abp.html.
    if (api.template.region or "").startswith("us-gov-"):
        return NOT_APPLICABLE
    # Where the definition cannot be read, ApiAuthorized says so.
    if body is UNKNOWN or api.get("BodyS3Location") is not None:
        return NOT_APPLICABLE
    defined = dig(body, _POLICY)
    if defined is not None:
        return _judge(f"{_POLICY} in Body", defined, optional=True)
    kinds = spread(api.properties, "EndpointConfiguration.Types[]")
    closed = any_of((own_address_closed(api), *(is_one_of(kind, "PRIVATE") for kind in kinds)))
    if closed is Ternary.NO:
        return failed("SecurityPolicy is not set, so that API Gateway's own address takes TLS 1.0.", severity="warning")
    if closed is Ternary.UNKNOWN:
        return unknown("Whether API Gateway's own address is open, and to whom, is known only at deployment.")
    return NOT_APPLICABLE


# API Gateway takes one of the newer policies with an access mode alone.
_OF_API = {"SecurityPolicy": _POLICIES[_REST][2], "EndpointAccessMode": "BASIC"}
_OF_EDGE_API = {**_OF_API, "SecurityPolicy": _EDGE}

RULE = Rule(
    name="EndpointTlsMinimum",
    severity="error",
    resource_types=tuple(_POLICIES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Give the domain a security policy of TLS 1.2 or later.",
    fixes=(
        Fix(
            (_REST,),
            _OF_EDGE_API,
            cdk=(overridden("apigateway.RestApi", _OF_EDGE_API),),
            beside="It is that of an edge-optimized API, as this is; with EndpointConfiguration.Types: [REGIONAL] it "
            f"is {_POLICIES[_REST][2]}.",
            constructs=("PrivateApi",),
            when=_is_surely_edge,
        ),
        Fix(
            (_REST,),
            _OF_API,
            cdk=(overridden("apigateway.RestApi", _OF_API),),
            beside="Clients have to speak TLS 1.2 or later.",
            constructs=("PrivateApi",),
            when=_is_surely_no_edge,
        ),
        Fix(
            (_REST,),
            _OF_API,
            cdk=(overridden("apigateway.RestApi", _OF_API),),
            beside=f"The policy of an edge-optimized API, as one without EndpointConfiguration is, is {_EDGE}.",
            constructs=("PrivateApi",),
        ),
        *with_sam(
            fixes_of_types(
                {kind: {path: value} for kind, (path, _, value) in _POLICIES.items() if kind != _REST},
                cdk={
                    "AWS::ApiGateway::DomainName": "apigateway.DomainName("
                    "security_policy=apigateway.SecurityPolicy.TLS_1_2)",
                    "AWS::ApiGatewayV2::DomainName": "apigatewayv2.DomainName("
                    "security_policy=apigatewayv2.SecurityPolicy.TLS_1_2)",
                },
            )
        ),
    ),
    check=check,
)
