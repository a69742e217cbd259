"""REST API stages log how requests were executed.

Compliant: level ERROR or INFO for all methods. Non-compliant: OFF, absent, or off for a method of its own.
Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, all_of, any_of, dig, is_one_of, spread
from hipaa_constructs.compliance.facts.settings import shown
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst


def check(resource: Resource) -> Verdict:
    settings = list(spread(resource.properties, "MethodSettings[]"))
    covered = any_of(map(_is_for_all, settings))
    return worst(
        (
            judge(
                covered,
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


RULE = Rule(
    name="ApiExecutionLogged",
    severity="error",
    resource_types=("AWS::ApiGateway::Stage",),
    controls=("164.312(b)",),
    fix="Let the stage log failed requests of all methods.",
    fixes=(
        Fix(
            properties={"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]},
            template="Settings of single methods have the same LoggingLevel, and the Region's "
            "AWS::ApiGateway::Account names in CloudWatchRoleArn a role that may write logs.",
            cdk=(
                "apigateway.RestApi(cloud_watch_role=True, deploy_options=apigateway.StageOptions("
                "logging_level=apigateway.MethodLoggingLevel.ERROR))",
            ),
            constructs=("PrivateApi",),
        ),
    ),
    check=check,
)
