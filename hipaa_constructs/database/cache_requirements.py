"""What ``TlsCache`` asks of its arguments beyond their types."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs._arguments import is_token, refuse, require_one_of
from hipaa_constructs.database.requirements import require_daily_window, require_maintenance_window

# By engine: the version that is made, and the first with IAM authentication and both logs (auth-iam.html and
# Log_Delivery.html below docs.aws.amazon.com/AmazonElastiCache/latest/dg).
_VERSIONS: Mapping[str, tuple[str, tuple[int, int]]] = {"valkey": ("8.2", (7, 2)), "redis": ("7.1", (7, 0))}


def current_version(engine: str) -> str:
    """Return the version that is made unless another is asked for."""
    return _VERSIONS[engine][0]


def require_windows(snapshot: str, maintenance: str) -> None:
    """Refuse windows that ElastiCache cannot read."""
    require_daily_window("snapshot_window", snapshot, "05:00-06:00")
    require_maintenance_window(maintenance)


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
