"""How many requests the stages of APIs take, and by which TLS the addresses that API Gateway gives REST APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.session import Session

REST, PLAN = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::UsagePlan"
_STAGE, _HTTP_STAGE = "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"
# Those of a PrivateApi. Of an account's 10,000 a second each stage takes all else:
# docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
_LIMITS = {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
_EVERYWHERE = {"HttpMethod": "*", "ResourcePath": "/*"}
_LIMITED = (
    f"A stage takes {_LIMITS['ThrottlingRateLimit']} requests a second and 200 at once, not all of the account's."
)
_BEARS = "What a running API has to bear its owner knows: set throttling_rate_limit, or throttle of an HTTP stage."
# docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html; each takes TLS 1.2 too.
_REGIONAL, _EDGE = "SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS12_PFS_2025_EDGE"
_SAYS_SO = ("x-amazon-apigateway-security-policy", "x-amazon-apigateway-endpoint-configuration", "Fn::Transform")
# GovCloud takes no such policy (docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-abp.html), and China, as it,
# has no edge-optimized APIs, so that one without a kind is something else there.
_WITHOUT_POLICIES = ("cn-", "us-gov-")


def limit_requests(session: Session, found: Found) -> None:
    """Limit what stages take for which neither stage nor usage plan says how much, where nothing runs yet."""
    planned = set(_planned(session, found))
    for stage in found.of(_STAGE):
        settings = session.resolved(stage, "method_settings").get("method_settings", [])
        if not isinstance(settings, list) or planned & {(session.stack(stage), name) for name in _api(session, stage)}:
            continue
        everywhere = [place for place, one in enumerate(settings) if _is_for_all(one)]
        place = everywhere[0] if everywhere else len(settings)
        given = settings[place] if everywhere else {}
        where, limits = f"MethodSettings.{place}", _LIMITS if everywhere else {**_EVERYWHERE, **_LIMITS}
        # An override of one item alone makes no list of what is none.
        _limit(session, stage, given, {where: limits} if settings else {"MethodSettings": [limits]})
    for stage in found.of(_HTTP_STAGE):
        given = session.resolved(stage, "default_route_settings").get("default_route_settings", {})
        _limit(session, stage, given, {"DefaultRouteSettings": _LIMITS})


def _planned(session: Session, found: Found) -> Iterator[tuple[cdk.Stack, str]]:
    """Yield the APIs, by stack and logical id, whose callers a usage plan limits."""
    for plan in found.of(PLAN):
        said = session.resolved(plan, "api_stages", "throttle")
        if said.get("throttle", {}).get("rateLimit") is None:
            continue
        for one in said.get("api_stages", []):
            for name in _references(one):
                yield session.stack(plan), name


def _api(session: Session, stage: Any) -> list[str]:
    return _references(session.resolved(stage, "rest_api_id").get("rest_api_id"))


def _references(value: object) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [str(part) for key, part in value.items() if key == "Ref"] + _references(value.get("apiId"))


def _is_for_all(setting: Any) -> bool:
    return isinstance(setting, dict) and (setting.get("httpMethod"), setting.get("resourcePath")) == ("*", "/*")


def _limit(session: Session, stage: Any, given: Any, written: dict[str, Any]) -> None:
    if not isinstance(given, dict) or given.get("throttlingRateLimit") is not None:
        return
    path, kind = session.path(stage).removesuffix("/Resource"), str(stage.cfn_resource_type)
    properties = [next(iter(written)).partition(".")[0]]
    if not session.new_stores:
        session.record(stage, path, kind, "throttling_rate_limit", properties, "unreached", _BEARS)
        return
    burst = given.get("throttlingBurstLimit")
    for where, value in written.items():
        if isinstance(value, list):
            stage.add_property_override(where, value)
            continue
        for name, part in value.items():
            if name != "ThrottlingBurstLimit" or burst is None:
                stage.add_property_override(f"{where}.{name}", part)
    session.record(stage, path, kind, "throttling_rate_limit", properties, "set", _LIMITED)


def require_tls(session: Session, found: Found) -> None:
    """Have REST APIs refuse TLS older than 1.2 at the address that API Gateway gives them, and that takes 1.0 else."""
    for api in found.of(REST):
        policy = _policy(session, api)
        if policy is None:
            continue
        api.security_policy = policy
        # Such a policy goes with a mode; this one changes nothing else:
        # docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
        api.endpoint_access_mode = "BASIC"
        path = session.path(api).removesuffix("/Resource")
        why = "The API's own address refuses TLS older than 1.2, fifteen minutes after it is deployed."
        session.record(api, path, REST, "security_policy", ["SecurityPolicy", "EndpointAccessMode"], "set", why)


def _policy(session: Session, api: Any) -> str | None:
    """Return the policy for the kind of an API; None for one that says so itself, or has no address in public."""
    said = (api.security_policy, api.endpoint_access_mode, api.body_s3_location, api.parameters)
    if any(one is not None for one in said) or api.disable_execute_api_endpoint not in (None, False):
        return None
    written = session.resolved(api, "body", "endpoint_configuration")
    body, configuration = written.get("body", {}), written.get("endpoint_configuration", {})
    if not isinstance(body, dict) or any(name in body for name in _SAYS_SO) or not isinstance(configuration, dict):
        return None
    if session.stack(api).region.startswith(_WITHOUT_POLICIES):
        return None
    kinds = configuration.get("types") or ["EDGE"]
    return {"REGIONAL": _REGIONAL, "EDGE": _EDGE}.get(str(kinds[0])) if isinstance(kinds, list) else None
