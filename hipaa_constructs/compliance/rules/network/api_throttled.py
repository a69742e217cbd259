"""APIs limit how many requests they take.

Without limits of its own, a stage takes all that the account takes in the Region, by default 10,000 requests a second,
so that one caller exhausts what is behind it, tries passwords and identifiers at that rate, and starves the account's
other APIs (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html,
…/http-api-throttling.html). Compliant: a rate for all methods or routes; of a REST API also a usage plan with one.
Non-compliant: none, or one below zero; an HTTP API that makes a stage by its ``Target``, which has neither limits nor a
log of requests; WebSocket APIs make none so
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html). A URL of a function
that anybody may call has no limit but the function's ``ReservedConcurrentExecutions``, which bounds the requests to ten
times as many a second (docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html). Unknown: the function of such a
URL is not of the app. Not applicable: private APIs, which VPCs alone reach; a deployment that makes no stage; an HTTP
or WebSocket API that no stage of the app serves, since what is made elsewhere may limit requests or not; a URL that
asks for IAM's permission.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_int,
    dig,
    is_one_of,
    is_present,
    spread,
)
from hipaa_constructs.compliance.facts.api_stages import NO_SECOND_STAGE
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown

_STAGE, _DEPLOYMENT = "AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment"
_REST, _PLAN = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::UsagePlan"
_ROUTES, _OF_ROUTES = "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"
_URL, _ALIAS = "AWS::Lambda::Url", "AWS::Lambda::Alias"
_CONCURRENCY = "ReservedConcurrentExecutions"
_RATE = "ThrottlingRateLimit"


def _limits(rate: Resolved | None) -> Ternary:
    number = as_int(rate)
    # A rate that deployment fills in was chosen by somebody.
    return Ternary.YES if isinstance(number, Unknown) else Ternary.of(number is not None and number >= 0)


def _is_for_all(setting: Resolved) -> Ternary:
    return all_of((is_one_of(dig(setting, "HttpMethod"), "*"), is_one_of(dig(setting, "ResourcePath"), "/*")))


def _says_of_all(deployment: Resource) -> bool:
    """Whether what a deployment describes has an item for all methods, where the limits then stand with the rest."""
    items = spread(deployment.properties, "StageDescription.MethodSettings[]")
    return any(item is not UNKNOWN and _is_for_all(item) is Ternary.YES for item in items)


def _for_all(settings: object) -> Iterator[Ternary]:
    for setting in spread(settings, "MethodSettings[]"):
        if setting is UNKNOWN:
            yield Ternary.UNKNOWN
            continue
        yield all_of((_is_for_all(setting), _limits(dig(setting, _RATE))))


def _planned(stage: Resource) -> Iterator[Ternary]:
    """Yield whether usage plans that name a stage's API limit its callers."""
    app = stage.template.app
    api = app.target(stage.get("RestApiId"), _REST)
    for plan in app.referring(api, _PLAN, "ApiStages[].ApiId") if api else ():
        yield _limits(plan.get("Throttle.RateLimit"))


def _is_private(stage: Resource) -> bool:
    api = stage.template.app.target(stage.get("RestApiId"), _REST)
    kinds = spread(api.properties, "EndpointConfiguration.Types[]") if api else ()
    return any_of(is_one_of(kind, "PRIVATE") for kind in kinds) is Ternary.YES


def _stage(resource: Resource) -> Verdict:
    makes_one = resource.type == _STAGE or is_present(resource.get("StageName")) is not Ternary.NO
    if not makes_one or _is_private(resource):
        return NOT_APPLICABLE
    settings = resource.properties if resource.type == _STAGE else dig(resource.properties, "StageDescription")
    described = (_limits(dig(settings, _RATE)),) if resource.type == _DEPLOYMENT else ()
    return judge(
        any_of((*described, *_for_all(settings), *_planned(resource))),
        f"MethodSettings sets no {_RATE} for all methods, so that the stage takes what the whole account may.",
        unknown_message="MethodSettings is known only at deployment.",
    )


def _routes(resource: Resource) -> Verdict:
    return judge(
        _limits(resource.get(f"DefaultRouteSettings.{_RATE}")),
        f"DefaultRouteSettings sets no {_RATE}, so that the stage takes what the whole account may.",
    )


def _api(resource: Resource) -> Verdict:
    of_sockets = is_one_of(resource.get("ProtocolType"), "WEBSOCKET") is Ternary.YES
    if not of_sockets and is_present(resource.get("Target")) is Ternary.YES:
        return failed("Target makes a stage that limits no requests and logs none.")
    # What limits the stages of the app is said of them; without one nobody calls the API by what is shown here.
    return PASSED if resource.template.app.referring(resource, _OF_ROUTES, "ApiId") else NOT_APPLICABLE


def _url(resource: Resource) -> Verdict:
    if is_one_of(resource.get("AuthType"), "NONE") is not Ternary.YES:
        return NOT_APPLICABLE  # FunctionUrlAuthorized says of it what is not known.
    here, named = resource.template, resource.get("TargetFunctionArn")
    alias = here.target(named, _ALIAS)
    function = (
        here.target(named, FUNCTION) if alias is None else alias.template.target(alias.get("FunctionName"), FUNCTION)
    )
    if function is None:
        return unknown("The concurrency of TargetFunctionArn, which is not part of these templates, is not known.")
    return judge(
        is_present(function.get(_CONCURRENCY)),
        f"{function.logical_id} sets no {_CONCURRENCY}, so that anybody takes what all functions of the account may.",
        unknown_message=f"{_CONCURRENCY} of {function.logical_id} is known only at deployment.",
        at="TargetFunctionArn",
    )


def check(resource: Resource) -> Verdict:
    judges = {_URL: _url, _STAGE: _stage, _DEPLOYMENT: _stage, _OF_ROUTES: _routes, _ROUTES: _api}
    return judges[resource.type](resource)


_REQUESTS = Choose("how many requests a second it has to bear")
_BURST = Choose("how many at once")
_CDK = "throttling_rate_limit=<requests a second>, throttling_burst_limit=<requests at once>"
_SETTINGS = "the item for HttpMethod * and ResourcePath /* has ThrottlingRateLimit and ThrottlingBurstLimit."

RULE = Rule(
    name="ApiThrottled",
    severity="warning",
    resource_types=(_STAGE, _DEPLOYMENT, _ROUTES, _OF_ROUTES, _URL),
    controls=("164.308(a)(1)(ii)(B)",),
    fix="Limit the requests that a stage takes in a second to what is behind it can bear.",
    fixes=(
        NO_SECOND_STAGE,
        Fix(
            (_STAGE,),
            template=f"In MethodSettings, {_SETTINGS}",
            cdk=(f"apigateway.RestApi(deploy_options=apigateway.StageOptions({_CDK}))",),
            constructs=("PrivateApi",),
        ),
        Fix((_DEPLOYMENT,), template=f"In StageDescription.MethodSettings, {_SETTINGS}", when=_says_of_all),
        Fix(
            (_DEPLOYMENT,),
            {"StageDescription.ThrottlingRateLimit": _REQUESTS, "StageDescription.ThrottlingBurstLimit": _BURST},
        ),
        Fix(
            (_OF_ROUTES,),
            {
                "DefaultRouteSettings.ThrottlingRateLimit": _REQUESTS,
                "DefaultRouteSettings.ThrottlingBurstLimit": _BURST,
            },
            cdk=(
                "apigatewayv2.HttpStage(throttle=apigatewayv2.ThrottleSettings("
                "rate_limit=<requests a second>, burst_limit=<requests at once>))",
                "apigatewayv2.WebSocketStage(throttle=apigatewayv2.ThrottleSettings("
                "rate_limit=<requests a second>, burst_limit=<requests at once>))",
            ),
        ),
        Fix(
            (_ROUTES,),
            beside="In place of Target, an AWS::ApiGatewayV2::Stage with AccessLogSettings and with a "
            "ThrottlingRateLimit in DefaultRouteSettings names the API in ApiId.",
        ),
        Fix(
            (_URL,),
            beside="The function of TargetFunctionArn has ReservedConcurrentExecutions, as many as what is behind it "
            "can bear; or AuthType is AWS_IAM.",
        ),
    ),
    check=check,
    phi_only=True,
    needs="app",
)
