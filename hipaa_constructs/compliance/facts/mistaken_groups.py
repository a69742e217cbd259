"""Log groups that an app makes and does not write to, since what should write names another one, nearly alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.iam.arns import named_by_arn, parse_arn

_GROUP: Final = "AWS::Logs::LogGroup"
_KIND: Final = "log-group:"
# What reads a log group, or says something of it.
_READERS: Final = ("AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter", "AWS::Logs::Transformer")
# What follows the shorter of two names.
_MORE: Final = ("-", "_", ".")
# Groups that services find by the names that they give them themselves, such as those of functions.
_OF_SERVICES: Final = re.compile(r"API-Gateway-Execution-Logs|/aws/(?![^/]*api|vendedlogs)", re.IGNORECASE)


def mistaken_group(writer: Resource, destination: object) -> tuple[str, Resource] | None:
    """Return the name of the log group at an ARN that no group of the app has, and the one that was likely meant.

    That is the one group of the writer's template whose name is the same but for an ending, and which nothing of the
    app writes to, as far as it shows.
    """
    arn = parse_arn(destination) if isinstance(destination, str) else None
    if not isinstance(destination, str) or arn is None or arn.service != "logs":
        return None
    name = named_by_arn(destination).removeprefix(_KIND).removesuffix(":*")
    app = writer.template.app
    if app.target(destination, _GROUP, near=writer.template) is not None:
        return None
    near = [
        group
        for group in app.of_type(_GROUP)
        if group.template is writer.template and _is_nearly(name, group.get("LogGroupName")) and not _is_used(group)
    ]
    return (name, near[0]) if len(near) == 1 else None


def _is_nearly(name: str, other: object) -> bool:
    if not isinstance(other, str) or _OF_SERVICES.match(other):
        return False
    shorter, longer = sorted((name, str(other)), key=len)
    return bool(shorter) and longer.startswith(tuple(f"{shorter}{more}" for more in _MORE))


def _is_used(group: Resource) -> bool:
    """Whether something of the app may write to a group: what refers to it, or says its name."""
    users = users_of(group)
    if users is None or any(user.type not in _READERS for user in users):
        return True
    said = re.compile(re.escape(str(group.get("LogGroupName"))) + r"(?![\w./#-])")
    return any(
        said.search(text)
        for template in group.template.app.templates
        for other in template.resources.values()
        if other is not group and other.type not in _READERS
        for text in _texts(template.resolve(other.raw.get("Properties")))
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
