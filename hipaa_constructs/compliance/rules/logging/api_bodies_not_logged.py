"""API stages keep the bodies of requests out of their logs.

A body holds what the patient's record holds. Compliant: ``DataTraceEnabled`` off, as by default.
Non-compliant: on, for any method or route. Not applicable: nothing; a stage without method settings traces
nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_false
from hipaa_constructs.compliance.facts.settings import Setting, Table
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, worst

_SETTINGS: Table = {
    "AWS::ApiGateway::Stage": Setting("MethodSettings[].DataTraceEnabled", is_false, default=False),
    "AWS::ApiGatewayV2::Stage": Setting("DefaultRouteSettings.DataTraceEnabled", is_false, default=False),
}


def check(resource: Resource) -> Verdict:
    return worst([PASSED, _SETTINGS[resource.type].judge(resource)])


_CDK = {
    "AWS::ApiGateway::Stage": ("apigateway.RestApi(deploy_options=apigateway.StageOptions(data_trace_enabled=False))",),
}

RULE = Rule(
    name="ApiBodiesNotLogged",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(a)(1)",),
    fix="Leave the logging of whole requests and responses off.",
    fixes=tuple(Fix((kind,), {setting.path: False}, cdk=_CDK.get(kind, ())) for kind, setting in _SETTINGS.items()),
    check=check,
    phi_only=True,
)
