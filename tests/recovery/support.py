"""What the recovery tests share: looking into templates, and evaluating a vault policy."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

US_EAST = cdk.Environment(account="111122223333", region="us-east-1")
US_WEST = cdk.Environment(account="111122223333", region="us-west-2")
OTHER_ACCOUNT = cdk.Environment(account="444455556666", region="us-west-2")


def new_app() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)


def of_type(template: dict[str, Any], resource_type: str) -> dict[str, dict[str, Any]]:
    return {name: found for name, found in template["Resources"].items() if found["Type"] == resource_type}


def only(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    (found,) = of_type(template, resource_type).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def templates(app: cdk.App) -> list[dict[str, Any]]:
    directory = Path(app.synth().directory)
    return [json.loads(path.read_text()) for path in sorted(directory.glob("*.template.json"))]


def flat(value: Any) -> Any:
    """Write joined strings out, with references in angle brackets."""
    if isinstance(value, dict):
        if "Fn::Join" in value:
            return "".join(flat(part) for part in value["Fn::Join"][1])
        if "Ref" in value:
            return f"<{value['Ref']}>"
        if "Fn::GetAtt" in value:
            return "<{}.{}>".format(*value["Fn::GetAtt"])
        return {key: flat(item) for key, item in value.items()}
    if isinstance(value, list):
        return [flat(item) for item in value]
    return value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def denied(policy: dict[str, Any], action: str, context: dict[str, Any]) -> bool:
    """Whether a vault policy denies ``action`` to a caller with this request context."""
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and action in listed(statement["Action"])
        and all(_holds(name, test, context) for name, test in statement.get("Condition", {}).items())
        for statement in flat(policy)["Statement"]
    )


def _holds(operator: str, test: dict[str, Any], context: dict[str, Any]) -> bool:
    for key, wanted in test.items():
        values = listed(context.get(key, []))
        patterns = [str(pattern).replace("<AWS::Partition>", "aws") for pattern in listed(wanted)]
        if operator == "ArnNotLike":
            # A negated operator holds when the key is missing.
            if any(fnmatch.fnmatchcase(value, pattern) for value in values for pattern in patterns):
                return False
        elif operator == "ForAllValues:StringNotEquals":
            if any(value in patterns for value in values):
                return False
        else:
            raise AssertionError(f"this evaluator does not know {operator}")
    return True
