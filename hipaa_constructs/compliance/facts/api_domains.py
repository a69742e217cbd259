"""What domains of their own APIs have, and whether those ask for certificates of clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, dig, is_present, is_true

# What maps a domain to APIs, where it names these, and where the domain.
_MAPPINGS: Mapping[str, tuple[str, str]] = {
    "AWS::ApiGateway::BasePathMapping": ("RestApiId", "DomainName"),
    "AWS::ApiGatewayV2::ApiMapping": ("ApiId", "DomainName"),
    "AWS::ApiGatewayV2::RoutingRule": ("Actions[].InvokeApi.ApiId", "DomainNameArn"),
}
_SWITCH = "x-amazon-apigateway-endpoint-configuration.disableExecuteApiEndpoint"
_DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")


def mappings_of(api: Resource) -> Iterator[Resource]:
    """Yield what maps domains of the app to an API in the present world."""
    for kind, (path, _) in _MAPPINGS.items():
        yield from api.template.app.referring(api, kind, path)


def asks_for_certificates(mapping: Resource) -> Ternary:
    """Whether the domain of a mapping takes no client without a certificate that its trust store knows.

    Where it lies outside of the app, only deployment tells.
    """
    domain = mapping.template.target(mapping.get(_MAPPINGS[mapping.type][1]), *_DOMAINS)
    return Ternary.UNKNOWN if domain is None else is_present(domain.get("MutualTlsAuthentication"))


def own_address_closed(api: Resource) -> Ternary:
    """Whether the address that API Gateway gives an API is switched off, by a property or in its definition."""
    return any_of(map(is_true, (api.get("DisableExecuteApiEndpoint", False), dig(api.get("Body", {}), _SWITCH, False))))


def takes_certificates_alone(api: Resource) -> Ternary:
    """Whether an API is reached by domains alone, and all of them ask for certificates of clients.

    API Gateway's own address asks for none, and is open unless it is switched off
    (docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html, …/http-api-mutual-tls.html).
    """
    mappings = list(mappings_of(api))
    if not mappings:
        return Ternary.NO
    return all_of((own_address_closed(api), *map(asks_for_certificates, mappings)))
