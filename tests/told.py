"""What tells people of something, and whether it names a runbook that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

RUNBOOKS = Path(__file__).parent.parent / "docs" / "runbooks"


def without_runbook(template: Mapping[str, Any]) -> list[str]:
    """Return the alarms, rules that tell a topic or a digest, and repairs that name no page of ``docs/runbooks``."""
    pages = {file.stem for file in RUNBOOKS.glob("*.md")}
    found = []
    for name, text in _told(template["Resources"]):
        named = re.search(r"Runbook: runbooks/([a-z-]+)$", text)
        if named is None or named[1] not in pages:
            found.append(f"{name}: {text}")
    return found


def _told(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, one in resources.items():
        properties = one.get("Properties", {})
        if one["Type"] == "AWS::CloudWatch::Alarm":
            yield name, str(properties.get("AlarmDescription", ""))
        elif one["Type"] == "AWS::Events::Rule" and "EventPattern" in properties:
            targets = properties["Targets"]
            if any(_tells(target, resources) for target in targets):
                yield name, str(properties.get("Description", ""))
        elif one["Type"] == "AWS::Config::RemediationConfiguration":
            rule = resources[properties["ConfigRuleName"]["Ref"]]
            yield name, str(rule["Properties"].get("Description", ""))


def _tells(target: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    """Whether it is a topic, or is told in words that name a runbook: what goes to programs alone tells nobody."""
    arn = target["Arn"]
    topic = isinstance(arn, Mapping) and resources.get(str(arn.get("Ref")), {}).get("Type") == "AWS::SNS::Topic"
    # A topic of another stack is a parameter or an import, and what is told there is written for people.
    return topic or "runbook" in str(target.get("InputTransformer", ""))
