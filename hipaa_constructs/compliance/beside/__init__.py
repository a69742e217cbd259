"""One fact, one finding: what one rule says of what another one finds, said in one finding.

A group that the Internet reaches is one finding, with what stands behind it (SecurityGroupNotOpen and
SecurityGroupChainClosed). So is a statement of an identity that grants all of a service and reaches data everywhere
with its other actions (GrantsBounded and DataGrantsNameResources), and a task or an instance that has a public address
and lies in a public subnet (NoPublicAddress and WorkloadInPrivateSubnet). So is a database or table of which neither
its service nor AWS Backup keeps copies (DatabaseBackupsKept or PointInTimeRecovery, and StoreBackedUp), and a store
that goes with its stack or by a call (RetainedOnDelete and DeletionProtected), and one that neither writes down nor
exports who did what (DatabaseLogsExported and DatabaseActivityLogged). So is what a topic cannot hand to a
function and what the function fails at (FailedMessagesKept). So are policies that grant the same
(ManagedPoliciesReachNoData), and a URL of a function and the permission to call it (FunctionUrlAuthorized and
PermissionNotPublic). So are an open port 80 and what listens there (SecurityGroupNotOpen and LoadBalancerTlsRequired),
a subnet that gives addresses and what takes them there, an instance in a public subnet and its Elastic IP, and a public
store with its public subnets (EndpointNotPublic).
So are a file system that takes clients without TLS and those that come so (FileSystemTlsRequired and
FileMountTlsRequired). So are a password that nothing changes and its copies (MasterPasswordManaged, NoLiteralSecrets
and SecretRotated), and one text in several places. That a user has policies is a warning beside an error about what
they grant, or about the user (UserHasNoPolicies). Whoever accepts one of them by itself is told the other, and so is
who knows one of them by the baseline. Evidence counts both as failed.

Of one resource such findings are one. Those of two resources stay two, so that whoever reads them by resource, as
programs do, misses none; the text that people read says them once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hipaa_constructs.compliance.beside import clients, grants, messages, networks, secrets, stores
from hipaa_constructs.compliance.beside.parts import Failures, Part, Told, place
from hipaa_constructs.compliance.fold import Answers
from hipaa_constructs.compliance.rule import Finding

_KINDS: Sequence[Callable[[Failures], Iterator[Part]]] = (
    networks.unencrypted,
    networks.behind,
    networks.places,
    networks.subnets,
    networks.addresses,
    networks.endpoints,
    clients.mounts,
    grants.same_statements,
    grants.managed,
    grants.urls,
    messages.senders,
    secrets.passwords,
    secrets.copies,
    stores.copies,
    stores.deletion,
    stores.records,
)


@dataclass(frozen=True, slots=True)
class Joined:
    """The answers with their findings as they are told; ``into`` names, by the ``id()`` of one, those which say it.

    ``parts`` says of each that is said so here whether it is mended by itself, and does not go with what says it.
    ``elsewhere`` is what findings of other resources could say: each stays a finding of its own resource.
    """

    answers: Answers
    into: Mapping[int, Sequence[Finding]]
    parts: Mapping[int, bool]
    elsewhere: Sequence[Part]


def joined(
    answers: Answers, into: Mapping[int, Sequence[Finding]], apart: Collection[int], known: Collection[int] = ()
) -> Joined:
    """Put what a rule says of what another one finds of the same resource into the finding of that one.

    :param into: what is a part of other findings already, by the ``id()`` of what was found.
    :param apart: the ``id()`` of findings that stay as they are.
    :param known: the ``id()`` of findings that the baseline holds: what is new is not told with what is known, since
        nobody would see it there, nor the other way round.
    """
    found = Failures(answers, {*into, *apart})
    places = found.places()
    here: list[Part] = []
    elsewhere: list[Part] = []
    for part in (part for kind in _KINDS for part in kind(found)):
        if (id(part.speaker) in known) is (id(part.finding) in known):
            (here if place(part.speaker) in places[id(part.finding)] else elsewhere).append(part)
    told = Told(here)
    now = dict(told.findings())
    now.update({id(one): replace(one, severity="warning") for one in grants.weighing_less(found)})

    def ends(findings: Sequence[Finding]) -> Sequence[Finding]:
        last = {id(end): end for one in findings for end in told.ends(one)}
        return [now.get(key, end) for key, end in last.items()]

    return Joined(
        [(result, now.get(id(finding), finding)) for result, finding in answers],
        {key: ends(speakers) for key, speakers in (*into.items(), *told.parts.items())},
        told.mended,
        [
            part.between(speaker, now.get(id(part.finding), part.finding))
            for part in elsewhere
            if id(part.finding) not in told.parts
            for speaker in ends([part.speaker])
        ],
    )


def said_once(findings: Iterable[Finding], elsewhere: Sequence[Part]) -> Sequence[Finding]:
    """Return findings as people read them: what one of another resource says of them is said there alone.

    :param elsewhere: as of ``Joined``; the findings may be marked with what the baseline says of them.
    """
    every = list(findings)
    standing = {(one.rule_id, place(one)): one for one in every}

    def now_of(finding: Finding) -> Finding | None:
        return standing.get((finding.rule_id, place(finding)))

    told = Told(
        part.between(speaker, finding)
        for part in elsewhere
        if (speaker := now_of(part.speaker)) is not None
        and (finding := now_of(part.finding)) is not None
        and (speaker.baseline is None) is (finding.baseline is None)
    )
    now = told.findings()
    return [now.get(id(one), one) for one in every if id(one) not in told.parts]
