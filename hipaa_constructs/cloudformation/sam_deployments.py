"""What AWS SAM makes of how a function's new versions come into use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def deployment_group(function: str, preference: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the group by which CodeDeploy brings a function's versions out, with the alarms that stop it.

    One preference that is off makes none (docs.aws.amazon.com/serverless-application-model/latest/developerguide/
    sam-property-function-deploymentpreference.html, …/sam-specification-generated-resources-function.html).
    """
    if str(preference.get("Enabled", True)).lower() == "false":
        return
    alarms = preference.get("Alarms")
    watched = {"AlarmConfiguration": {"Enabled": True, "Alarms": _named(alarms)}} if alarms else {}
    role = {"ServiceRoleArn": preference["Role"]} if "Role" in preference else {}
    yield f"{function}DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", {**watched, **role}


def _named(alarms: Any) -> Any:
    """Return alarms as CodeDeploy takes them, in each branch of a function too."""
    if isinstance(alarms, list):
        return [one if isinstance(one, Mapping) and "Fn::If" in one else {"Name": one} for one in alarms]
    if isinstance(alarms, Mapping) and isinstance(alarms.get("Fn::If"), list):
        condition, *branches = alarms["Fn::If"]
        return {"Fn::If": [condition, *map(_named, branches)]}
    return alarms
