"""Which rules of cdk-nag's packs ask about the same fact as rules of this package; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.rule import PREFIX, Finding

_ANY = "*"


@dataclass(frozen=True, slots=True)
class Overruling:
    """By which answer about a resource an alarm of cdk-nag's is false, and why.

    ``by`` is the name of a rule of this package, which does not find anything there, or of a judge in ``overruled.py``;
    ``passed`` says that the rule has to pass it, and not only to have nothing to ask.
    """

    by: str
    reason: str
    source: str
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Twin:
    """A check of cdk-nag's, whatever its packs call it, and the rules of this package about the same fact.

    ``own`` are their ids by resource type, ``*`` for all others. ``about`` says, for a type that they do not judge, by
    which property to reach the one that they do, and its type. ``fix`` is empty outside of the HIPAA pack. ``phi_only``
    says that it protects PHI alone, where no rule here is the same and says so.
    """

    name: str
    fix: str
    own: Mapping[str, tuple[str, ...]]
    about: Mapping[str, tuple[str, str]]
    overruled: tuple[Overruling, ...]
    phi_only: bool = False

    def own_of(self, resource_type: str) -> tuple[str, ...]:
        """Return the ids of this package's rules about the same fact of a resource of a type."""
        return self.own.get(resource_type, self.own.get(_ANY, ()))


@cache
def nag_twins() -> Mapping[str, Twin]:
    """Return cdk-nag's checks by name, those of the HIPAA pack first."""
    data = read("nag_twins.json")
    return {name: _twin(name, entry) for name, entry in {**data["rules"], **data["others"]}.items()}


def fact_of(rule_id: str) -> str:
    """Return the name of what a rule asks: the same for all packs that ask it, with the detail of one finding.

    A rule that no other is known to be like is its own fact.
    """
    name, bracket, detail = rule_id.partition("[")
    return _named(name) + bracket + detail


def twin_of(rule_id: str) -> Twin | None:
    """Return what is known of a rule of cdk-nag's; None for other rules."""
    return nag_twins().get(_named(rule_id.partition("[")[0]))


def facts_of(finding: Finding) -> frozenset[str]:
    """Return the facts by any of which a finding may be accepted."""
    facts = {fact_of(finding.rule_id), *map(fact_of, finding.also)}
    twin = twin_of(finding.rule_id)
    return frozenset(facts.union(twin.own_of(finding.resource_type)) if twin else facts)


def _named(name: str) -> str:
    return _aliases().get(name, name)


@cache
def _aliases() -> Mapping[str, str]:
    data = read("nag_twins.json")
    entries = {**data["rules"], **data["others"]}
    aliases = {f"{pack}-{name}": name for pack in data["named"] for name in entries}
    return {**aliases, **{alias: name for name, entry in entries.items() for alias in entry.get("ids", ())}}


def _twin(name: str, entry: Mapping[str, Any]) -> Twin:
    own = entry["own"] if isinstance(entry["own"], Mapping) else {_ANY: entry["own"]}
    return Twin(
        name=name,
        fix=entry.get("fix", ""),
        own={kind: tuple(PREFIX + rule for rule in rules) for kind, rules in own.items()},
        about={kind: (path, target) for kind, (path, target) in entry.get("about", {}).items()},
        overruled=tuple(Overruling(**one) for one in entry.get("overruled", ())),
        phi_only=entry.get("phi_only", False),
    )
