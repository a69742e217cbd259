"""Which changes CloudFormation makes by making a resource anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hipaa_constructs.compliance.replacements import interrupts, is_known, replaced_by
from hipaa_constructs.mending.draft import CannotMendError, entries
from hipaa_constructs.mending.splice import same

# CloudFormation documents no update for these, so that a stack with such a change would not deploy:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-volume.html.
_NEVER_CHANGED: Mapping[str, Collection[str]] = {"AWS::EC2::Volume": ("Encrypted", "KmsKeyId")}
# Replaced, these leave nothing behind: a new one comes before the old one goes, unless a name is given, and runs what
# comes next; a task definition under its name is a new revision of the family. docs.aws.amazon.com/AWSCloudFormation/
# latest/TemplateReference/ aws-resource-autoscaling-launchconfiguration.html, aws-resource-ecs-taskdefinition.html,
# aws-resource-elasticloadbalancingv2-listenerrule.html, aws-resource-lambda-permission.html.
_HOLD_NOTHING: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::ECS::TaskDefinition": "",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "",
    "AWS::Lambda::Permission": "",
}
_REPLACED = "CloudFormation would make the resource anew for it, a store empty: --allow-replacement does it."
_NOT_UPDATED = "CloudFormation cannot change it on a resource that is there: it takes a new one and a copy."


def refuse_replacement(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse changes of resources for which CloudFormation makes one anew that holds something.

    :raises CannotMendError: there is one.
    """
    mended = dict(entries(after))
    for name, raw in entries(before):
        if mended[name] is raw or same(raw, mended[name]):
            continue
        kind = str(raw.get("Type"))
        changed = list(_changed(raw.get("Properties") or {}, mended[name].get("Properties") or {}, ""))
        if any(path.split(".")[0] in _NEVER_CHANGED.get(kind, ()) for path in changed):
            raise CannotMendError(_NOT_UPDATED)
        changed = [path for path in changed if not interrupts(kind, path)]
        if kind in _HOLD_NOTHING and _HOLD_NOTHING[kind] not in (raw.get("Properties") or {}):
            continue
        if replaced_by(kind, changed) or (changed and not is_known(kind) and not kind.startswith("AWS::Serverless::")):
            raise CannotMendError(_REPLACED)


def _changed(before: Any, after: Any, path: str) -> Iterator[str]:
    """Yield the dotted paths of what differs; items of lists are left out of them."""
    if same(before, after):
        return
    if isinstance(after, dict) and isinstance(before or {}, dict):
        old = before or {}
        for key in {**old, **after}:
            yield from _changed(old.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(after, list) and isinstance(before or [], list):
        old_items = before or []
        for number in range(max(len(old_items), len(after))):
            one = old_items[number] if number < len(old_items) else None
            other = after[number] if number < len(after) else None
            yield from _changed(one, other, path)
    else:
        yield path
