"""Says, on constructs, what data they hold."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs.compliance.classification import METADATA_KEY, TAG_KEY, DataClassification


@checked_arguments
def classify(scope: IConstruct, classification: DataClassification) -> None:
    """Classify ``scope`` and everything below it; the nearest classification counts.

    It tags every taggable resource with ``hipaa:data-classification``, except buckets of logs, and tells the gate which
    rules apply: what holds no PHI may use services that are not HIPAA-eligible and keys that AWS manages, but may never
    be public.

    :param scope: a stack or any construct.
    :param classification: ``DataClassification.PHI``, ``PII`` or ``NO_PHI``. Everything unclassified is PHI.
    :raises ValueError: an argument of the wrong type.
    """
    cdk.Tags.of(scope).add(TAG_KEY, classification.value)
    scope.node.add_metadata(METADATA_KEY, {"classification": classification.value})


def leave_out_of_backups(scope: IConstruct) -> None:
    """Take the classification's tag off logs, and copies of them, that are kept by other means.

    Backup plans, the organization's backup policy and the audit framework go by the tag, and would make daily copies of
    logs for years. The gate goes by the construct tree, or takes what carries no tag for PHI.
    """
    cdk.Tags.of(scope).remove(TAG_KEY)
