"""API Gateway caches are encrypted.

Compliant: every method that is cached has its cache encrypted. Non-compliant: one whose ``CacheDataEncrypted`` is
not true. Not applicable: stages without a cache cluster.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_mapping, is_true
from hipaa_constructs.compliance.facts.api_caches import judge_cached
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    return judge_cached(resource, _judge)


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
