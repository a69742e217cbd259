"""API Gateway caches are encrypted.

Compliant: every method that is cached has its cache encrypted. Non-compliant: one whose ``CacheDataEncrypted`` is
not true. Not applicable: stages without a cache cluster.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_items, dig, is_mapping, is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    stage: object = resource.properties
    if resource.type == "AWS::ApiGateway::Deployment":
        stage = resource.get("StageDescription", {})
    cluster = is_true(dig(stage, "CacheClusterEnabled", False))
    if cluster is Ternary.UNKNOWN:
        return unknown("CacheClusterEnabled is known only at deployment.")
    if cluster is Ternary.NO:
        return NOT_APPLICABLE
    # A deployment's stage description carries settings for all methods, too.
    return worst((PASSED, *(_judge(entry) for entry in [stage, *as_items(dig(stage, "MethodSettings"))])))


def _judge(entry: object) -> Verdict:
    if not is_mapping(entry):
        return unknown("A method's settings are known only at deployment.")
    cached = is_true(entry.get("CachingEnabled", False))
    if cached is Ternary.NO:
        return NOT_APPLICABLE
    where = f"{entry.get('HttpMethod', '*')} {entry.get('ResourcePath', '/*')}"
    encrypted = is_true(entry.get("CacheDataEncrypted", False))
    if cached is Ternary.UNKNOWN and encrypted is not Ternary.YES:
        return unknown(f"Whether {where} is cached is known only at deployment.")
    return judge(encrypted, f"CacheDataEncrypted of {where} is not true, so cached responses are not encrypted.")


RULE = Rule(
    name="ApiCacheEncrypted",
    severity="error",
    resource_types=("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"),
    controls=("164.312(a)(2)(iv)",),
    fix="Do not cache responses that may hold PHI; where none does, encrypt what the cache holds.",
    fixes=(
        Fix(
            ("AWS::ApiGateway::Stage",),
            {"MethodSettings[].CacheDataEncrypted": True},
            cdk=(
                "apigateway.RestApi(deploy_options=apigateway.StageOptions(cache_data_encrypted=True))",
                "apigateway.Stage(cache_data_encrypted=True)",
            ),
        ),
        Fix(
            ("AWS::ApiGateway::Deployment",),
            {
                "StageDescription.CacheDataEncrypted": True,
                "StageDescription.MethodSettings[].CacheDataEncrypted": True,
            },
        ),
    ),
    check=check,
)
