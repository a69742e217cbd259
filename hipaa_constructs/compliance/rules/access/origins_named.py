"""Only named web sites may call APIs from a browser.

A warning, since a token is asked for besides. Compliant: no CORS, or origins by name. Non-compliant: ``*`` among the
origins, with which a script of any site reads the answers in a patient's browser
(docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html, docs.aws.amazon.com/lambda/latest/dg/
urls-configuration.html); of a bucket, if scripts may also write to it
(docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html). Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, all_of, any_of, is_one_of, negate, spread
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge, worst

_API, _URL, _BUCKET = "AWS::ApiGatewayV2::Api", "AWS::Lambda::Url", "AWS::S3::Bucket"
_ORIGINS: Mapping[str, str] = {_API: "CorsConfiguration.AllowOrigins", _URL: "Cors.AllowOrigins"}
_RULES = "CorsConfiguration.CorsRules"
_WRITING = ("PUT", "POST", "DELETE")


def _all_sites(where: object, path: str) -> Ternary:
    return any_of(is_one_of(origin, "*", "http://*", "https://*") for origin in spread(where, f"{path}[]"))


def _judge(open_to_all: Ternary, name: str) -> Verdict:
    return judge(
        negate(open_to_all),
        f"{name} has *, so scripts of any site may call.",
        unknown_message=f"{name} is known only at deployment.",
    )


def _rules(bucket: Resource) -> Iterator[Verdict]:
    for rule in spread(bucket.properties, f"{_RULES}[]"):
        yield _judge(all_of((_writes(rule), _all_sites(rule, "AllowedOrigins"))), f"AllowedOrigins in {_RULES}")


def _writes(rule: Resolved) -> Ternary:
    if rule is UNKNOWN:
        return Ternary.UNKNOWN
    return any_of(is_one_of(method, *_WRITING) for method in spread(rule, "AllowedMethods[]"))


def check(resource: Resource) -> Verdict:
    if resource.type == _BUCKET:
        return worst((PASSED, *_rules(resource)))
    path = _ORIGINS[resource.type]
    return _judge(_all_sites(resource.properties, path), path)


_SITES = [Choose("the https:// origin of a site")]

RULE = Rule(
    name="OriginsNamed",
    severity="warning",
    resource_types=(_API, _URL, _BUCKET),
    controls=("164.312(a)(1)",),
    fix="Name the sites whose scripts may call.",
    fixes=(
        Fix((_API,), {_ORIGINS[_API]: _SITES}),
        Fix((_URL,), {_ORIGINS[_URL]: _SITES}),
        Fix((_BUCKET,), {f"{_RULES}[].AllowedOrigins": _SITES}),
    ),
    check=check,
    phi_only=True,
)
