"""Trails record who reads and writes objects in S3, and who works with tables and functions.

Compliant: this trail, or another of the app, records data events of all buckets, reads and writes; of all functions,
if the app has any, and of all DynamoDB tables. Non-compliant: none does; for functions and tables that is a warning.
A selection of buckets is not enough: PHI lands where nobody listed it. Not applicable: nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_list, dig, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge

_KIND = "AWS::CloudTrail::Trail"


# By the type of the event's resource: how an ARN of all of them ends, and what of the app calls for it.
_DATA = {
    "AWS::S3::Object": (":s3", None),
    "AWS::Lambda::Function": (":lambda", "AWS::Lambda::Function"),
    "AWS::DynamoDB::Table": (":dynamodb", "AWS::DynamoDB::Table"),
}


def _basic(selector: Any, kind: str) -> Any:
    recorded = dig(selector, "ReadWriteType", "All")
    if recorded is UNKNOWN:
        return UNKNOWN
    if recorded != "All":
        return False
    for data in spread(selector, "DataResources[]"):
        if dig(data, "Type") == kind:
            values = as_list(dig(data, "Values"))
            if values is UNKNOWN:
                return UNKNOWN
            # "arn:aws:s3", also with empty fields behind it, is every object of every bucket.
            if any(str(value).rstrip(":").endswith(_DATA[kind][0]) for value in values):
                return True
            if UNKNOWN in values:
                return UNKNOWN
    return False


def _advanced(selector: Any, kind: str) -> Any:
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    if UNKNOWN in fields.values():
        return UNKNOWN
    kinds = as_list(dig(fields.get("resources.type"), "Equals"))
    if kinds is UNKNOWN or (UNKNOWN in kinds and kind not in kinds):
        return UNKNOWN
    return kind in kinds and not {"readOnly", "resources.ARN", "eventName"} & set(fields)


def _records(app: App, kind: str) -> Any:
    answers = []
    for trail in app.of_type(_KIND):
        answers += [_basic(item, kind) for item in spread(trail.properties, "EventSelectors[]")]
        answers += [_advanced(item, kind) for item in spread(trail.properties, "AdvancedEventSelectors[]")]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    for kind, (_, present) in _DATA.items():
        if present is not None and next(app.of_type(present), None) is None:
            continue
        recorded = app.cached(f"data events of {kind}", partial(_records, kind=kind))
        if recorded is not True:
            verdict = judge(recorded, f"No trail of the app records data events of every {kind}.")
            return replace(verdict, severity=None if present is None else "warning")
    return PASSED


RULE = Rule(
    name="TrailRecordsDataEvents",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.308(a)(3)(ii)(A)", "164.312(b)"),
    fix="Call log_all_s3_data_events() and log_all_lambda_data_events() on the trail, or use AuditTrail.",
    check=check,
)
