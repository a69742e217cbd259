"""APIs keep the bodies of requests out of their logs.

A body holds what the patient's record holds. Compliant: ``DataTraceEnabled`` off, as by default; of a GraphQL API that
logs, ``ExcludeVerboseContent``, which is false by default. Non-compliant: on, for any method or route, also in what a
deployment says of the stage that it makes
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-deployment-stagedescription.html);
headers, contexts and evaluated mappings of a GraphQL API in its log (docs.aws.amazon.com/appsync/latest/APIReference/
API_LogConfig.html). Not applicable: a deployment that makes no stage; a stage without method settings traces nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_false, is_true
from hipaa_constructs.compliance.facts.api_stages import makes_no_stage
from hipaa_constructs.compliance.facts.settings import Setting, Table
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, worst

_DEPLOYMENT = "AWS::ApiGateway::Deployment"
_GRAPHQL = "AWS::AppSync::GraphQLApi"


def _logs_nothing(api: Resource) -> bool:
    return api.get("LogConfig") is None


_SETTINGS: Table = {
    _GRAPHQL: Setting("LogConfig.ExcludeVerboseContent", is_true, default=False, unless=_logs_nothing),
    "AWS::ApiGateway::Stage": Setting("MethodSettings[].DataTraceEnabled", is_false, default=False),
    "AWS::ApiGatewayV2::Stage": Setting("DefaultRouteSettings.DataTraceEnabled", is_false, default=False),
}


# What a deployment says of all methods of the stage that it makes, and of single ones.
_DESCRIBED = tuple(
    Setting(f"StageDescription.{path}", is_false, default=False, unless=makes_no_stage)
    for path in ("DataTraceEnabled", "MethodSettings[].DataTraceEnabled")
)


def check(resource: Resource) -> Verdict:
    if resource.type == _DEPLOYMENT:
        return worst(setting.judge(resource) for setting in _DESCRIBED)
    return worst([PASSED, _SETTINGS[resource.type].judge(resource)])


_CDK = {
    _GRAPHQL: ("appsync.GraphqlApi(log_config=appsync.LogConfig(exclude_verbose_content=True))",),
    "AWS::ApiGateway::Stage": ("apigateway.RestApi(deploy_options=apigateway.StageOptions(data_trace_enabled=False))",),
}

RULE = Rule(
    name="ApiBodiesNotLogged",
    severity="error",
    resource_types=(_DEPLOYMENT, *_SETTINGS),
    controls=("164.312(a)(1)",),
    fix="Leave the logging of whole requests and responses off.",
    fixes=(
        Fix((_DEPLOYMENT,), {f"?{setting.path}": False for setting in _DESCRIBED}),
        *(
            Fix((kind,), {setting.path: kind == _GRAPHQL}, cdk=_CDK.get(kind, ()))
            for kind, setting in _SETTINGS.items()
        ),
    ),
    check=check,
    phi_only=True,
)
