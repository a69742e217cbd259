"""The caches of API Gateway's stages, wherever a template writes their settings."""

from __future__ import annotations

from collections.abc import Callable

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_items, dig, is_true
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, unknown, worst


def judge_cached(resource: Resource, judge: Callable[[object], Verdict]) -> Verdict:
    """Judge a stage, or the one that a deployment describes, by the settings of its methods, if it has a cache.

    :param judge: answers about the settings of some methods, ``UNKNOWN`` among them.
    """
    stage: object = resource.properties
    if resource.type == "AWS::ApiGateway::Deployment":
        stage = resource.get("StageDescription", {})
    cluster = is_true(dig(stage, "CacheClusterEnabled", False))
    if cluster is Ternary.UNKNOWN:
        return unknown("CacheClusterEnabled is known only at deployment.")
    if cluster is Ternary.NO:
        return NOT_APPLICABLE
    # A deployment's stage description carries settings for all methods, too.
    return worst((PASSED, *map(judge, [stage, *as_items(dig(stage, "MethodSettings"))])))
