"""What rules about caches of ElastiCache share: engine and version."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, as_text
from hipaa_constructs.compliance.facts.databases import Engine, numbers_of


def is_older(cache: Resource, engine: str, version: tuple[int, ...]) -> bool:
    """Whether a cache certainly runs an engine in a version before one; a group that names no engine has Redis OSS."""
    name, written = as_text(cache.get("Engine", "redis")), as_text(cache.get("EngineVersion"))
    if not isinstance(name, str) or name.lower() != engine:
        return False
    found = Engine(engine, UNKNOWN if written is UNKNOWN else numbers_of(engine, written))
    return found.at_least(*version) is Ternary.NO
