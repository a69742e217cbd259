"""Who may reach which store, as the templates' policies and security groups say it.

Allow statements are read as written: conditions, denials, permissions boundaries and policies elsewhere can only
narrow them. What identities outside these templates may do is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Reference, Ternary, Unknown, as_list
from hipaa_constructs.evidence.labels import label_of
from hipaa_constructs.evidence.reach_network import WORKGROUP, namespace_of, network_reach
from hipaa_constructs.evidence.reach_targets import STORE_ARNS, Verb, data_verbs, has_service, includes, verbs_at
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, policies_at, policy_at, statements
from hipaa_constructs.iam.exposure import is_limited
from hipaa_constructs.iam.locations import HOLDERS, IDENTITY_POLICIES, RESOURCE_POLICIES, SUBJECTS, TRUST_POLICY

_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
# Whose policies are about a store.
_RESOURCE_POLICIES = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Kinesis::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
)


@dataclass(frozen=True, slots=True)
class Party:
    """Who reaches: a name, and what it is."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A grant to one party on all stores of a service that a pattern includes."""

    party: Party
    text: str
    verbs: frozenset[Verb]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the templates allow: by store, and by pattern for a service's stores."""

    by_store: Mapping[int, Mapping[Party, set[Verb]]]
    patterns: Mapping[str, Iterable[Pattern]]

    def of(self, store: Resource) -> Mapping[Party, set[Verb]]:
        """Return who may reach a store, and how."""
        found = {party: set(verbs) for party, verbs in self.by_store.get(id(store), {}).items()}
        for known in STORE_ARNS.get(store.type, ()):
            for grant in self.patterns.get(known.service, ()):
                if includes(grant.text, known, store):
                    found.setdefault(grant.party, set()).update(grant.verbs)
        return found


def reach_of(app: App) -> Reach:
    """Read every policy of an app once."""
    by_store: dict[int, dict[Party, set[Verb]]] = defaultdict(lambda: defaultdict(set))
    patterns: dict[str, dict[Pattern, None]] = defaultdict(dict)
    for party, statement in _identity_statements(app):
        verbs_by_service = data_verbs(statement)
        resources: Sequence[object] = statement.resources or ["*"]
        for value in resources if verbs_by_service else ():
            store = _store(app, value)
            for service, each in verbs_by_service.items():
                verbs = verbs_at(service, each, value)
                if store is None and isinstance(value, str) and "*" in value:
                    patterns[service][Pattern(party, value, frozenset(verbs))] = None
                elif store is not None and has_service(store, service):
                    by_store[id(store)][party].update(verbs)
    for party, statement, store in _resource_statements(app):
        for service, verbs in data_verbs(statement).items():
            if has_service(store, service):
                by_store[id(store)][party].update(verbs)
    for store, source in network_reach(app):
        by_store[id(store)][Party(source, "network")].add("connect")
    return Reach(by_store, patterns)


def _store(app: App, value: Any) -> Resource | None:
    found = app.target(value, *STORE_ARNS, WORKGROUP)
    if found is None and isinstance(value, str) and value.endswith("*"):
        found = app.target(value.rstrip("*").rstrip("/:"), *STORE_ARNS, WORKGROUP)
    return namespace_of(app, found) if found is not None and found.type == WORKGROUP else found


def _identity_statements(app: App) -> Iterator[tuple[Party, Statement]]:
    for kind in _IDENTITIES:
        for identity in app.of_type(kind):
            for found in policies_at(identity, IDENTITY_POLICIES[kind]):
                for statement in _allowed(found):
                    yield _identity(identity), statement
    for kind in HOLDERS:
        for policy in app.of_type(kind):
            parties = list(dict.fromkeys(_identity(holder) for holder in _holders(app, policy)))
            for statement in _allowed(policy_at(policy, IDENTITY_POLICIES[kind])) if parties else ():
                for party in parties:
                    yield party, statement


def _holders(app: App, policy: Resource) -> Iterator[Resource]:
    for path in HOLDERS[policy.type]:
        values = as_list(policy.get(path))
        for value in [] if isinstance(values, Unknown) else values:
            holder = app.target(value, *_IDENTITIES)
            if holder is not None:
                yield holder
    if policy.type == "AWS::IAM::ManagedPolicy":
        for kind in _IDENTITIES:
            yield from app.referring(policy, kind, "ManagedPolicyArns")


def _identity(identity: Resource) -> Party:
    trusted: list[str] = []
    found = policy_at(identity, TRUST_POLICY)
    for statement in [] if isinstance(found, Unknown) else found:
        trusted += [value if isinstance(value, str) else "an identity" for _, value in statement.principals]
    kind = identity.type.rpartition("::")[2].lower()
    return Party(label_of(identity), f"{kind} of {', '.join(dict.fromkeys(trusted))}" if trusted else kind)


def _resource_statements(app: App) -> Iterator[tuple[Party, Statement, Resource]]:
    for policy, allowed, subject in _resource_policies(app):
        named = as_list(policy.get(subject)) if subject else [Reference(policy)]
        for value in [] if isinstance(named, Unknown) else named:
            store = app.target(value, *STORE_ARNS)
            if store is None:
                continue
            for statement in allowed:
                for party in _parties(app, statement):
                    yield party, statement, store


def _resource_policies(app: App) -> Iterator[tuple[Resource, Sequence[Statement], str | None]]:
    """Yield what holds a policy, what it allows, and the property that names the stores, if it is none itself."""
    for kind in _RESOURCE_POLICIES:
        for policy in app.of_type(kind):
            yield policy, _allowed(policy_at(policy, RESOURCE_POLICIES[kind][0])), SUBJECTS.get(kind)
    # Each of these is one statement, and no document.
    for policy in app.of_type("AWS::Events::EventBusPolicy"):
        yield policy, _allowed(statements({"Statement": policy.get("Statement")})), "EventBusName"


def _parties(app: App, statement: Statement) -> Iterator[Party]:
    if statement.not_principals:
        yield Party("Everyone but a few", "by resource policy")
    for kind, value in statement.principals:
        identity = app.target(value, *_IDENTITIES)
        if identity is not None:
            yield _identity(identity)
        elif isinstance(value, str) and value == "*":
            limited = is_limited(statement)
            yield Party("Whom conditions name" if limited is Ternary.YES else "Everyone", "by resource policy")
        elif isinstance(value, str):
            arn = parse_arn(value)
            whole = arn is not None and arn.name == "root"
            yield Party(f"account {arn.account}" if arn and whole else value, _PRINCIPALS.get(kind, "identity"))
        else:
            yield Party("An identity known at deployment", "by resource policy")


_PRINCIPALS = {"Service": "AWS service", "AWS": "AWS identity", "Federated": "federated", "CanonicalUser": "identity"}


def _allowed(policy: Sequence[Statement] | Unknown) -> Sequence[Statement]:
    if isinstance(policy, Unknown):
        return []
    return [statement for statement in policy if statement.allows is not Ternary.NO]
