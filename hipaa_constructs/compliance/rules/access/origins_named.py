"""Only named web sites may call APIs from a browser.

A warning, since a token is asked for besides. Compliant: no CORS, or origins by name. Non-compliant: ``*`` among the
origins, or ``'*'`` as what a REST API answers by itself in ``Access-Control-Allow-Origin``, with which a script of any
site reads the answers in a patient's browser (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html,
…/how-to-cors.html, docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html); every name under a host that gives
names to anybody, such as ``*.amplifyapp.com`` (publicsuffix.org lists these); ``http://``, for which whoever is on the
way may speak; and the caller's own machine, such as ``http://localhost:3000``, which crosses no network and is there
for development; of a bucket, if scripts may also write to it
(docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html). AWS SAM's ``Cors`` and ``CorsConfiguration`` are
read as what they become, and of the preflights of one API the first says it. Not applicable: what a function answers
itself, which no template shows; gateway responses, which tell of errors and hold no data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.sam import ALLOW_ORIGIN, HTTP_CORS, INTEGRATION
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Gap,
    Resolved,
    Ternary,
    Text,
    all_of,
    any_of,
    as_mapping,
    dig,
    is_mapping,
    is_one_of,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.made_by_sam import is_made_by_sam, is_written_for_sam, with_sam
from hipaa_constructs.compliance.fix import Choose, Fix
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
    worst,
)

_API, _URL, _BUCKET = "AWS::ApiGatewayV2::Api", "AWS::Lambda::Url", "AWS::S3::Bucket"
_REST, _METHOD = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Method"
_ORIGINS: Mapping[str, str] = {_API: "CorsConfiguration.AllowOrigins", _URL: "Cors.AllowOrigins"}
_RULES = "CorsConfiguration.CorsRules"
_WRITING = ("PUT", "POST", "DELETE")
# Under these anybody may have a site.
_SHARED = re.compile(
    r"(https?://)?\*\.([\w-]+\.)*(amplifyapp\.com|azurewebsites\.net|cloudfront\.net|firebaseapp\.com|github\.io|"
    r"herokuapp\.com|netlify\.app|ngrok(-free)?\.app|ngrok\.io|onrender\.com|pages\.dev|vercel\.app|web\.app)",
    re.IGNORECASE,
)

# What never leaves the machine (RFC 6761, section 6.3; RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3).
_LOOPBACK = re.compile(r"https?://(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:(\d+|\*))?/?", re.IGNORECASE)


def _is_all(origin: Resolved) -> Ternary:
    """Whether an origin stands for every site; quotes are how API Gateway writes a text."""
    # A name that deployment fills in is one, and so is what stands beside it.
    if isinstance(origin, Text) and any(_names(part) for part in origin.parts):
        return Ternary.NO
    return is_one_of(origin, "*", "http://*", "https://*", "'*'")


def _names(part: object) -> bool:
    if isinstance(part, str):
        return part.strip("'*") not in ("", "http://", "https://", "http", "https", "://")
    return not isinstance(part, Gap) or part.single


def _all_sites(where: object, path: str) -> Ternary:
    return any_of(map(_is_all, spread(where, f"{path}[]")))


def _listed(where: object, path: str, name: str) -> Iterator[Verdict]:
    yield _judge(_all_sites(where, path), name)
    for origin in spread(where, f"{path}[]"):
        if not isinstance(origin, str) or _is_all(origin) is Ternary.YES:
            continue
        if _LOOPBACK.fullmatch(origin):
            yield failed(f"{name} has {origin}, the caller's own machine, which serves no site but in development.")
        elif _SHARED.fullmatch(origin):
            yield failed(f"{name} has {origin}, where anybody may have a site.")
        elif origin.lower().startswith("http://"):
            yield failed(f"{name} has {origin}, for which without TLS others may speak.")


def _judge(open_to_all: Ternary, name: str) -> Verdict:
    return judge(
        negate(open_to_all),
        f"{name} has *, so scripts of any site may call.",
        unknown_message=f"{name} is known only at deployment.",
    )


def _rules(bucket: Resource) -> Iterator[Verdict]:
    for rule in spread(bucket.properties, f"{_RULES}[]"):
        writes = _writes(rule)
        if writes is Ternary.YES:
            yield from _listed(rule, "AllowedOrigins", f"AllowedOrigins in {_RULES}")
        else:
            yield _judge(all_of((writes, _all_sites(rule, "AllowedOrigins"))), f"AllowedOrigins in {_RULES}")


def _writes(rule: Resolved) -> Ternary:
    if rule is UNKNOWN:
        return Ternary.UNKNOWN
    return any_of(is_one_of(method, *_WRITING) for method in spread(rule, "AllowedMethods[]"))


def _http(api: Resource) -> Iterator[Verdict]:
    path = _ORIGINS[_API]
    yield from _listed(api.properties, path, path)
    body = api.get("Body")
    allowed = dig(body, HTTP_CORS)
    if body is not UNKNOWN and allowed is not None:
        yield from _listed(allowed, "allowOrigins", f"{HTTP_CORS} in Body")


def _answers(api: Resource) -> Iterator[tuple[str, str, Ternary]]:
    """Yield each operation of a REST API's definition, and whether it answers every site by itself."""
    paths = dig(api.get("Body"), "paths")
    for path, operations in paths.items() if is_mapping(paths) else ():
        for method, operation in operations.items() if is_mapping(operations) else ():
            answers = dig(dig(operation, INTEGRATION), "responses")
            origins = [
                _is_all(origin)
                for answer in (answers.values() if is_mapping(answers) else ())
                for origin in _origins(dig(answer, "responseParameters"))
            ]
            yield method, path, any_of(origins)


def _rest(api: Resource) -> Iterator[Verdict]:
    # Many paths answer alike, so that they are one sentence.
    open_to_all: list[str] = []
    for method, path, answer in _answers(api):
        name = f"{method.upper()} {path}"
        if answer is Ternary.YES:
            open_to_all.append(name)
        elif answer is Ternary.UNKNOWN:
            yield unknown(f"Access-Control-Allow-Origin of {name} in Body is known only at deployment.")
    if open_to_all:
        yield failed(
            f"Access-Control-Allow-Origin of {listed(open_to_all)} in Body is '*', so scripts of any site may call."
        )


def _open_like(method: Resource) -> Sequence[Resource]:
    """Return the preflights of an API that answer every site: CDK writes one for each path, of one argument."""
    app, path = method.template.app, "RestApiId"
    api = app.target(method.get(path), _REST)
    alike = app.referring(api, _METHOD, path) if api and _is_preflight(method) else [method]
    return [one for one in alike if _is_preflight(one) and _is_open(one)] or [method]


def _is_preflight(method: Resource) -> bool:
    return is_one_of(method.get("HttpMethod"), "options", any_case=True) is Ternary.YES


def _is_open(method: Resource) -> bool:
    return any_of(map(_is_all, _origins_of(method))) is Ternary.YES


def _origins_of(method: Resource) -> Iterator[Resolved]:
    for answer in spread(method.properties, "Integration.IntegrationResponses[]"):
        yield from _origins(dig(answer, "ResponseParameters"))


def _method(method: Resource) -> Iterator[Verdict]:
    alike = _open_like(method) if _is_open(method) else [method]
    if alike[0] is not method:
        return
    if len(alike) > 1:
        yield failed(
            "Access-Control-Allow-Origin in IntegrationResponses is '*', so scripts of any site may call. "
            f"The same is so of {listed(one.logical_id for one in alike[1:])}."
        )
        return
    for origin in _origins_of(method):
        yield judge(
            negate(_is_all(origin)),
            "Access-Control-Allow-Origin in IntegrationResponses is '*', so scripts of any site may call.",
            unknown_message="Integration.IntegrationResponses is known only at deployment.",
        )


def _origins(headers: Resolved) -> Iterator[Resolved]:
    # Its name is read without regard to case, and has dots in it, so that it is no path.
    if headers is UNKNOWN:
        yield UNKNOWN
    for header, value in headers.items() if is_mapping(headers) else ():
        if header.lower() == ALLOW_ORIGIN.lower():
            yield value


def check(resource: Resource) -> Verdict:
    if resource.type == _URL:
        return worst((PASSED, *_listed(resource.properties, _ORIGINS[_URL], _ORIGINS[_URL])))
    judges = {_API: _http, _BUCKET: _rules, _METHOD: _method, _REST: _rest}
    verdict = worst((PASSED, *judges[resource.type](resource)))
    # ApiAuthorized says that a definition cannot be read, so that it is said once.
    unread = resource.type in (_REST, _API) and resource.get("Body") is UNKNOWN
    return NOT_APPLICABLE if unread and verdict.outcome is Outcome.PASSED else verdict


_SITES = [Choose("the https:// origin of a site")]
_ANSWER = "method.response.header.Access-Control-Allow-Origin the origin of a site, in single quotes"
_CORS = "Cors of the {kind}, or in Globals, names the site: \"'https://portal.example.org'\"."


def _in_sam(fix: Fix, api: Resource) -> Fix:
    """Return the fix of a REST API that AWS SAM's types write: SAM gives no OPTIONS to a path that has one of its own.

    docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html
    """
    if not is_written_for_sam(api) and not is_made_by_sam(api):
        return fix
    written = _written(api)
    paths = as_mapping(as_mapping(written.get("DefinitionBody")).get("paths"))
    by_sam = _is_set(api, "Api", "Cors")
    found = [(method, path) for method, path, answer in _answers(api) if answer is Ternary.YES]
    own = [f"{method.upper()} {path}" for method, path in found if not by_sam or method in as_mapping(paths.get(path))]
    told = [
        *([f"In DefinitionBody, responseParameters of {' and '.join(own)} give {_ANSWER}."] if own else []),
        *(["Cors gives no OPTIONS to a path that has its own."] if own and by_sam else []),
        *([_CORS.format(kind="AWS::Serverless::Api")] if len(own) < len(found) else []),
    ]
    return replace(fix, beside=" ".join(told) or fix.beside)


def _in_body(api: Resource) -> bool:
    """Whether the definition of an HTTP API says what CORS allows, as its author wrote it."""
    body = api.get("Body")
    in_body = body is not UNKNOWN and dig(body, HTTP_CORS) is not None
    of_sam = is_written_for_sam(api) or is_made_by_sam(api)
    return in_body and not (of_sam and _is_set(api, "HttpApi", "CorsConfiguration"))


def _written(api: Resource) -> Mapping[str, object]:
    resources = as_mapping(api.template.body.get("Resources"))
    return as_mapping(as_mapping(resources.get(api.logical_id)).get("Properties"))


def _is_set(api: Resource, kind: str, name: str) -> bool:
    """Whether a resource of AWS SAM has a setting, or Globals has it for its kind."""
    shared = as_mapping(as_mapping(api.template.body.get("Globals")).get(kind))
    return _written(api).get(name) is not None or shared.get(name) is not None


RULE = Rule(
    name="OriginsNamed",
    severity="warning",
    resource_types=(_METHOD, _REST, _API, _URL, _BUCKET),
    controls=("164.312(a)(1)",),
    fix="Name the sites whose scripts may call.",
    fixes=(
        Fix(
            (_METHOD,),
            beside="In Integration.IntegrationResponses, ResponseParameters gives "
            "method.response.header.Access-Control-Allow-Origin the origin of a site, in single quotes.",
            cdk=(
                "apigateway.RestApi(default_cors_preflight_options=apigateway.CorsOptions(allow_origins=["
                "<the https:// origin of a site>]))",
            ),
        ),
        Fix(
            (_REST,),
            beside=f"In Body, responseParameters give {_ANSWER}.",
            tailor=_in_sam,
        ),
        Fix(
            (_API,),
            beside=f"In Body, or in the DefinitionBody of an AWS::Serverless::HttpApi, allowOrigins of {HTTP_CORS} "
            "names the https:// origins of sites.",
            when=_in_body,
        ),
        Fix(
            (_API,),
            {_ORIGINS[_API]: _SITES},
            cdk=(
                "apigatewayv2.HttpApi(cors_preflight=apigatewayv2.CorsPreflightOptions(allow_origins=["
                "<the https:// origin of a site>]))",
            ),
        ),
        *with_sam(
            (
                Fix(
                    (_URL,),
                    {_ORIGINS[_URL]: _SITES},
                    cdk=(
                        "lambda_.FunctionUrl(cors=lambda_.FunctionUrlCorsOptions(allowed_origins=["
                        "<the https:// origin of a site>]))",
                    ),
                ),
            )
        ),
        Fix((_BUCKET,), {f"{_RULES}[].AllowedOrigins": _SITES}),
    ),
    check=check,
    phi_only=True,
)
