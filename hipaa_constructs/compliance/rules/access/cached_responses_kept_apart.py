"""API caches give nobody the response to somebody else.

A cache answers by the path and by what else is a key of it: who is calling is none by default
(docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html). Compliant: no method is cached that
asks who is calling, or what says so is a key of its cache, or nothing is taken from it (a time to live of 0); each
cached resolver has the caller's identity among its keys, or the API caches whole requests, which AppSync keeps for each
user. Non-compliant: a cached one without. Unknown: methods and resolvers that are not part of the app; AppSync's cache
of whole operations, for which AWS names no keys. Not applicable: stages without a cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Reference,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_int,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.api_caches import judge_cached
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown, worst

# As OpenAPI calls the methods that there are; OPTIONS tells nobody's data.
_ANY = "x-amazon-apigateway-any-method"
_VERBS = ("get", "put", "post", "delete", "head", "patch", _ANY)
# What of a request a key may be made of, where it tells who is calling.
_CALLER = ("context.authorizer", "context.identity")


@dataclass(frozen=True, slots=True)
class _Method:
    """A method of an API; ``path`` is None where only deployment tells it, ``keyed`` whether the caller is a key."""

    verb: str
    path: str | None
    authorized: Ternary
    keyed: Ternary


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::AppSync::ApiCache":
        return _graph(resource)
    return judge_cached(resource, partial(_setting, resource))


def _setting(stage: Resource, entry: object) -> Verdict:
    cached = is_true(dig(entry, "CachingEnabled", False))
    # With a time to live of 0 nothing is taken from the cache.
    kept = as_int(dig(entry, "CacheTtlInSeconds", 300))
    if cached is Ternary.NO or (isinstance(kept, int) and kept == 0):
        return NOT_APPLICABLE
    if cached is Ternary.UNKNOWN or isinstance(kept, Unknown):
        return unknown("Which methods are cached is known only at deployment.")
    api = stage.template.target(stage.get("RestApiId"), "AWS::ApiGateway::RestApi")
    methods = [*_written(api), *_in_body(api)] if api is not None else []
    if not methods:
        return unknown("CachingEnabled is true for methods that are not part of these templates.")
    return worst((PASSED, *(_judge(method, entry) for method in methods)))


def _judge(method: _Method, entry: object) -> Verdict:
    verb = is_one_of(dig(entry, "HttpMethod", "*"), "*", method.verb) if method.verb != "ANY" else Ternary.YES
    wanted = as_text(dig(entry, "ResourcePath", "/*"))
    path = Ternary.YES if wanted == "/*" else Ternary.UNKNOWN
    if isinstance(wanted, str) and wanted != "/*" and method.path is not None:
        path = Ternary.of(wanted.replace("~1", "/").strip("/") == method.path.strip("/"))
    return judge(
        negate(all_of((verb, path, method.authorized, negate(method.keyed)))),
        f"CachingEnabled is true for {method.verb} {method.path or 'of a path'}, which asks who is calling, and its "
        "cache may give one caller the response to another.",
    )


def _written(api: Resource) -> Iterator[_Method]:
    for method in api.template.app.referring(api, "AWS::ApiGateway::Method", "RestApiId"):
        verb = as_text(method.get("HttpMethod"))
        if not isinstance(verb, str) or verb == "OPTIONS":
            continue
        kind = negate(is_one_of(method.get("AuthorizationType", "NONE"), "NONE"))
        authorizer = method.template.target(method.get("AuthorizerId"), "AWS::ApiGateway::Authorizer")
        told = as_text(authorizer.get("IdentitySource")) if authorizer is not None else None
        integration = method.get("Integration")
        keyed = _keyed(dig(integration, "CacheKeyParameters"), dig(integration, "RequestParameters"), told)
        yield _Method(verb, _path_of(method), any_of((kind, is_true(method.get("ApiKeyRequired")))), keyed)


def _path_of(method: Resource) -> str | None:
    here, path = method.get("ResourceId"), ""
    while (part := method.template.target(here, "AWS::ApiGateway::Resource")) is not None:
        name = as_text(part.get("PathPart"))
        if not isinstance(name, str) or path.count("/") > _DEEPEST:
            return None
        path, here = f"/{name}{path}", part.get("ParentId")
    root = isinstance(here, Reference) and here.attribute == "RootResourceId"
    return (path or "/") if root else None


# More resources than an API may have above each other.
_DEEPEST = 100


def _in_body(api: Resource) -> Iterator[_Method]:
    body = api.get("Body")
    paths = dig(body, "paths", {})
    for path, operations in paths.items() if is_mapping(paths) else ():
        for verb, operation in operations.items() if is_mapping(operations) else ():
            if verb.lower() not in _VERBS:
                continue
            security = dig(operation, "security", dig(body, "security"))
            authorized = any_of((is_present(security), is_present(dig(operation, "x-amazon-apigateway-auth"))))
            integration = dig(operation, "x-amazon-apigateway-integration")
            keyed = _keyed(dig(integration, "cacheKeyParameters"), dig(integration, "requestParameters"), None)
            yield _Method("ANY" if verb.lower() == _ANY else verb.upper(), path, authorized, keyed)


def _keyed(keys: Resolved, mapped: Resolved, told: str | Unknown | None) -> Ternary:
    """Whether a key of a method's cache is the header that says who is calling, or is made of what that came to."""
    sources = {"method.request.header.authorization"}
    sources |= {source.strip().lower() for source in told.split(",")} if isinstance(told, str) else set()
    return any_of(_is_caller(key, mapped, sources) for key in as_items(keys))


def _is_caller(key: Resolved, mapped: Resolved, sources: Set[str]) -> Ternary:
    name = as_text(key)
    if not isinstance(name, str):
        return Ternary.UNKNOWN
    made_of = as_text(mapped.get(name)) if is_mapping(mapped) else None
    return Ternary.of(name.lower() in sources or (isinstance(made_of, str) and made_of.startswith(_CALLER)))


def _graph(cache: Resource) -> Verdict:
    behavior = cache.get("ApiCachingBehavior")
    if is_one_of(behavior, "FULL_REQUEST_CACHING") is Ternary.YES:
        return PASSED
    if is_one_of(behavior, "PER_RESOLVER_CACHING") is not Ternary.YES:
        return unknown(f"ApiCachingBehavior is {behavior}: whether the cache tells callers apart is not known.")
    api = cache.template.target(cache.get("ApiId"), "AWS::AppSync::GraphQLApi")
    if api is None:
        return unknown("The API, and which of its resolvers are cached, is not part of these templates.")
    resolvers = api.template.app.referring(api, "AWS::AppSync::Resolver", "ApiId")
    return worst((PASSED, *(_resolver(one) for one in resolvers if one.get("CachingConfig") is not None)))


def _resolver(resolver: Resource) -> Verdict:
    keys = as_items(resolver.get("CachingConfig.CachingKeys"))
    return judge(
        any_of(
            Ternary.UNKNOWN if not isinstance(key, str) else Ternary.of(key.startswith("$context.identity"))
            for key in keys
        ),
        f"The resolver {resolver.logical_id} is cached without $context.identity among its CachingKeys, so that one "
        "caller may be given the response to another.",
        unknown_message=f"The CachingKeys of the resolver {resolver.logical_id} are known only at deployment.",
    )


RULE = Rule(
    name="CachedResponsesKeptApart",
    severity="error",
    resource_types=("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::AppSync::ApiCache"),
    controls=("164.312(a)(1)",),
    fix="Do not cache what is told to one caller; where a cache is needed, let it tell callers apart.",
    fixes=(
        Fix(
            ("AWS::ApiGateway::Stage",),
            {"MethodSettings[].CachingEnabled": False},
            template="Or the method names method.request.header.Authorization in Integration.CacheKeyParameters.",
            cdk=("apigateway.MethodDeploymentOptions(caching_enabled=False)",),
        ),
        Fix(
            ("AWS::ApiGateway::Deployment",),
            beside="CachingEnabled is false in StageDescription and in each of its MethodSettings.",
        ),
        Fix(
            ("AWS::AppSync::ApiCache",),
            beside="ApiCachingBehavior is PER_RESOLVER_CACHING, and CachingConfig.CachingKeys of each resolver has "
            "$context.identity.sub.",
        ),
    ),
    check=check,
    phi_only=True,
)
