"""For each rule and type: a resource as the rule wants it, and one that it refuses. One module for each subject."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping, Sequence

from tests.compliance.rules.examples.example import Example


@functools.cache
def all_examples() -> Mapping[str, Sequence[Example]]:
    """Return the examples of all subjects, by the name of their rule."""
    found: dict[str, Sequence[Example]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if module.name != f"{__name__}.example":
            examples = importlib.import_module(module.name).EXAMPLES
            assert not found.keys() & examples.keys(), f"{module.name} has examples of a rule that another one has"
            found |= examples
    return found
