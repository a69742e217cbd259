"""API Gateway and AppSync reach web back ends over HTTPS.

Compliant: the address of an HTTP integration, or of AppSync's data source, starts with ``https://``. Non-compliant:
``http://`` over the internet. Not applicable: integrations with functions, AWS services and mocks, data sources of
other kinds, and integrations through a VPC link, where the load balancer's own listeners are judged.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, as_text, is_one_of
from hipaa_constructs.compliance.fix import HTTPS_ADDRESS, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_SOURCE = "AWS::AppSync::DataSource"


def check(resource: Resource) -> Verdict:
    if resource.type == _SOURCE:
        endpoint = resource.get("HttpConfig.Endpoint")
        return NOT_APPLICABLE if endpoint is None else _address("HttpConfig.Endpoint", endpoint)
    rest = resource.type == "AWS::ApiGateway::Method"
    prefix, address = ("Integration.", "Uri") if rest else ("", "IntegrationUri")
    kind = as_text(resource.get(f"{prefix}{'Type' if rest else 'IntegrationType'}"))
    if (isinstance(kind, str) and not kind.startswith("HTTP")) or kind is None:
        return NOT_APPLICABLE
    linked = is_one_of(resource.get(f"{prefix}ConnectionType"), "VPC_LINK")
    if linked is Ternary.YES:
        return NOT_APPLICABLE
    return _address(address, resource.get(f"{prefix}{address}"))


def _address(name: str, uri: Resolved | None) -> Verdict:
    if not isinstance(uri, str) or uri.startswith("${"):
        return unknown(f"{name} is known only at deployment.")
    return failed(f"{name} is {uri}, which is not encrypted.") if uri.lower().startswith("http://") else PASSED


RULE = Rule(
    name="ApiIntegrationTlsRequired",
    severity="error",
    resource_types=("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Integration", _SOURCE),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Give the integration an https:// address, or reach the back end through a VPC link.",
    fixes=(
        Fix(
            ("AWS::ApiGateway::Method",),
            {"Integration.Uri": HTTPS_ADDRESS},
            cdk=("apigateway.HttpIntegration(<an https:// address>)",),
        ),
        Fix(
            ("AWS::ApiGatewayV2::Integration",),
            {"IntegrationUri": HTTPS_ADDRESS},
            cdk=("apigatewayv2_integrations.HttpUrlIntegration(<an id>, <an https:// address>)",),
        ),
        Fix(
            (_SOURCE,),
            {"HttpConfig.Endpoint": HTTPS_ADDRESS},
            cdk=("appsync.GraphqlApi.add_http_data_source(<an id>, <an https:// address>)",),
        ),
    ),
    check=check,
)
