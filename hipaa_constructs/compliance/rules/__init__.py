"""Rules of this package, in folders by subject; a module a rule, which holds all of itself.

The rule ``KeyRotated`` stands in ``<subject>/key_rotated.py``: a docstring, whose first line is its title, and a
``RULE``. It is registered nowhere else.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Sequence
from dataclasses import replace

from hipaa_constructs.compliance.rule import Rule, refuse_rule


def load() -> Sequence[Rule]:
    """Import every rule's module and return the rules.

    :raises ValueError: a module breaks the form, or two rules have one name: which, and how to mend it.
    """
    found: dict[str, Rule] = {}
    for subject in pkgutil.iter_modules(__path__, f"{__name__}."):
        if not subject.ispkg:
            refuse_rule(subject.name, "module", subject.name, "Put it into the folder of its subject.")
        folder = importlib.import_module(subject.name)
        for entry in pkgutil.iter_modules(folder.__path__, f"{subject.name}."):
            module = importlib.import_module(entry.name)
            rule = complete(entry.name, module.__doc__, getattr(module, "RULE", None))
            if rule.name in found:
                refuse_rule(rule.name, "name", entry.name, "Another rule has this name: choose one that says more.")
            found[rule.name] = rule
    return list(found.values())


def complete(module: str, doc: str | None, rule: object) -> Rule:
    """Return the rule of a module with its title, the first line of the module's docstring, and what else stands there.

    :raises ValueError: the module has no rule, no title, or another name than its rule.
    """
    if not isinstance(rule, Rule):
        refuse_rule(module, "RULE", rule, "Give the module one RULE = Rule(…).")
    if module.rpartition(".")[2] != file_name(rule.name):
        refuse_rule(rule.name, "module", module, f"Name the file {file_name(rule.name)}.py.")
    title, _, rest = inspect.cleandoc(doc or "").partition("\n")
    if not title.endswith("."):
        refuse_rule(rule.name, "docstring", title, "Its first line is the rule's title: a sentence with a full stop.")
    return replace(rule, title=title.removesuffix("."), explanation=rest.strip())


def file_name(rule_name: str) -> str:
    """Return the name of a rule's module, without its ending."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", rule_name).lower()
