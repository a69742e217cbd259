"""Trails record who reads and writes objects in S3.

Compliant: this trail, or another of the app, records data events of all buckets, reads and writes.
Non-compliant: none does. A selection of buckets is not enough: PHI lands where nobody listed it. Not
applicable: nothing.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.compliance.rule import Rule, Verdict, judge
from hipaa_constructs.compliance.template import UNKNOWN, App, Resource, as_list, dig, spread

_KIND = "AWS::CloudTrail::Trail"


def _basic(selector: Any) -> Any:
    if dig(selector, "ReadWriteType", "All") != "All":
        return False
    for data in spread(selector, "DataResources[]"):
        if dig(data, "Type") == "AWS::S3::Object":
            values = as_list(dig(data, "Values"))
            if values is UNKNOWN:
                return UNKNOWN
            # "arn:aws:s3", also with empty fields behind it, is every object of every bucket.
            if any(str(value).rstrip(":").endswith(":s3") for value in values):
                return True
    return False


def _advanced(selector: Any) -> Any:
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    if UNKNOWN in fields.values():
        return UNKNOWN
    kinds = as_list(dig(fields.get("resources.type"), "Equals"))
    if kinds is UNKNOWN:
        return UNKNOWN
    return "AWS::S3::Object" in kinds and not {"readOnly", "resources.ARN", "eventName"} & set(fields)


def _records(app: App) -> Any:
    answers = []
    for trail in app.of_type(_KIND):
        answers += [_basic(item) for item in spread(trail.properties, "EventSelectors[]")]
        answers += [_advanced(item) for item in spread(trail.properties, "AdvancedEventSelectors[]")]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def check(resource: Resource) -> Verdict:
    recorded = resource.template.app.cached("S3 data events", _records)
    return judge(recorded, "No trail of the app records data events of all S3 objects.")


RULE = Rule(
    name="TrailRecordsDataEvents",
    title="Trails record who reads and writes objects in S3",
    severity="error",
    resource_types=(_KIND,),
    fix="Call log_all_s3_data_events() on the trail, or use AuditTrail.",
    check=check,
)
