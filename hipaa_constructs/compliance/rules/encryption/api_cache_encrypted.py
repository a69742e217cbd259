"""API Gateway caches are encrypted.

Compliant: every method that is cached has its cache encrypted. Non-compliant: one whose ``CacheDataEncrypted`` is
not true. Not applicable: stages without a cache cluster.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_list, dig
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    stage = resource.properties
    if resource.type == "AWS::ApiGateway::Deployment":
        stage = resource.get("StageDescription", {})
    cluster = as_bool(dig(stage, "CacheClusterEnabled", False))
    if cluster is UNKNOWN:
        return unknown("CacheClusterEnabled is known only at deployment.")
    if not cluster:
        return NOT_APPLICABLE
    settings = as_list(dig(stage, "MethodSettings"))
    if settings is UNKNOWN:
        return unknown("MethodSettings are known only at deployment.")
    # A deployment's stage description carries settings for all methods, too.
    return worst((PASSED, *(_judge(entry) for entry in [stage, *settings])))


def _judge(entry: object) -> Verdict:
    if not isinstance(entry, Mapping):
        return unknown("A method's settings are known only at deployment.")
    cached = as_bool(entry.get("CachingEnabled", False))
    if cached is False:
        return NOT_APPLICABLE
    where = f"{entry.get('HttpMethod', '*')} {entry.get('ResourcePath', '/*')}"
    encrypted = as_bool(entry.get("CacheDataEncrypted", False))
    if cached is UNKNOWN and encrypted is not True:
        return unknown(f"Whether {where} is cached is known only at deployment.")
    return judge(encrypted, f"CacheDataEncrypted of {where} is not true, so that responses lie in clear.")


RULE = Rule(
    name="ApiCacheEncrypted",
    severity="error",
    resource_types=("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"),
    controls=("164.312(a)(2)(iv)",),
    fix="Set cache_data_encrypted=True in apigateway.StageOptions or MethodDeploymentOptions, or do not cache.",
    check=check,
)
