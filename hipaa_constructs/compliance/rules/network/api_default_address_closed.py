"""APIs that have a domain of their own are not reached by API Gateway's address as well.

Beside a custom domain, the address that API Gateway gives each API stays open unless it is switched off, and goes round
what the domain asks for: its TLS policy, its client certificates and what stands before it
(docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html). Compliant:
``DisableExecuteApiEndpoint``. Non-compliant: a mapping of a domain names the API, and its own address is open; a
warning, unless the domain asks for client certificates, which nobody needs at the other address. Not applicable: APIs
that no domain of the app is mapped to, which have no other address, and private ones, which VPCs alone reach.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, as_items, is_one_of
from hipaa_constructs.compliance.facts.api_domains import asks_for_certificates, mappings_of, own_address_closed
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, weaker

_REST, _HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"


def check(resource: Resource) -> Verdict:
    mappings = list(mappings_of(resource))
    kinds = as_items(resource.get("EndpointConfiguration.Types")) if resource.type == _REST else []
    if not mappings or any_of(is_one_of(kind, "PRIVATE") for kind in kinds) is Ternary.YES:
        return NOT_APPLICABLE
    certificates = any(asks_for_certificates(mapping) is Ternary.YES for mapping in mappings)
    verdict = judge(
        own_address_closed(resource),
        "DisableExecuteApiEndpoint is not true, so that API Gateway's own address goes round the domain's "
        f"{'client certificates' if certificates else 'settings'}.",
        unknown_message="DisableExecuteApiEndpoint is known only at deployment.",
    )
    return verdict if certificates else weaker(verdict)


RULE = Rule(
    name="ApiDefaultAddressClosed",
    severity="error",
    resource_types=(_REST, _HTTP),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Switch off the address that API Gateway gives the API.",
    fixes=(
        Fix(
            (_REST,),
            {"DisableExecuteApiEndpoint": True},
            cdk=("apigateway.RestApi(disable_execute_api_endpoint=True)",),
            constructs=("PrivateApi",),
        ),
        Fix(
            (_HTTP,),
            {"DisableExecuteApiEndpoint": True},
            cdk=("apigatewayv2.HttpApi(disable_execute_api_endpoint=True)",),
        ),
    ),
    check=check,
)
