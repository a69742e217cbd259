"""What ``TlsCache`` asks of its arguments beyond their types."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs._arguments import is_token, refuse, require_one_of

# By engine: the version that is made, and the first with IAM authentication and both logs (auth-iam.html and
# Log_Delivery.html below docs.aws.amazon.com/AmazonElastiCache/latest/dg).
_VERSIONS: Mapping[str, tuple[str, tuple[int, int]]] = {"valkey": ("8.2", (7, 2)), "redis": ("7.1", (7, 0))}
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"


def current_version(engine: str) -> str:
    """Return the version that is made unless another is asked for."""
    return _VERSIONS[engine][0]


def require_windows(snapshot: str, maintenance: str) -> None:
    """Refuse windows that ElastiCache cannot read."""
    _require_window("snapshot_window", snapshot, f"{_TIME}-{_TIME}", "05:00-06:00")
    pattern = f"{_DAY}:{_TIME}-{_DAY}:{_TIME}"
    _require_window("preferred_maintenance_window", maintenance, pattern, "sun:07:00-sun:08:00")


def require_version(engine: str, version: str | None) -> None:
    """Refuse Memcached, and versions whose clients cannot sign in by IAM."""
    if is_token(engine):
        refuse("engine", engine, allowed="it takes an engine that is written", fix="Leave it out for Valkey.")
    require_one_of("engine", engine, tuple(_VERSIONS), fix="Memcached knows no users and no encryption at rest.")
    if version is None or is_token(version):
        return
    first = _VERSIONS[engine][1]
    numbers = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < first:
        refuse(
            "engine_version",
            version,
            allowed=f"{engine} has IAM authentication from {first[0]}.{first[1]} on",
            fix=f"Leave it out for {_VERSIONS[engine][0]}.",
        )


def _require_window(argument: str, window: str, pattern: str, example: str) -> None:
    if not is_token(window) and not re.fullmatch(pattern, window):
        refuse(argument, window, allowed="it takes a window of an hour or more in UTC", fix=f"Write one as {example}.")
