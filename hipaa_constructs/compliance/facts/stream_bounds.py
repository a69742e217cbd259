"""How often, and for how long, records of a stream are tried that fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_int, is_present
from hipaa_constructs.compliance.fix import Fix

# As often as Lambda itself tries records of Kafka that have a destination, and for as long as it tries an event for
# which nobody waits (docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html, invocation-async-
# error-handling.html there).
BOUNDS: Final = {"MaximumRetryAttempts": 10, "MaximumRecordAgeInSeconds": 21_600}
_BLOCKED: Final = (
    "Without these bounds a record that fails is tried until it expires, for which the others of its shard wait: a day "
    "in a stream of DynamoDB, a week or longer in one of Kinesis."
)


def bounded(fix: Fix, reader: Resource) -> Fix:
    """Return a fix of what reads a stream without the bounds that it has; -1 is to try without end, the default.

    Records of Kafka are tried ten times at most as soon as there is a destination. Sources:
    docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, services-kinesis-parameters.html and
    kafka-retry-configurations.html there, docs.aws.amazon.com/eventbridge/latest/pipes-reference/
    API_PipeSourceKinesisStreamParameters.html.
    """
    of_kafka = is_present(reader.get("Topics")) is Ternary.YES
    kept = {
        path: value
        for path, value in fix.properties.items()
        if not _is_bound(path) or (not of_kafka and _lacks(reader, path))
    }
    told = f"{fix.template} {_BLOCKED}".strip() if any(map(_is_bound, kept)) else fix.template
    return replace(fix, properties=kept, template=told)


def _is_bound(path: str) -> bool:
    return path.rpartition(".")[2] in BOUNDS


def _lacks(reader: Resource, path: str) -> bool:
    bound = as_int(reader.get(path.removeprefix("?"), -1))
    return isinstance(bound, int) and bound < 0
