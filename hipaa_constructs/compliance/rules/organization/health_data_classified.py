"""What is made for health data, or receives PHI from another store, is not classified as holding none.

Compliant: what is classified as less than PHI is neither. Non-compliant: it is a store of AWS HealthLake, AWS
HealthImaging or AWS HealthOmics, which keep records, images and genomes of patients; or a bucket to which another one
replicates, or a delivery stream delivers, that may itself hold PHI. Not applicable: what is PHI, or unclassified, which
is PHI.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

# What each keeps, by its own guide: docs.aws.amazon.com/healthlake, /healthimaging and /omics.
_HEALTH_DATA = {
    "AWS::HealthImaging::Datastore": "medical images",
    "AWS::HealthLake::FHIRDatastore": "health records",
    "AWS::Omics::AnnotationStore": "annotations of genomes",
    "AWS::Omics::SequenceStore": "genomes",
    "AWS::Omics::VariantStore": "variants of genomes",
}
_BUCKET = "AWS::S3::Bucket"
# Who fills a bucket, and where it names the bucket.
_FILLED_BY = {
    _BUCKET: ("ReplicationConfiguration.Rules[].Destination.Bucket",),
    "AWS::KinesisFirehose::DeliveryStream": (
        "ExtendedS3DestinationConfiguration.BucketARN",
        "S3DestinationConfiguration.BucketARN",
    ),
}


def check(resource: Resource) -> Verdict:
    classification = classification_of(resource)
    if classification is DataClassification.PHI:
        return NOT_APPLICABLE
    kept = _HEALTH_DATA.get(resource.type)
    if kept:
        return failed(f"It is classified as {classification}, and its service keeps {kept}.", at="Type")
    source = next(_sources(resource), None)
    if source is not None:
        name = source.construct_path or source.logical_id
        return failed(
            f"It is classified as {classification}, and receives from {name}, which counts as PHI.", at="Type"
        )
    return PASSED


def _sources(bucket: Resource) -> Iterator[Resource]:
    if bucket.type != _BUCKET:
        return
    for source, _ in bucket.template.app.told(bucket, "filled buckets", tuple(_FILLED_BY), _fills):
        if classification_of(source) is DataClassification.PHI:
            yield source


def _fills(source: Resource) -> Iterator[tuple[Resource, None]]:
    for path in _FILLED_BY[source.type]:
        for value in spread(source.properties, path):
            target = source.template.target(value, _BUCKET)
            if target is not None:
                yield target, None


RULE = Rule(
    name="HealthDataClassified",
    severity="error",
    resource_types=("*",),
    controls=("164.308(a)(1)(ii)(B)",),
    fix="Take the classification away, so that it counts as PHI; or classify what fills it, if that holds none either.",
    fixes=(Fix(beside="Leave the classification out, or classify what fills it."),),
    check=check,
)
