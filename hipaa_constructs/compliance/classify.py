"""Says, on constructs, what data they hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import cast

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation

from hipaa_constructs._arguments import checked_arguments, require_date
from hipaa_constructs._stacks import node_of
from hipaa_constructs.compliance.classification import METADATA_KEY, TAG_KEY, DataClassification


@checked_arguments
def classify(
    scope: IConstruct,
    classification: DataClassification,
    *,
    reason: str | None = None,
    approved_by: str | None = None,
    expires: datetime.date | str | None = None,
) -> None:
    """Classify ``scope`` and everything below it; the nearest classification counts.

    It tags every taggable resource with ``hipaa:data-classification``, except buckets of logs, and tells the gate which
    rules apply: what holds no PHI may use services that are not HIPAA-eligible and keys that AWS manages, but may never
    be public.

    :param scope: a stack or any construct; or an app or stage, whose stages have to be there already.
    :param classification: ``DataClassification.PHI``, ``PII`` or ``NO_PHI``. Everything unclassified is PHI.
    :param reason: the fact by which it is less than PHI. Default: none, which the gate reports where it is needed.
    :param approved_by: the person or role that answers for it. Default: nobody, which the gate reports likewise.
    :param expires: the last day on which it holds, a date or ``YYYY-MM-DD``, within a year; from the next day on it
        counts as PHI, and the gate reports it, as it does a month before. Default: it holds until somebody changes it.
    :raises ValueError: an argument of the wrong type, or what is no date.
    """
    until = None if expires is None else require_date("expires", expires).isoformat()
    said = {"classification": classification.value, "reason": reason, "approved_by": approved_by}
    said.update({} if until is None else {"expires": until})
    cdk.Tags.of(scope).add(TAG_KEY, classification.value)
    if isinstance(scope, cdk.Stage):
        # Neither tags nor aspects reach from an app or a stage into a stage below.
        for stage in _stages_below(scope):
            if not _said(stage):
                classify(stage, classification, reason=reason, approved_by=approved_by, expires=until)
        if not _said(scope):
            scope.node.add_validation(cast("IValidation", _ToldToStacks(scope)))
    node_of(scope).add_metadata(METADATA_KEY, said)


def leave_out_of_backups(scope: IConstruct) -> None:
    """Take the classification's tag off logs, and copies of them, that are kept by other means.

    Backup plans, the organization's backup policy and the audit framework go by the tag, and would make daily copies of
    logs for years. The gate goes by the construct tree, or takes what carries no tag for PHI.
    """
    cdk.Tags.of(scope).remove(TAG_KEY)


@jsii.implements(IValidation)
class _ToldToStacks:
    """Tells the stacks of a stage, once they are there, how it is classified: CDK writes no metadata above stacks.

    It is a validation because CDK asks those of each stage once, before it writes the stage's stacks.
    """

    def __init__(self, stage: cdk.Stage) -> None:
        self._stage = stage

    def validate(self) -> list[str]:
        """Find nothing wrong."""
        # Told anew, the last counts.
        said = _said(self._stage)[-1]
        for stack in _stacks_of(self._stage):
            if not _said(stack):
                stack.node.add_metadata(METADATA_KEY, said)
        return []


def _said(construct: IConstruct) -> list[object]:
    return [entry.data for entry in construct.node.metadata if entry.type == METADATA_KEY]


def _stages_below(construct: IConstruct) -> Iterator[cdk.Stage]:
    """Yield the stages directly below; what is below them is theirs."""
    for child in construct.node.children:
        if isinstance(child, cdk.Stage):
            yield child
        elif not cdk.Stack.is_stack(child):
            yield from _stages_below(child)


def _stacks_of(construct: IConstruct) -> Iterator[IConstruct]:
    for child in construct.node.children:
        if cdk.Stack.is_stack(child):
            yield child
        elif not isinstance(child, cdk.Stage):
            yield from _stacks_of(child)
