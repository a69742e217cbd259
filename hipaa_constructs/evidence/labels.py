"""Short names for pictures."""

from __future__ import annotations

from hipaa_constructs.compliance.template import Resource

# What CDK calls the resource that a construct is about.
_PLAIN = ("Resource", "Default")


def label_of(resource: Resource, *, below: str = "") -> str:
    """Return a construct path without what every path ends in, and without the stack ``below``."""
    return shorten_path(resource.construct_path, below=below) or resource.logical_id


def shorten_path(path: str, *, below: str = "") -> str:
    """Drop the stack in front and ``Resource`` at the end of a construct path."""
    parts = path.removeprefix(f"{below}/" if below else "").split("/")
    while len(parts) > 1 and parts[-1] in _PLAIN:
        parts.pop()
    return "/".join(parts)


def kind_of(resource_type: str) -> str:
    """Return a type as people say it: ``S3 Bucket`` for ``AWS::S3::Bucket``."""
    return " ".join(resource_type.removeprefix("AWS::").split("::"))
