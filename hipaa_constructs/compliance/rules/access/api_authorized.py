"""Every API method, route and GraphQL endpoint asks who is calling.

Compliant: an authorizer, IAM or a user pool. Non-compliant: no authorization, or an API key alone, which identifies a
usage plan and not a caller; an API defined by OpenAPI with an operation that has no ``security``, or one by API keys
alone; a gateway of Bedrock
AgentCore that asks nobody (docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-inbound-auth.html), as a
warning where an interceptor or a policy engine stands behind it, which may; a warning, where the API's own address is
off and all its domains ask for certificates of clients
(docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html), which say who calls as far as the trust
store is narrow; a warning too, where a GET or HEAD of a probe, such as ``/health``, is said to be open, which what
watches the API asks without credentials, or the one call by which users sign in or up, such as POST ``/auth/login``,
beside others of the API that ask, since who signs in has nothing yet to show. Unknown: a definition in S3; certificates
of which only deployment tells whether they are asked for. Not applicable: OPTIONS, which browsers send without
credentials; WebSocket routes behind ``$connect``, which authorizes the connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_mapping,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.api_domains import takes_certificates_alone
from hipaa_constructs.compliance.facts.made_by_sam import is_made_of_events
from hipaa_constructs.compliance.facts.webhooks import OF_HTTP, OF_REST, is_webhook
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    listed,
    unknown,
    weaker,
    worst,
)

_METHODS = frozenset({"get", "put", "post", "delete", "head", "patch", "trace", "x-amazon-apigateway-any-method"})

# What the last part of a path is called by which one asks how a service does.
_PROBES = frozenset({"health", "healthcheck", "healthz", "health-check", "live", "livez", "liveness", "ping", "ready"})
_PROBES |= {"readiness", "readyz", "status", "version"}
# What the last part is called where users sign in or up, and what may stand before it, so that no other thing is meant,
# such as the patients of /patients/register.
_SIGNS_IN = frozenset({"log-in", "login", "sign-in", "signin", "sign-up", "signup", "register", "token"})
_SIGNS_IN |= {"auth", "authenticate", "forgot-password", "reset-password"}
_ABOVE = re.compile(r"v\d+|api|auth|oauth2?|identity|users?|accounts?")
_STAYS_OPEN = "By its path users sign in or up there, or learn how that is checked, which needs nobody signed in."
# By what a scheme of OpenAPI says that an authorizer stands behind it, or IAM.
_BY = ("x-amazon-apigateway-authtype", "x-amazon-apigateway-authorizer")
_GATEWAY = "AWS::BedrockAgentCore::Gateway"
_PLACE, _DEEPEST = "AWS::ApiGateway::Resource", 30


def _kind(value: Resolved, name: str) -> Verdict:
    kind = as_text(value)
    if isinstance(kind, Unknown):
        return unknown(f"{name} is known only at deployment.")
    if kind is None or kind.upper() == "NONE":
        return failed(f"{name} is {'not set' if value is None else value}, so anyone may call.")
    return judge(kind != "API_KEY", f"{name} is API_KEY, which identifies no caller.")


def _said_open(value: Resolved) -> bool:
    """Whether an author wrote that a method or route asks nobody."""
    return isinstance(value, str) and value.upper() == "NONE"


def _probes(method: str, path: str) -> bool:
    """Whether an operation says how the API does; another part of the path may be a patient's, as in /{id}/status."""
    parts = [part for part in path.split("/") if part]
    return (
        method.upper() in ("GET", "HEAD")
        and bool(parts)
        and parts[-1].lower() in _PROBES
        and not any("{" in part for part in parts)
    )


def _signs_in(method: str, path: str) -> bool:
    """Whether an operation is that by which users sign in or up, or tells how what they get is looked at."""
    parts = [part.lower() for part in path.split("/") if part]
    if parts[:1] == [".well-known"]:
        return method.upper() == "GET" and "{" not in path
    *above, last = parts or [""]
    return method.upper() == "POST" and last in _SIGNS_IN and all(map(_ABOVE.fullmatch, above))


def _of_opened(verdict: Verdict, method: str, path: str, others_ask: Callable[[], bool]) -> Verdict:
    """Return what is said of an operation that its author left open in so many words."""
    if _probes(method, path):
        return weaker(verdict)
    if verdict.outcome is not Outcome.FAILED or not _signs_in(method, path):
        return verdict
    told = replace(verdict, seen=(*verdict.seen, _STAYS_OPEN))
    return weaker(told) if others_ask() else told


def _others_ask(part: Resource) -> bool:
    """Whether other methods or routes of an API ask who calls, in the present world."""
    path = _PARTS[part.type]
    api = part.written(path)
    return api is not None and any(
        one is not part
        and one.exists
        and one.written(path) == api
        and _kind(one.get("AuthorizationType"), "AuthorizationType").outcome is Outcome.PASSED
        for one in part.template.resources.values()
        if one.type == part.type
    )


def _method(resource: Resource) -> Verdict:
    if is_one_of(resource.get("HttpMethod"), "OPTIONS") is Ternary.YES:
        return NOT_APPLICABLE
    kind = resource.get("AuthorizationType")
    verdict = _kind(kind, "AuthorizationType")
    if not _said_open(kind):
        return verdict
    return _of_opened(verdict, str(resource.get("HttpMethod")), _path(resource), lambda: _others_ask(resource))


def _path(method: Resource) -> str:
    """Return the path of a method, with ``{}`` for what the template does not tell."""
    place, parts = method.template.target(method.get("ResourceId"), _PLACE), list[str]()
    while place is not None and len(parts) < _DEEPEST:
        part = place.get("PathPart")
        parts.insert(0, str(part) if isinstance(part, str) else "{}")
        place = place.template.target(place.get("ParentId"), _PLACE)
    return "/".join(parts)


def _route(resource: Resource) -> Verdict:
    key = str(resource.get("RouteKey"))
    api = resource.template.target(resource.get("ApiId"), "AWS::ApiGatewayV2::Api")
    websocket = api is not None and is_one_of(api.get("ProtocolType"), "WEBSOCKET") is Ternary.YES
    if key.startswith("OPTIONS ") or (key != "$connect" and (websocket or (" " not in key and key != "$default"))):
        return NOT_APPLICABLE
    kind = resource.get("AuthorizationType")
    verdict = _kind(kind, "AuthorizationType")
    method, _, path = key.partition(" ")
    return _of_opened(verdict, method, path, lambda: _others_ask(resource)) if _said_open(kind) else verdict


def _connects(route: Resource) -> bool:
    """Whether a route is that by which clients of a WebSocket API connect, for which there is no JWT."""
    return is_one_of(route.get("RouteKey"), "$connect") is Ternary.YES


def _api(resource: Resource) -> Verdict:
    if resource.get("BodyS3Location") is not None:
        return unknown("The API is defined by a file in S3, which is not part of these templates.")
    if resource.get("Target") is not None:
        return failed("Target makes a default route that anyone may call.")
    body = resource.get("Body")
    if body is None:
        return NOT_APPLICABLE
    paths = dig(body, "paths", {})
    if not is_mapping(body) or not is_mapping(paths):
        return unknown("Body cannot be read before deployment.")
    judged = sorted(
        _operations(paths, dig(body, "security"), _schemes(body)), key=lambda one: _signs_in(one[0], one[1])
    )
    return worst([PASSED, *(verdict for _, _, verdict in judged)])


def _schemes(body: Fields) -> Resolved:
    """Return the schemes that a definition names, where OpenAPI 3 has them, or Swagger 2."""
    return dig(body, "components.securitySchemes", dig(body, "securityDefinitions", {}))


def _operations(paths: Fields, of_all: Resolved, schemes: Resolved) -> Iterator[tuple[str, str, Verdict]]:
    """Yield the method and the path of each operation of a definition, and what is said of it."""
    found = [
        (path, method, operation, _security(operation, of_all, schemes))
        for path, operations in paths.items()
        for method, operation in (operations.items() if is_mapping(operations) else ())
        if method.lower() in _METHODS and is_mapping(operation)
    ]
    some_ask = any(asks is Ternary.YES for _, _, _, asks in found)
    for path, method, operation, asks in found:
        verdict = judge(
            asks,
            f"{method.upper()} {path} in Body {_lacks(operation.get('security', of_all))}.",
            unknown_message=f"The security of {method.upper()} {path} is known only at deployment.",
        )
        # An empty list takes back what holds for all (OpenAPI 3.1, Operation Object).
        opened = _of_opened(verdict, method, path, lambda: some_ask) if "security" in operation else verdict
        yield method, path, opened


def _security(operation: Fields, of_all: Resolved, schemes: Resolved) -> Ternary:
    asked = _asks(operation.get("security", of_all), schemes)
    return any_of((asked, is_present(operation.get("x-amazon-apigateway-auth"))))


def _asks(security: Resolved, schemes: Resolved) -> Ternary:
    """Whether one of the schemes that an operation names is more than an API key."""
    named = as_items(security)
    if is_present(security) is not Ternary.YES or not all(map(is_mapping, named)):
        return is_present(security)
    return any_of(negate(_is_api_key(schemes, name)) for one in named if is_mapping(one) for name in one)


def _is_api_key(schemes: Resolved, name: str) -> Ternary:
    """Whether a scheme is an API key and no authorizer, which reads a header too and is said to be of that type.

    docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
    """
    scheme = schemes.get(name) if is_mapping(schemes) else schemes
    if scheme is not UNKNOWN and not is_mapping(scheme):
        return Ternary.NO  # not declared: it may be of AWS's own
    return all_of((is_one_of(dig(scheme, "type"), "apiKey"), *(negate(is_present(dig(scheme, one))) for one in _BY)))


def _lacks(security: Resolved) -> str:
    """Say why nobody is asked by what stands in place of an operation's security."""
    named = any(is_mapping(one) and one for one in as_items(security))
    return "asks for an API key alone, which identifies no caller" if named else "has no security"


def _has_default_authorizer(api: Resource) -> bool:
    """Whether SAM's API, or Globals for it, names an authorizer for all routes, so that those left open say so."""
    if not is_made_of_events(api):
        return False
    body = api.template.body
    written = as_mapping(as_mapping(body.get("Resources")).get(api.logical_id))
    of_all = as_mapping(body.get("Globals"))
    shared = as_mapping(of_all.get("Api" if api.type == _APIS[0] else "HttpApi"))
    return any(
        as_mapping(one.get("Auth")).get("DefaultAuthorizer") for one in (as_mapping(written.get("Properties")), shared)
    )


def _graph(resource: Resource) -> Verdict:
    first = _kind(resource.get("AuthenticationType"), "AuthenticationType")
    others = spread(resource.properties, "AdditionalAuthenticationProviders[].AuthenticationType")
    return worst([first, *(_kind(value, "AdditionalAuthenticationProviders") for value in others)])


def _event_api(resource: Resource) -> Verdict:
    return worst(
        _kind(value, "EventConfig.AuthProviders")
        for value in spread(resource.properties, "EventConfig.AuthProviders[].AuthType")
    )


def _agents(gateway: Resource) -> Verdict:
    verdict = judge(
        negate(is_one_of(gateway.get("AuthorizerType"), "NONE")),
        "AuthorizerType is NONE, so anyone may call.",
        unknown_message="AuthorizerType is known only at deployment.",
    )
    behind = (gateway.get(name) for name in ("InterceptorConfigurations", "PolicyEngineConfiguration"))
    return weaker(verdict) if any(is_present(one) is not Ternary.NO for one in behind) else verdict


_CHECKS: Mapping[str, Callable[[Resource], Verdict]] = {
    "AWS::ApiGateway::Method": _method,
    "AWS::ApiGateway::RestApi": _api,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Route": _route,
    "AWS::AppSync::Api": _event_api,
    "AWS::AppSync::GraphQLApi": _graph,
    _GATEWAY: _agents,
}


_APIS = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
# Where a part of an API names it.
_PARTS: Mapping[str, str] = {"AWS::ApiGateway::Method": "RestApiId", "AWS::ApiGatewayV2::Route": "ApiId"}


def check(resource: Resource) -> Verdict:
    verdict = _CHECKS[resource.type](resource)
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    named = resource.get(_PARTS[resource.type]) if resource.type in _PARTS else None
    api = resource if resource.type in _APIS else resource.template.target(named, *_APIS)
    if api is None:
        return verdict
    certificates = takes_certificates_alone(api)
    if certificates is Ternary.UNKNOWN:
        return unknown(
            f"Whether callers need a certificate of the domain is known only at deployment. {verdict.message}", at=""
        )
    return weaker(verdict) if certificates is Ternary.YES else verdict


def _called(part: Resource) -> tuple[str, str]:
    """Return by which method and path a method or a route is called."""
    if part.type == "AWS::ApiGateway::Method":
        return str(part.get("HttpMethod")), _path(part)
    method, _, path = str(part.get("RouteKey")).partition(" ")
    return method, path


def _is_webhook(part: Resource) -> bool:
    """Whether a method or a route is called as what another party's service calls."""
    return is_webhook(*_called(part))


def _is_sign_in(part: Resource) -> bool:
    """Whether a method or a route is one by which users sign in or up."""
    return _signs_in(*_called(part))


def _with_webhooks(fix: Fix, api: Resource) -> Fix:
    """Return the fix of an API with what is to be done about what other parties' services call, of which it names."""
    body = api.get("Body")
    paths = dig(body, "paths", {})
    if not is_mapping(body) or not is_mapping(paths):
        return fix
    judged = _operations(paths, dig(body, "security"), _schemes(body))
    found = [(method, path) for method, path, verdict in judged if verdict.outcome is Outcome.FAILED]
    hooks = [f"{method.upper()} {path}" for method, path in found if is_webhook(method, path)]
    if not hooks:
        return fix
    told = f"{listed(hooks)}: {OF_REST if api.type == _APIS[0] else OF_HTTP}"
    if len(hooks) == len(found):
        return replace(fix, properties={}, template="", cdk=(), constructs=(), beside=told)
    return replace(fix, beside=f"{fix.beside} {told}".strip())


# docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html
_PREFLIGHT = (
    "Beside Cors, Auth of an AWS::Serverless::Api has AddDefaultAuthorizerToCorsPreflight: false, since browsers ask "
    "without a login first."
)
_BUT_SIGN_IN = "Those by which users sign in or up have nothing to show yet: they stay open, and are acknowledged."

RULE = Rule(
    name="ApiAuthorized",
    severity="error",
    resource_types=tuple(_CHECKS),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Let the method, route or API ask who is calling: by IAM, a user pool, JWT or an authorizer of your own.",
    fixes=(
        Fix(
            _APIS,
            beside="Auth of the event has no Authorizer: NONE, and the DefaultAuthorizer holds. Those by which users "
            "sign in or up have nothing to show yet and are acknowledged.",
            when=_has_default_authorizer,
            tailor=_with_webhooks,
        ),
        Fix(
            _APIS,
            beside="Auth of the AWS::Serverless::Api or AWS::Serverless::HttpApi, or of it in Globals, has a "
            "DefaultAuthorizer, or Auth of each event an Authorizer; none is NONE but those by which users sign in or "
            f"up, which have nothing to show yet and are acknowledged. {_PREFLIGHT}",
            when=is_made_of_events,
            tailor=_with_webhooks,
        ),
        Fix(("AWS::ApiGateway::Method",), beside=OF_REST, when=_is_webhook),
        Fix(("AWS::ApiGatewayV2::Route",), beside=OF_HTTP, when=_is_webhook),
        Fix(
            tuple(_PARTS),
            beside="If users sign in or up there, they have nothing to show yet: it stays open, throttled, and the "
            "finding is acknowledged. Otherwise it asks as the others of the API do.",
            when=_is_sign_in,
        ),
        Fix(
            ("AWS::ApiGateway::Method",),
            {"AuthorizationType": "AWS_IAM"},
            template="Or COGNITO_USER_POOLS or CUSTOM, with the AWS::ApiGateway::Authorizer in AuthorizerId.",
            cdk=(
                "apigateway.RestApi(default_method_options=apigateway.MethodOptions("
                "authorization_type=apigateway.AuthorizationType.IAM))",
                "apigateway.RestApi(default_method_options=apigateway.MethodOptions(authorizer=<an authorizer>))",
            ),
            beside=_BUT_SIGN_IN,
            constructs=("PrivateApi",),
        ),
        Fix(
            ("AWS::ApiGateway::RestApi",),
            beside="Each operation in Body has a security entry by a scheme that authenticates, such as one with "
            "x-amazon-apigateway-authtype, and no API key alone, or x-amazon-apigateway-auth with type: AWS_IAM; "
            "those by which users sign in or up stay open, and are acknowledged.",
            tailor=_with_webhooks,
        ),
        Fix(
            ("AWS::ApiGatewayV2::Api",),
            template="Each operation in Body has a security entry, or Body has one for all, by a scheme that "
            "authenticates and no API key; a route with AuthorizationType stands in place of Target.",
            cdk=("apigatewayv2.HttpApi(default_authorizer=<an authorizer>)",),
            beside=_BUT_SIGN_IN,
            tailor=_with_webhooks,
        ),
        # docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
        Fix(
            ("AWS::ApiGatewayV2::Route",),
            {"AuthorizationType": "AWS_IAM"},
            template="Or CUSTOM, with an AWS::ApiGatewayV2::Authorizer of AuthorizerType: REQUEST in AuthorizerId.",
            cdk=(
                "apigatewayv2.WebSocketApi(connect_route_options=apigatewayv2.WebSocketRouteOptions("
                "integration=<an integration>, authorizer=apigatewayv2_authorizers.WebSocketIamAuthorizer()))",
            ),
            when=_connects,
        ),
        Fix(
            ("AWS::ApiGatewayV2::Route",),
            {"AuthorizationType": "AWS_IAM"},
            template="Or JWT or CUSTOM, with the AWS::ApiGatewayV2::Authorizer in AuthorizerId.",
            cdk=(
                "apigatewayv2.HttpApi(default_authorizer=apigatewayv2_authorizers.HttpIamAuthorizer())",
                "apigatewayv2.HttpApi(default_authorizer=apigatewayv2_authorizers.HttpJwtAuthorizer(<an id>, "
                "<the issuer>, jwt_audience=[<the audience>]))",
            ),
            beside=_BUT_SIGN_IN,
        ),
        Fix(
            ("AWS::AppSync::Api",),
            {"EventConfig.AuthProviders": [{"AuthType": "AWS_IAM"}]},
            template="ConnectionAuthModes, DefaultPublishAuthModes and DefaultSubscribeAuthModes of EventConfig name "
            "the same AuthType.",
            cdk=(
                "appsync.EventApi(authorization_config=appsync.EventApiAuthConfig(auth_providers=["
                "appsync.AppSyncAuthProvider(authorization_type=appsync.AppSyncAuthorizationType.IAM)]))",
            ),
        ),
        Fix(
            ("AWS::AppSync::GraphQLApi",),
            {"AuthenticationType": "AWS_IAM"},
            template="AdditionalAuthenticationProviders has no API_KEY.",
            cdk=(
                "appsync.GraphqlApi(authorization_config=appsync.AuthorizationConfig(default_authorization="
                "appsync.AuthorizationMode(authorization_type=appsync.AuthorizationType.IAM)))",
            ),
        ),
        Fix(
            (_GATEWAY,),
            {"AuthorizerType": "AWS_IAM"},
            template="Or CUSTOM_JWT, with the issuer's address in AuthorizerConfiguration.",
            cdk=("bedrockagentcore.Gateway(authorizer_configuration=bedrockagentcore.IamAuthorizer())",),
        ),
    ),
    check=check,
)
