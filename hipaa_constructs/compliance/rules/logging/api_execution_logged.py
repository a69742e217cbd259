"""REST API stages log how requests were executed.

Compliant: level ERROR or INFO for all methods. Non-compliant: OFF, absent, or off for a method of its own.
Not applicable: a deployment that makes no stage.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, all_of, any_of, dig, is_one_of, spread
from hipaa_constructs.compliance.facts.settings import shown
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, worst

_DEPLOYMENT = "AWS::ApiGateway::Deployment"


def check(resource: Resource) -> Verdict:
    if resource.type == _DEPLOYMENT:
        if resource.get("StageName") is None:
            return NOT_APPLICABLE
        # What the description of a stage says beside its MethodSettings is for all methods.
        level = is_one_of(resource.get("StageDescription.LoggingLevel"), "ERROR", "INFO")
        return _judge_stage(dig(resource.properties, "StageDescription"), level)
    return _judge_stage(resource.properties, Ternary.NO)


def _judge_stage(stage: object, all_methods: Ternary) -> Verdict:
    settings = list(spread(stage, "MethodSettings[]"))
    return worst(
        (
            judge(
                any_of((all_methods, *map(_is_for_all, settings))),
                "MethodSettings sets no LoggingLevel for all methods.",
                unknown_message="MethodSettings is known only at deployment.",
            ),
            *map(_judge, settings),
        )
    )


def _is_for_all(setting: Resolved) -> Ternary:
    return all_of((is_one_of(dig(setting, "HttpMethod"), "*"), is_one_of(dig(setting, "ResourcePath"), "/*")))


def _judge(setting: Resolved) -> Verdict:
    level = dig(setting, "LoggingLevel")
    where = f"{dig(setting, 'HttpMethod')} {dig(setting, 'ResourcePath')}"
    return judge(
        is_one_of(level, "ERROR", "INFO"),
        f"LoggingLevel of {where} is {'not set' if level is None else shown(level)}.",
        unknown_message="MethodSettings is known only at deployment.",
    )


_LOGGED = {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]}
_BESIDE = (
    "Settings of single methods have the same LoggingLevel, and the Region's AWS::ApiGateway::Account names in "
    "CloudWatchRoleArn a role that may write logs."
)

RULE = Rule(
    name="ApiExecutionLogged",
    severity="error",
    resource_types=(_DEPLOYMENT, "AWS::ApiGateway::Stage"),
    controls=("164.312(b)",),
    fix="Let the stage log failed requests of all methods.",
    fixes=(
        Fix((_DEPLOYMENT,), {f"StageDescription.{name}": value for name, value in _LOGGED.items()}, template=_BESIDE),
        Fix(
            ("AWS::ApiGateway::Stage",),
            _LOGGED,
            template=_BESIDE,
            cdk=(
                "apigateway.RestApi(cloud_watch_role=True, deploy_options=apigateway.StageOptions("
                "logging_level=apigateway.MethodLoggingLevel.ERROR))",
            ),
            constructs=("PrivateApi",),
        ),
    ),
    check=check,
)
