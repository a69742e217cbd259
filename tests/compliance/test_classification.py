"""Who may say that something holds no PHI, what reaches it, and what is found of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import cloudformation_include as include

from hipaa_constructs import DataClassification, classify
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.classification import (
    METADATA_KEY,
    TAG_KEY,
    classification_of,
    classified,
    is_classified_itself,
)
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.fold import phi_only, spares
from hipaa_constructs.compliance.nag import HIPAA

NO_PHI = DataClassification.NO_PHI
REASON, WHO = "It holds opening hours, which the web site shows.", "Dana Cole, security official"
GOVERNED = {"classification": "NO_PHI", "reason": REASON, "approved_by": WHO}
GOVERNANCE = "classification_governed"


def new_app(folder: Path) -> cdk.App:
    return cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False, analytics_reporting=False)


def synthesized(app: cdk.App) -> App:
    app.synth()
    return load([app.outdir])


def of(app: App) -> dict[str, Resource]:
    return {one.construct_path: one for template in app.templates for one in template.resources.values()}


def found(app: App, module: str) -> dict[str, tuple[str, str]]:
    """Return what a rule found, outcome and message by construct path, without what it does not apply to."""
    (rule,) = (one for one in all_rules() if one.name.lower() == module.replace("_", ""))
    verdicts = {path: rule.check(resource) for path, resource in of(app).items()}
    return {path: (one.outcome.value, one.message) for path, one in verdicts.items() if one.outcome != "not_applicable"}


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"reason": REASON, "approved_by": WHO}, ""),
        ({"reason": REASON}, "who decided"),
        ({"approved_by": WHO, "reason": " "}, "why"),
        ({}, "why and who decided"),
    ],
)
def test_a_relaxing_classification_is_told_once_where_it_lacks_reason_or_approver(
    tmp_path: Path, given: Mapping[str, str], lacking: str
) -> None:
    app = new_app(tmp_path)
    status = cdk.Stack(app, "Status")
    sqs.Queue(status, "One")
    sqs.Queue(status, "Two")
    classify(status, NO_PHI, **given)
    if not lacking:
        assert found(synthesized(app), GOVERNANCE) == {"Status/One/Resource": ("passed", "")}
        return
    message = f"Status, with all below it, is classified as NO_PHI, and it is not said {lacking}."
    assert found(synthesized(app), GOVERNANCE) == {"Status/One/Resource": ("failed", message)}


def test_phi_needs_no_reason(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    clinic = cdk.Stack(app, "Clinic")
    sqs.Queue(clinic, "One")
    classify(clinic, DataClassification.PHI)
    assert found(synthesized(app), GOVERNANCE) == {}


def test_a_classification_of_the_app_reaches_stages_and_what_is_nearer_counts(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    stage = cdk.Stage(app, "Prod")
    apart = cdk.Stage(app, "Lab")
    classify(apart, DataClassification.PII, reason=REASON, approved_by="the lab")
    classify(app, NO_PHI, reason=REASON, approved_by=WHO)
    for scope, name in ((app, "Own"), (stage, "Inner"), (apart, "Samples")):
        sqs.Queue(cdk.Stack(scope, name), "Queue")
    kept = cdk.Stack(app, "Kept")
    sqs.Queue(kept, "Queue")
    classify(kept, DataClassification.PHI)
    resources = of(synthesized(app))
    said = {path: classified(one) for path, one in resources.items()}
    assert {path: (one.value, one.approved_by) for path, one in said.items() if one} == {
        "Own/Queue/Resource": ("NO_PHI", WHO),
        "Prod/Inner/Queue/Resource": ("NO_PHI", WHO),
        "Lab/Samples/Queue/Resource": ("PII", "the lab"),
        "Kept/Queue/Resource": ("PHI", ""),
    }
    tags = {path: one.raw["Properties"]["Tags"] for path, one in resources.items()}
    assert tags["Prod/Inner/Queue/Resource"] == [{"Key": TAG_KEY, "Value": "NO_PHI"}]
    assert tags["Lab/Samples/Queue/Resource"] == [{"Key": TAG_KEY, "Value": "PII"}]


def test_raw_resources_are_reached_by_construct_and_by_their_own_metadata(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    clinic = cdk.Stack(app, "Clinic")
    below = cdk.CfnResource(clinic, "Below", type="AWS::GameLift::Alias")
    classify(below, NO_PHI, reason=REASON, approved_by=WHO)
    own = cdk.CfnResource(clinic, "Own", type="AWS::GameLift::Alias")
    own.add_metadata(METADATA_KEY, GOVERNED)
    (tmp_path / "in.json").write_text(
        json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Metadata": {METADATA_KEY: GOVERNED}}}})
    )
    include.CfnInclude(clinic, "Included", template_file=str(tmp_path / "in.json"))
    made = synthesized(app)
    assert {classification_of(one) for one in of(made).values()} == {NO_PHI}
    assert {outcome for outcome, _ in found(made, GOVERNANCE).values()} == {"passed"}
    assert len(found(made, GOVERNANCE)) == 3


def test_cdk_nags_rules_for_phi_alone_spare_what_holds_none(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    for name in ("Clinic", "Status"):
        s3.Bucket(cdk.Stack(app, name), "Bucket")
    classify(app.node.find_child("Status"), NO_PHI, reason=REASON, approved_by=WHO)
    made = synthesized(app)
    encrypted, public = "S3DefaultEncryptionKMS", "S3BucketPublicReadProhibited"
    for rule_id in (f"HIPAA.Security-{encrypted}", f"HIPAA.Security::HIPAA.Security-{encrypted}"):
        assert spares(made, rule_id, "Status/Bucket/Resource")
        assert spares(made, f"{rule_id}[a::b]", "Status/Bucket/Resource")
        assert not spares(made, rule_id, "Clinic/Bucket/Resource")
    assert not spares(made, f"HIPAA.Security-{public}", "Status/Bucket/Resource")


def test_cdk_nags_rules_for_phi_alone_are_those_of_which_ours_are() -> None:
    of_the_pack = {rule_id.removeprefix(f"{HIPAA}-") for rule_id in nag_rules()}
    assert sorted(phi_only() & of_the_pack) == [
        "CloudTrailEncryptionEnabled",
        "CloudWatchLogGroupEncrypted",
        "DynamoDBInBackupPlan",
        "DynamoDBPITREnabled",
        "EC2EBSInBackupPlan",
        "EFSInBackupPlan",
        "ELBDeletionProtectionEnabled",
        "ElastiCacheRedisClusterAutomaticBackup",
        "LambdaDLQ",
        "LambdaInsideVPC",
        "RDSInBackupPlan",
        "RDSInstanceBackupEnabled",
        "RDSInstanceDeletionProtectionEnabled",
        "RDSMultiAZSupport",
        "RedshiftBackupEnabled",
        "S3BucketReplicationEnabled",
        "S3DefaultEncryptionKMS",
        "SageMakerEndpointConfigurationKMSKeyConfigured",
        "SageMakerNotebookInstanceKMSKeyConfigured",
        "SecretsManagerUsingKMSKey",
    ]


def test_a_construct_is_classified_itself_and_what_stands_in_a_stack_is_not(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    stack = cdk.Stack(app, "Clinic")
    classify(app, DataClassification.PHI)
    classify(stack, DataClassification.PHI)
    ecr.Repository(stack, "Apps")
    classify(ecr.Repository(stack, "Models"), DataClassification.PHI)
    found = of(synthesized(app))
    assert {path: is_classified_itself(found[f"Clinic/{path}/Resource"]) for path in ("Apps", "Models")} == {
        "Apps": False,
        "Models": True,
    }
    assert all(classification_of(one) is DataClassification.PHI for one in found.values())


def test_an_end_reaches_what_is_below_and_stages(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    stack = cdk.Stack(app, "Site")
    s3.Bucket(stack, "Pages")
    inner = cdk.Stack(cdk.Stage(app, "Test"), "Site")
    s3.Bucket(inner, "Pages")
    classify(app, NO_PHI, reason=REASON, approved_by=WHO, expires=datetime.date(2020, 1, 31))
    made = synthesized(app)
    told = [message for _, message in found(made, GOVERNANCE).values()]
    assert len(told) == 2
    assert all("that ended on 2020-01-31, so that it counts as PHI." in message for message in told)
    for resource in of(made).values():
        assert classification_of(resource) is DataClassification.PHI


def test_an_end_that_is_no_date_is_refused(tmp_path: Path) -> None:
    stack = cdk.Stack(new_app(tmp_path), "Site")
    with pytest.raises(ValueError, match=r"expires: got 'soon'; it takes a date\. Write it as YYYY-MM-DD\."):
        classify(stack, NO_PHI, reason=REASON, approved_by=WHO, expires="soon")
