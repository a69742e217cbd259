"""What is so of a database and of those that follow it, which its finding says for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import same
from hipaa_constructs.compliance.facts.databases import is_read_replica, source_of
from hipaa_constructs.compliance.facts.said_once import Judge
from hipaa_constructs.compliance.rule import Outcome, Verdict, named, said_of

_INSTANCE = "AWS::RDS::DBInstance"


def followed_by(database: Resource) -> Resource | None:
    """Return the database of its template, and so of its Region, that a read replica follows."""
    source = source_of(database) if is_read_replica(database) else None
    return source if source is not None and source.template is database.template and source.exists else None


def say_at_source(database: Resource, judge: Judge, *, unless: str = "") -> Verdict:
    """Return what a judge says of a database; of a read replica at its source, where it says the same of that.

    A replica in the Region of its source has the source's storage, key, users and, unless it names another one,
    parameter group; it can be given few of them
    (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html).

    :param unless: the property by which a replica that has one of its own speaks for itself.
    """
    first = _first(database, judge, unless)
    if first is not database:
        return said_of(first)
    others = [one for one in _replicas(database) if _first(one, judge, unless) is database]
    # The last to be judged, so that what it says is noted of what it reads.
    verdict = judge(database)
    if verdict.outcome is not Outcome.FAILED or not others:
        return verdict
    return replace(verdict, seen=(*verdict.seen, f"The same is so of {named(others)}."))


def _first(database: Resource, judge: Judge, unless: str) -> Resource:
    """Return whose finding says what is so of a database: the first of those that it follows."""
    source, passed = followed_by(database), [database]
    while source is not None and source not in passed and _is_told_alike(source, passed[-1], judge, unless):
        passed.append(source)
        source = followed_by(source)
    return passed[-1]


def _is_told_alike(source: Resource, replica: Resource, judge: Judge, unless: str) -> bool:
    own = replica.get(unless) if unless else None
    if own is not None and not same(own, source.get(unless)):
        return False
    verdict = judge(replica)
    return verdict.outcome is Outcome.FAILED and judge(source) == verdict


def _replicas(database: Resource) -> Iterator[Resource]:
    for one in database.template.app.of_type(_INSTANCE):
        if one is not database and one.template is database.template and followed_by(one) is not None:
            yield one
