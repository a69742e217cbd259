"""Trails record who reads and writes objects in S3, and who works with tables and functions.

Compliant: this trail, or another of the app, records data events of all buckets, reads and writes; of all functions,
if the app has any, and of all DynamoDB tables. Non-compliant: none does; for functions and tables that is a warning.
A selection of buckets is not enough: PHI lands where nobody listed it. Where a trail names
what is no ARN, such as a bucket's name alone, or a type that its event selectors do not have, the message says so: that
records nothing (docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html). Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    dig,
    is_one_of,
    spread,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, listed, worst
from hipaa_constructs.iam.arns import is_no_arn

_KIND = "AWS::CloudTrail::Trail"


# By the type of the event's resource: how an ARN of all of them ends, and what of the app calls for it.
_DATA = {
    "AWS::S3::Object": (":s3", None),
    "AWS::Lambda::Function": (":lambda", "AWS::Lambda::Function"),
    "AWS::DynamoDB::Table": (":dynamodb", "AWS::DynamoDB::Table"),
}


def _basic(selector: Resolved, kind: str) -> Ternary:
    # "arn:aws:s3", also with empty fields behind it, is every object of every bucket.
    ending = _DATA[kind][0]
    everything = (
        all_of(
            (
                is_one_of(dig(data, "Type"), kind),
                any_of(_is_all(value, ending) for value in as_items(dig(data, "Values"))),
            )
        )
        for data in spread(selector, "DataResources[]")
    )
    return all_of((is_one_of(dig(selector, "ReadWriteType", "All"), "All"), any_of(everything)))


def _is_all(value: Resolved, ending: str) -> Ternary:
    if value is UNKNOWN:
        return Ternary.UNKNOWN
    return Ternary.of(str(value).rstrip(":").endswith(ending))


def _advanced(selector: Resolved, kind: str) -> Ternary:
    if selector is UNKNOWN or any(field is UNKNOWN for field in spread(selector, "FieldSelectors[]")):
        return Ternary.UNKNOWN
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    if {"readOnly", "resources.ARN", "eventName"} & set(fields):
        return Ternary.NO
    return any_of(is_one_of(one, kind) for one in as_items(dig(fields.get("resources.type"), "Equals")))


def _records(app: App, kind: str) -> Ternary:
    return any_of(
        answer
        for trail in app.of_type(_KIND)
        for answer in (
            *(_basic(item, kind) for item in spread(trail.properties, "EventSelectors[]")),
            *(_advanced(item, kind) for item in spread(trail.properties, "AdvancedEventSelectors[]")),
        )
    )


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    idle = "".join(_idle(resource))
    return worst((PASSED, *(_judge(app, kind, idle) for kind in _DATA)))


def _idle(trail: Resource) -> Iterator[str]:
    """Say what of a trail's selectors records nothing, whatever is deployed."""
    data = list(spread(trail.properties, "EventSelectors[].DataResources[]"))
    kinds = [kind for kind in (dig(one, "Type") for one in data) if is_one_of(kind, *_DATA) is Ternary.NO]
    if any(kind is not None for kind in kinds):
        said = listed(dict.fromkeys(str(kind) for kind in kinds if kind is not None))
        yield f" Its EventSelectors name {said}, which they do not have: AdvancedEventSelectors take more types."
    values = [str(value) for one in data for value in as_items(dig(one, "Values")) if is_no_arn(value)]
    if values:
        yield f" Its EventSelectors record nothing for {listed(dict.fromkeys(values))}, which is no ARN."


def _judge(app: App, kind: str, idle: str) -> Verdict:
    _, present = _DATA[kind]
    if present is not None and next(app.of_type(present), None) is None:
        return NOT_APPLICABLE
    recorded = app.cached(f"data events of {kind}", partial(_records, kind=kind))
    verdict = judge(recorded, f"No trail of the app records data events of every {kind}.{idle}")
    return verdict if present is None or verdict is PASSED else replace(verdict, severity="warning")


RULE = Rule(
    name="TrailRecordsDataEvents",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.308(a)(3)(ii)(A)", "164.312(b)"),
    fix="Let the trail record the data events of all buckets, functions and tables.",
    fixes=(
        Fix(
            properties={
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "DataResources": [
                            {"Type": kind, "Values": [{"Fn::Sub": f"arn:${{AWS::Partition}}{ending}"}]}
                            for kind, (ending, _) in _DATA.items()
                        ],
                    }
                ]
            },
            template="A trail with AdvancedEventSelectors has there, in place of it, for each of these types a "
            "selector of eventCategory Data and resources.type alone.",
            cdk=(
                "cloudtrail.Trail.log_all_s3_data_events() and cloudtrail.Trail.log_all_lambda_data_events() "
                "and cdk.CfnResource.add_property_override(<EventSelectors with DynamoDB tables>)",
            ),
            constructs=("AuditTrail",),
        ),
    ),
    needs="app",
    check=check,
)
