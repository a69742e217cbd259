"""Rules of this package, one per module: each module has one ``RULE``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from hipaa_constructs.compliance.rule import Rule


def load() -> Iterator[Rule]:
    """Import every rule module and yield its rule."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        rule = getattr(importlib.import_module(module.name), "RULE", None)
        if isinstance(rule, Rule):
            yield rule
