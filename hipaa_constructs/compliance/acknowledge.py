"""Governed exceptions: who accepted which finding, why, and until when."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast

import aws_cdk as cdk
from constructs import IConstruct, Node

from hipaa_constructs._arguments import checked_arguments, refuse, require_date
from hipaa_constructs._asked import AskedOnce
from hipaa_constructs._stacks import node_of, path_of, stack_of
from hipaa_constructs.compliance.acknowledgements.acknowledgement import (
    BELOW,
    METADATA_KEY,
    Origin,
    with_source,
    written,
)
from hipaa_constructs.compliance.acknowledgements.scanners import CONTEXT_KEY, merged, scanner_metadata, skipping

_QUALIFIED = re.compile(r"[\w.\- ]+::")


@checked_arguments
def acknowledge(
    construct: IConstruct,
    rule_id: str,
    *,
    reason: str,
    approved_by: str,
    expires: datetime.date | str,
    ticket: str | None = None,
    compensating_control: str | None = None,
) -> None:
    """Accept a finding on ``construct`` and everything below it, for a stated time and on someone's word.

    Acknowledge the narrowest construct there is. The gate reports an acknowledgement that is expired, thin,
    without approver, too broad, more than a year long, or that matches nothing.

    :param construct: the construct that the finding names, or an ancestor of it.
    :param rule_id: such as ``HIPAA.Security-S3BucketLoggingEnabled``, ``HIPAA.Constructs-…`` or a rule of any
        other cdk-nag pack; ``RuleId[Finding]`` narrows it to one finding of the rule. The id that CDK prints,
        with its pack before ``::``, is the same.
    :param reason: the fact that makes the exception acceptable.
    :param approved_by: the person or role that answers for it.
    :param expires: the last day on which it holds, a date or ``YYYY-MM-DD``; within a year.
    :param ticket: where the decision is recorded. Default: not recorded elsewhere.
    :param compensating_control: what protects instead. Default: nothing does.
    :raises ValueError: an argument of the wrong type, a date that is none, or an app or stage as construct.
    """
    if isinstance(construct, cdk.Stage):
        # CDK keeps no metadata above stacks, so nobody could see later who approved it.
        refuse(
            "construct",
            construct,
            allowed="it takes a construct within a stack",
            fix="Acknowledge on the construct that the finding names.",
        )
    until = require_date("expires", expires).isoformat()
    _record(construct, [_Said((rule_id,), reason, approved_by, until, ticket, compensating_control)])


def acknowledge_limitation(construct: IConstruct, *rule_ids: str, reason: str, source: str) -> None:
    """Acknowledge, on behalf of a construct of this library, rules that AWS itself makes unsatisfiable.

    They have no end date, since AWS's limit has none: they are reviewed with each release. ``source`` is the page that
    states the limit.
    """
    acknowledge_limitations(construct, {(reason, source): rule_ids})


def acknowledge_limitations(construct: IConstruct, limitations: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """Do so for several reasons, each with its source, at once."""
    by = f"hipaa_constructs {_library_version()}"
    _record(
        construct,
        [
            _Said(tuple(rule_ids), with_source(reason, source), by, origin="library")
            for (reason, source), rule_ids in limitations.items()
        ],
    )


def record(
    construct: IConstruct,
    rule_id: str,
    *,
    reason: str,
    approved_by: str,
    expires: str | None,
    ticket: str | None,
    compensating_control: str | None,
) -> None:
    """Acknowledge what was read of a reviewed file, whose dates are checked already."""
    _record(construct, [_Said((rule_id,), reason, approved_by, expires, ticket, compensating_control)])


@dataclass(frozen=True, slots=True)
class _Said:
    """One acknowledgement, of one or more rules for one reason."""

    rule_ids: tuple[str, ...]
    reason: str
    approved_by: str
    expires: str | None = None
    ticket: str | None = None
    compensating_control: str | None = None
    origin: Origin = "code"

    @property
    def text(self) -> str:
        """What CDK keeps of it."""
        until = f" until {self.expires}" if self.expires else ""
        tail = f" Ticket: {self.ticket}." if self.ticket else ""
        return f"{self.reason} [Approved by {self.approved_by}{until}.{tail}]"

    def as_dict(self) -> dict[str, Any]:
        """Return what the gate reads."""
        return {
            "rule_ids": [qualify(rule_id) for rule_id in self.rule_ids],
            "reason": self.reason,
            "approved_by": self.approved_by,
            "expires": self.expires,
            "ticket": self.ticket,
            "compensating_control": self.compensating_control,
            "origin": self.origin,
        }


def _record(construct: IConstruct, acknowledgements: Sequence[_Said]) -> None:
    """Write acknowledgements where CDK, the gate, the evidence and other scanners each look for them."""
    cdk.Validations.of(construct).acknowledge(
        *(
            cdk.Acknowledgment(id=qualify(rule_id), reason=one.text)
            for one in acknowledgements
            for rule_id in one.rule_ids
        )
    )
    node = node_of(construct)
    below = None if isinstance(construct, cdk.CfnResource | cdk.Stack) else path_of(construct)
    entries: list[Mapping[str, Any]] = []
    blocks: dict[str, Any] = {}
    for one in acknowledgements:
        said = one.as_dict()
        node.add_metadata(METADATA_KEY, said)
        for name in said["rule_ids"]:
            for scanner, block in scanner_metadata(name, one.reason).items():
                blocks[scanner] = merged(blocks.get(scanner), block)
        # A hook of CloudFormation sees the template alone, and what is below the construct by its path. There no
        # version is told, since CDK makes a deployment of an API anew wherever the template of the API differs.
        entry = written(said | {"approved_by": one.approved_by.split()[0]} if one.origin == "library" else said)
        entries.append(entry if below is None else {**entry, BELOW: below})
    resources = _resources(construct, node)
    if resources:
        _write(resources, entries, _told(construct, blocks))
    else:
        # Such as one that groups stacks, and is in none.
        _write(_first_below(node), entries, {})


def explain_to_scanners(
    construct: IConstruct,
    *,
    reason: str,
    source: str,
    checkov: Sequence[str] = (),
    cfn_nag: Sequence[str] = (),
    guard: Sequence[str] = (),
) -> None:
    """Skip, on behalf of a construct of this library, checks of other scanners that no rule here shares.

    It is for what they cannot see, such as a condition; there is nothing to acknowledge. ``source`` is the page that
    says why it is right as it is.
    """
    entry = {"checkov": checkov, "cfn_nag": cfn_nag, "guard": guard}
    skipped = {scanner: ids for scanner, ids in entry.items() if ids}
    _write(
        _resources(construct, node_of(construct)),
        (),
        _told(construct, skipping(skipped, with_source(reason, source))),
    )


def _told(construct: IConstruct, blocks: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what other scanners are told, which is nothing if the app says so."""
    return blocks if blocks and _tells_scanners(stack_of(construct)) else {}


@AskedOnce
def _tells_scanners(stack: cdk.Stack) -> bool:
    return node_of(stack).try_get_context(CONTEXT_KEY) not in (False, "false")


def _write(
    resources: Sequence[cdk.CfnResource], entries: Sequence[Mapping[str, Any]], blocks: Mapping[str, Any]
) -> None:
    """Add acknowledgements and what scanners are told to the metadata of resources."""
    for resource in resources:
        if bool(entries) + len(blocks) > 1:
            # Each question is a call to Node: several entries are read and written at once.
            options = _part(resource.cfn_options)
            metadata = dict(options.metadata or {})
            options.metadata = {**metadata, **_added(metadata.get, entries, blocks)}
        else:
            for key, value in _added(resource.get_metadata, entries, blocks).items():
                resource.add_metadata(key, value)


def _part(options: cdk.ICfnResourceOptions) -> cdk.ICfnResourceOptions:
    """Return what answers for a part of a resource: the part itself asks it twice, first whether it has an answer."""
    answers = vars(options).get("_delegates", ())
    return cast("cdk.ICfnResourceOptions", answers[0]) if len(answers) == 1 else options


def _added(
    get: Callable[[str], Any], entries: Sequence[Mapping[str, Any]], blocks: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the entries of a resource's metadata that are new or have become more."""
    added = {scanner: merged(get(scanner), block) for scanner, block in blocks.items()}
    return {METADATA_KEY: [*(get(METADATA_KEY) or ()), *entries], **added} if entries else added


def _resources(construct: IConstruct, node: Node) -> list[cdk.CfnResource]:
    """Return what a construct stands for in the template: its main resource, else those directly below it."""
    while not isinstance(construct, cdk.CfnResource):
        main = node.default_child
        if main is None:
            return [child for child in node.children if isinstance(child, cdk.CfnResource)]
        construct = main
        node = node_of(construct) if not isinstance(construct, cdk.CfnResource) else node
    return [construct]


def _first_below(node: Node) -> list[cdk.CfnResource]:
    """Return a resource below a construct that has none of its own."""
    return [one for one in node.find_all() if isinstance(one, cdk.CfnResource)][:1]


def qualify(rule_id: str) -> str:
    """Prefix a rule id with the plugin it belongs to: ``Pack::Pack-Rule``.

    CDK honours a bare id too, but leaves no trace of it in its validation report.
    """
    if _QUALIFIED.match(rule_id):
        return rule_id
    return f"{rule_id.split('-', 1)[0]}::{rule_id}"


@functools.cache
def _library_version() -> str:
    """Read it once: each look into the installed metadata takes a millisecond."""
    return version("hipaa-constructs")
