"""Operators on policy documents, statement by statement."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.mutation.mutant import Mutant, brief, mutant
from benchmarks.mutation.template_sites import REMOVED, Edit, Site, documents

_ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}


def policy_mutants(template: Mapping[str, Any]) -> Iterator[Mutant]:
    """Yield every way to widen one statement that allows, or to narrow one that denies."""
    types = {logical_id: resource["Type"] for logical_id, resource in template["Resources"].items()}
    for logical_id, resource in template["Resources"].items():
        for document in documents(logical_id, resource):
            for number, statement in enumerate(document.value["Statement"]):
                path = (*document.path, "Statement", number)
                site = Site(path, statement, {}, False)
                if not isinstance(statement, Mapping):
                    continue
                if statement.get("Effect") == "Deny":
                    yield from _narrowed(site, resource["Type"], types)
                elif statement.get("Effect") == "Allow":
                    yield from _widened(site, resource["Type"], types)
                else:
                    # A data-protection policy: what it does stands in the statement's operation.
                    name = statement.get("Sid", number)
                    yield mutant("drop statement", site, resource["Type"], f"{name}", Edit(path, REMOVED))


def _narrowed(site: Site, kind: str, types: Mapping[str, str]) -> Iterator[Mutant]:
    statement, name = site.value, _named(site.value)
    yield mutant("drop denial", site, kind, name, Edit(site.path, REMOVED))
    yield mutant("allow instead of deny", site, kind, name, Edit((*site.path, "Effect"), "Allow"))
    if "Principal" not in statement:
        # In an identity policy a denial limits one grant beside it; it goes or stays as a whole.
        return
    if statement.get("Principal") in ("*", {"AWS": "*"}):
        yield mutant(
            "narrow denial", site, kind, f"{name}: one account only", Edit((*site.path, "Principal"), _ACCOUNT)
        )
    for key in ("Action", "Resource"):
        items = statement.get(key)
        for index in range(len(items)) if isinstance(items, list) and len(items) > 1 else ():
            change = f"{name}: {key} without {brief(items[index], types)}"
            yield mutant("narrow denial", site, kind, change, Edit((*site.path, key, index), REMOVED))
    for operator, condition in statement.get("Condition", {}).items():
        for key, value in condition.items():
            opposite = _harmless(value)
            if opposite is not None:
                change = f"{name}: {operator} {key} {value} to {opposite}"
                path = (*site.path, "Condition", operator, key)
                yield mutant("narrow denial", site, kind, change, Edit(path, opposite))


def _widened(site: Site, kind: str, types: Mapping[str, str]) -> Iterator[Mutant]:
    statement, name = site.value, _named(site.value)
    principal, resources = statement.get("Principal"), statement.get("Resource")
    if principal not in (None, "*", {"AWS": "*"}):
        # With the condition, which AWS itself holds to keep a policy from being public.
        edits = [Edit((*site.path, "Principal"), {"AWS": "*"})]
        if "Condition" in statement:
            edits.append(Edit((*site.path, "Condition"), REMOVED))
        yield mutant("open policy", site, kind, f"{name}: {brief(principal, types)[:80]} to anyone", *edits)
    elif "Condition" in statement and principal is not None:
        yield mutant("open policy", site, kind, f"{name}: without condition", Edit((*site.path, "Condition"), REMOVED))
    if "Condition" in statement and principal not in ("*", {"AWS": "*"}):
        yield mutant("drop condition", site, kind, name, Edit((*site.path, "Condition"), REMOVED))
    actions = statement.get("Action", "*")
    listed = actions if isinstance(actions, list) else [actions]
    services = sorted({f"{str(one).partition(':')[0]}:*" for one in listed})
    # In a resource's own policy, all of its service is everything already.
    if listed not in (["*"], services if principal is not None else ["*"]):
        yield mutant("widen actions", site, kind, f"{name}: to *", Edit((*site.path, "Action"), "*"))
    if listed not in (["*"], services):
        yield mutant("widen actions", site, kind, f"{name}: to {services}", Edit((*site.path, "Action"), services))
    # In a resource's own policy, "*" is that resource; and a whole kind of resource is as wide as "*" for its actions.
    if principal is None and any(
        _is_particular(one) for one in (resources if isinstance(resources, list) else [resources])
    ):
        yield mutant("widen resources", site, kind, f"{name}: to *", Edit((*site.path, "Resource"), "*"))


def _is_particular(resource: Any) -> bool:
    """Whether a policy's resource names one, rather than all of a kind."""
    text = resource if isinstance(resource, str) else json.dumps(resource)
    if isinstance(resource, str):
        return text != "*" and not re.search(r"[:/]\*$", text)
    return "Fn::GetAtt" in text or bool(re.search(r'"Ref": "(?!AWS::)', text))


def _harmless(value: Any) -> Any:
    """Return what makes a condition of a denial miss: the other truth value, or a version that everyone has."""
    if str(value).lower() in ("true", "false"):
        return "false" if str(value).lower() == "true" else "true"
    if isinstance(value, (int, float)) or (isinstance(value, str) and value in ("1.2", "1.3")):
        return type(value)(1.0)
    return None


def _named(statement: Mapping[str, Any]) -> str:
    """Call a statement by its id, or by what it does and on which conditions."""
    if "Sid" in statement:
        return str(statement["Sid"])
    actions = statement.get("Action", statement.get("NotAction", ""))
    keys = sorted(key for condition in statement.get("Condition", {}).values() for key in condition)
    named = f"{statement.get('Effect')} {actions[0] if isinstance(actions, list) else actions}"
    return f"{named} if {', '.join(keys)}" if keys else named
