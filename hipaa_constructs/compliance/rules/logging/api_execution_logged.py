"""REST API stages log how requests were executed.

Compliant: level ERROR or INFO for all methods. Non-compliant: OFF, absent, or off for a method of its own.
Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, spread
from hipaa_constructs.compliance.facts.settings import shown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown


def check(resource: Resource) -> Verdict:
    settings = list(spread(resource.properties, "MethodSettings[]"))
    covered = False
    for setting in settings:
        level = setting.get("LoggingLevel") if isinstance(setting, Mapping) else UNKNOWN
        if level is UNKNOWN:
            return unknown("MethodSettings is known only at deployment.")
        if level not in ("ERROR", "INFO"):
            where = f"{setting.get('HttpMethod')} {setting.get('ResourcePath')}"
            return failed(f"LoggingLevel of {where} is {'not set' if level is None else shown(level)}.")
        covered |= setting.get("HttpMethod") == "*" and setting.get("ResourcePath") == "/*"
    return PASSED if covered else failed("MethodSettings sets no LoggingLevel for all methods.")


RULE = Rule(
    name="ApiExecutionLogged",
    severity="error",
    resource_types=("AWS::ApiGateway::Stage",),
    controls=("164.312(b)",),
    fix="Set logging_level=apigateway.MethodLoggingLevel.ERROR in the deploy options, or use PrivateApi.",
    check=check,
)
