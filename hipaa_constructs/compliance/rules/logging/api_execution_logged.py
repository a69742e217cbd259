"""Stages of REST and WebSocket APIs log how requests were executed.

A warning, since who asked for what is said by the log of access, whose absence is ApiAccessLogged's error; what is
executed tells why a request failed. Compliant: level ERROR or INFO for all methods or routes. Non-compliant: OFF,
absent, or off for a method or route of its own. Not applicable: a deployment that makes no stage; stages of HTTP APIs,
which have no such log (docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    all_of,
    any_of,
    dig,
    is_mapping,
    is_one_of,
    spread,
)
from hipaa_constructs.compliance.facts.api_stages import NO_SECOND_STAGE, makes_no_stage
from hipaa_constructs.compliance.facts.settings import shown
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown, worst

_DEPLOYMENT = "AWS::ApiGateway::Deployment"
_OF_ROUTES, _API = "AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Api"


def check(resource: Resource) -> Verdict:
    if resource.type == _DEPLOYMENT:
        if makes_no_stage(resource):
            return NOT_APPLICABLE
        # What the description of a stage says beside its MethodSettings is for all methods.
        level = is_one_of(resource.get("StageDescription.LoggingLevel"), "ERROR", "INFO")
        return _judge_stage(dig(resource.properties, "StageDescription"), level)
    if resource.type == _OF_ROUTES:
        api = resource.template.target(resource.get("ApiId"), _API)
        websocket = is_one_of(api.get("ProtocolType"), "WEBSOCKET") if api else Ternary.NO
        return worst(_judge_routes(resource)) if websocket is Ternary.YES else NOT_APPLICABLE
    return _judge_stage(resource.properties, Ternary.NO)


def _judge_routes(stage: Resource) -> Iterator[Verdict]:
    default, routes = "DefaultRouteSettings.LoggingLevel", stage.get("RouteSettings")
    yield _judge_level(stage.get(default), default)
    if routes is UNKNOWN:
        yield unknown("RouteSettings is known only at deployment.")
    for key in routes if is_mapping(routes) else ():
        level = dig(routes, f"{key}.LoggingLevel")
        # Without one of its own a route has the default's.
        if level is not None:
            yield _judge_level(level, f"LoggingLevel of route {key}")


def _judge_stage(stage: object, all_methods: Ternary) -> Verdict:
    settings = list(spread(stage, "MethodSettings[]"))
    return worst(
        (
            judge(
                any_of((all_methods, *map(_is_for_all, settings))),
                "MethodSettings sets no LoggingLevel for all methods.",
                unknown_message="MethodSettings is known only at deployment.",
            ),
            *map(_judge, settings),
        )
    )


def _is_for_all(setting: Resolved) -> Ternary:
    return all_of((is_one_of(dig(setting, "HttpMethod"), "*"), is_one_of(dig(setting, "ResourcePath"), "/*")))


def _judge(setting: Resolved) -> Verdict:
    where = f"{dig(setting, 'HttpMethod')} {dig(setting, 'ResourcePath')}"
    return _judge_level(dig(setting, "LoggingLevel"), f"LoggingLevel of {where}")


def _judge_level(level: Resolved | None, name: str) -> Verdict:
    return judge(
        is_one_of(level, "ERROR", "INFO"),
        f"{name} is {'not set' if level is None else shown(level)}.",
        unknown_message=f"{name} is known only at deployment.",
    )


_LOGGED = {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]}
_BESIDE = (
    "Settings of single methods have the same LoggingLevel, and the Region's AWS::ApiGateway::Account names in "
    "CloudWatchRoleArn a role that may write logs."
)

RULE = Rule(
    name="ApiExecutionLogged",
    severity="warning",
    resource_types=(_DEPLOYMENT, "AWS::ApiGateway::Stage", _OF_ROUTES),
    controls=("164.312(b)",),
    fix="Let the stage log failed requests of all methods or routes.",
    fixes=(
        NO_SECOND_STAGE,
        Fix((_DEPLOYMENT,), {f"StageDescription.{name}": value for name, value in _LOGGED.items()}, template=_BESIDE),
        Fix(
            ("AWS::ApiGateway::Stage",),
            _LOGGED,
            template=_BESIDE,
            cdk=(
                "apigateway.RestApi(cloud_watch_role=True, deploy_options=apigateway.StageOptions("
                "logging_level=apigateway.MethodLoggingLevel.ERROR))",
            ),
            constructs=("PrivateApi",),
        ),
        Fix((_OF_ROUTES,), {"DefaultRouteSettings.LoggingLevel": "ERROR"}, beside=_BESIDE.replace("methods", "routes")),
    ),
    check=check,
)
