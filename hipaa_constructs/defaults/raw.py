"""Settings of resources that were not made by a class of CDK which passes through an injector.

They get what changes nothing for whoever uses them: no key where those would need a grant to use it, as for queues and
topics, to which services send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.compliance.replacements import replaced_by
from hipaa_constructs.defaults.session import Session


@dataclass(frozen=True, kw_only=True)
class RawSetting:
    """A property that the app may have left out: its name in Python and in CloudFormation, and what it becomes."""

    attribute: str
    property: str
    value: Callable[[Session, Any], Any]
    why: str
    when: Callable[[Any], bool] = lambda resource: True
    only_new: str = ""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A resource type, the class of CDK that stands for it, and what is set in it."""

    construct: Any
    resource_type: str
    settings: Sequence[RawSetting]
    migration: str = ""


def apply(session: Session, raw: Raw, resource: cdk.CfnResource) -> None:
    """Set what is missing in a resource; one that another class of CDK made is left to that."""
    path = session.path(resource)
    if path.removesuffix("/Resource") in session.seen or not isinstance(resource, raw.construct):
        return
    for setting in raw.settings:
        if getattr(resource, setting.attribute) is not None or not setting.when(resource):
            continue
        replaced = replaced_by(raw.resource_type, [setting.property])
        if (replaced or setting.only_new) and not session.new_stores:
            reason = setting.only_new or f"{setting.property} is set when the resource is made."
            why = f"{setting.why} {reason} {raw.migration}".strip()
            session.record(resource, path, raw.resource_type, setting.attribute, [setting.property], "left", why)
            continue
        setattr(resource, setting.attribute, setting.value(session, resource))
        session.record(resource, path, raw.resource_type, setting.attribute, [setting.property], "set", setting.why)
