"""APIs, people who sign in, parameters, file transfer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cost.items import Case, Family, Item, hours, slug

_REQUESTS = ("edge.requests",)


def _rest(case: Case) -> Iterator[Item]:
    requests = case.share("edge.requests", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
    yield Item("apigateway.rest_requests", requests, "requests to all APIs, shared evenly", _REQUESTS)


def _stage(case: Case) -> Iterator[Item]:
    if case.is_true("CacheClusterEnabled"):
        size = case.text("CacheClusterSize", "0.5")
        yield hours(f"apigateway.cache_hour.{slug(size)}", f"a cache of {size} GB")


def _http(case: Case) -> Iterator[Item]:
    requests = case.share("edge.requests", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
    websocket = case.text("ProtocolType", "HTTP") == "WEBSOCKET"
    price = "apigateway.websocket_messages" if websocket else "apigateway.http_requests"
    yield Item(price, requests, "requests to all APIs, shared evenly", _REQUESTS)


def _graphql(case: Case) -> Iterator[Item]:
    yield Item("appsync.operations", case.share("edge.requests"), "operations", _REQUESTS)


def _pool(case: Case) -> Iterator[Item]:
    tier = case.text("UserPoolTier", "ESSENTIALS").lower()
    people = case.share("edge.monthly_users")
    why = f"people who sign in, plan {tier.capitalize()}"
    yield Item(f"cognito.user_month.{tier}", people, why, ("edge.monthly_users",))


def _parameter(case: Case) -> Iterator[Item]:
    if case.text("Tier", "Standard") == "Advanced":
        yield Item("ssm.advanced_parameter_month", Decimal(1), "an advanced parameter")


def _transfer(case: Case) -> Iterator[Item]:
    protocols = max(1, len(case.listed("Protocols")))
    yield hours("transfer_family.endpoint_hour", f"{protocols} protocols", protocols)
    moved = case.share("clinical.transfer_gb")
    yield Item("transfer_family.gb", moved, "files of partners, shared evenly", ("clinical.transfer_gb",))


FAMILY = Family(
    choice="interfaces",
    units={
        "apigateway.rest_requests": "request",
        "apigateway.http_requests": "request",
        "apigateway.websocket_messages": "message",
        "apigateway.cache_hour.*": "hour",
        "appsync.operations": "operation",
        "cognito.user_month.*": "user-month",
        "ssm.advanced_parameter_month": "parameter-month",
        "transfer_family.endpoint_hour": "protocol-hour",
        "transfer_family.gb": "GB",
    },
    meters={
        "AWS::ApiGateway::RestApi": _rest,
        "AWS::ApiGateway::Stage": _stage,
        "AWS::ApiGatewayV2::Api": _http,
        "AWS::AppSync::GraphQLApi": _graphql,
        "AWS::Cognito::UserPool": _pool,
        "AWS::SSM::Parameter": _parameter,
        "AWS::Transfer::Server": _transfer,
    },
)
