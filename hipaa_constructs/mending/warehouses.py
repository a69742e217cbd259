"""Redshift: what parameter groups of clusters and parameters of workgroups say."""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.facts.warehouses import TLS_REQUIRED, USER_ACTIVITY, WORKGROUP
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_plain

_GROUP, _NAMED = "AWS::Redshift::ClusterParameterGroup", "ClusterParameterGroupName"
_OWN = "default."


def statements_recorded(draft: Draft, finding: Finding) -> None:
    """Let Redshift write statements into its audit log; a group that is made for it requires TLS too."""
    name = finding.resource_logical_id
    properties = draft.properties(name)
    if finding.resource_type == WORKGROUP:
        _set(properties, "ConfigParameters", "ParameterKey")
        return
    named = properties.get(_NAMED)
    if named is None or (isinstance(named, str) and named.startswith(_OWN)):
        condition = draft.resource(name).get("Condition")
        # Its own group of the same family has the same values besides; that of redshift-1.0 requires no TLS.
        family = named.removeprefix(_OWN) if isinstance(named, str) else "redshift-2.0"
        group = draft.add(
            f"{name}Parameters",
            {
                "Type": _GROUP,
                **({"Condition": condition} if condition else {}),
                "Properties": {
                    "Description": f"Parameters of {name}",
                    "ParameterGroupFamily": family,
                    "Parameters": [{"ParameterName": TLS_REQUIRED, "ParameterValue": "true"}],
                },
            },
        )
        properties[_NAMED] = {"Ref": group}
    else:
        group = next((one for one, _ in draft.ids(_GROUP) if is_about(named, one)), "")
        if not group:
            raise CannotMendError("Its parameter group is not in the template.")
    _set(draft.properties(group), "Parameters", "ParameterName")


def _set(holder: dict[str, Any], path: str, key: str) -> None:
    items = holder.setdefault(path, [])
    if not isinstance(items, list) or not all(map(is_plain, items)):
        raise CannotMendError(DECIDED)
    there = next((item for item in items if str(item.get(key)).lower() == USER_ACTIVITY), None)
    if there is None:
        items.append({key: USER_ACTIVITY, "ParameterValue": "true"})
    elif isinstance(there.get("ParameterValue"), dict):
        raise CannotMendError(DECIDED)
    else:
        there["ParameterValue"] = "true"
