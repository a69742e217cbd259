"""What the landing zone would meet in an account, and the configuration that fits it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import click.testing
import jsonschema
import pytest

from hipaa_constructs._commands.landing_zone_file import plan_of
from hipaa_constructs._commands.preflight import command
from hipaa_constructs.cli import main
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.evidence.preflight_results import read_file
from hipaa_constructs.landing_zone import LandingZone, parse_config
from hipaa_constructs.landing_zone.fitting import fitted
from hipaa_constructs.preflight import costs, detection, environment, existing
from hipaa_constructs.preflight import run as preflight_run
from hipaa_constructs.preflight.run import CHECKS
from hipaa_constructs.testing import findings
from tests.aws_server import AwsServer
from tests.preflight.support import (
    ACCOUNT,
    ANALYZERS,
    REGION,
    STANDARDS,
    analyzer,
    detect,
    export,
    outcomes,
    record,
    standards,
    watch,
)

ROOT = Path(__file__).parent.parent.parent
ELSEWHERE = "us-west-2"
MANAGEMENT = "999988887777"
GUARDRAILS = {"management_account": MANAGEMENT, "organization_id": "o-a1b2c3d4e5", "target_ids": ["ou-abcd-12345678"]}
LIMITS = ("lambda", "GET /2016-08-19/account-settings")
MONITORS = ("ce", "GetAnomalyMonitors")
MONITOR = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"
OPT_IN = ("backup", "GET /account-settings")
STACK_RESOURCES = ("cloudformation", "ListStackResources")
ONCE = {
    "AWS::AccessAnalyzer::Analyzer",
    "AWS::Config::ConfigurationRecorder",
    "AWS::Config::DeliveryChannel",
    "AWS::GuardDuty::Detector",
    "AWS::Macie::Session",
    "AWS::SecurityHub::Hub",
    "Custom::Inspector",
}


def limits(quota: int, unreserved: int | None = None) -> dict[str, Any]:
    return {
        "AccountLimit": {
            "ConcurrentExecutions": quota,
            "UnreservedConcurrentExecutions": quota if unreserved is None else unreserved,
        }
    }


def bootstrap(region: str, version: str = "30", *, qualifier: str = "hnb659fds", ssm: Any = None) -> None:
    client = ssm or boto3.client("ssm", region_name=region)
    client.put_parameter(Name=f"/cdk-bootstrap/{qualifier}/version", Value=version, Type="String", Overwrite=True)


@pytest.fixture
def ready(aws: AwsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """An account that has no service on and lacks nothing, and an empty folder to ask from."""
    aws.answers |= {LIMITS: limits(1000), OPT_IN: {"ResourceTypeOptInPreference": {"RDS": True, "S3": True}}}
    # In moto it is on from the start.
    boto3.client("macie2").disable_macie()
    for region in (REGION, ELSEWHERE):
        bootstrap(region)
    monkeypatch.chdir(tmp_path)
    return aws


def ask(config: dict[str, Any] | None = None, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Ask with a configuration, and return exit code and JSON."""
    Path("zone.json").write_text(json.dumps({"account": ACCOUNT, **(config or {})}))
    given = ["--before-deployment", "--config", "zone.json", "--format", "json", *arguments]
    result = click.testing.CliRunner().invoke(command, given, standalone_mode=False, catch_exceptions=False)
    return result.return_value, json.loads(result.stdout)


def one(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (result for result in report["results"] if result["id"] == f"HIPAA.Preflight-{name}")
    return dict(found)


def own(server: AwsServer, *resources: tuple[str, str], region: str = REGION) -> None:
    """Have CloudFormation say that the stacks of the landing zone have made these, by type and id."""
    members = "".join(
        f"<member><LogicalResourceId>R{number}</LogicalResourceId><PhysicalResourceId>{identifier}"
        f"</PhysicalResourceId><ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
        "<LastUpdatedTimestamp>2026-01-02T03:04:05Z</LastUpdatedTimestamp></member>"
        for number, (kind, identifier) in enumerate(resources)
    )
    server.answers[*STACK_RESOURCES, region] = (
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>"
        f"{members}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>"
    )


def test_an_empty_account_fits_the_defaults(ready: AwsServer) -> None:
    code, report = ask()
    assert set(outcomes(report).values()) == {"passed"}
    assert code == 0
    assert report["configuration"] == {"account": ACCOUNT}
    assert report["regions"] == [REGION, ELSEWHERE]


def test_what_is_configured_stays_and_defaults_are_left_out(ready: AwsServer) -> None:
    given = {"alerts": {"emails": ["security@clinic.example"]}, "network": {"zones": 3, "nat_gateways": 1}}
    _, report = ask({**given, "detection": {"services": "create", "macie": "create"}})
    assert report["configuration"] == {
        "account": ACCOUNT,
        "network": {"nat_gateways": 1},
        "alerts": {"emails": ["security@clinic.example"]},
    }


# what exists once

TURN_ON: dict[str, tuple[str, Callable[[AwsServer], object], dict[str, str]]] = {
    "guard_duty": (
        "GuardDutyFits",
        lambda server: (detect(server), detect(server, ELSEWHERE)),
        {"guard_duty": "existing"},
    ),
    "recovery_guard_duty": (
        "GuardDutyFits",
        lambda server: detect(server, ELSEWHERE),
        {"recovery_guard_duty": "existing"},
    ),
    "security_hub": (
        "SecurityHubFits",
        lambda server: (
            boto3.client("securityhub").enable_security_hub(),
            server.answers.update({STANDARDS: standards(*detection.STANDARDS)}),
        ),
        {"security_hub": "existing"},
    ),
    "macie": (
        "MacieFits",
        lambda server: (
            boto3.client("macie2").enable_macie(),
            server.answers.update({("macie2", "GET /automated-discovery/configuration"): {"status": "ENABLED"}}),
        ),
        {"macie": "existing"},
    ),
    "access_analyzer": (
        "AccessAnalyzerFits",
        lambda server: server.answers.update(
            {ANALYZERS: {"analyzers": [analyzer("ACCOUNT"), analyzer("ACCOUNT_UNUSED_ACCESS", "DISABLED")]}}
        ),
        {"access_analyzer": "existing"},
    ),
    "external access": (
        "AccessAnalyzerFits",
        lambda server: server.answers.update({ANALYZERS: {"analyzers": [analyzer("ACCOUNT")]}}),
        {"access_analyzer": "existing", "unused_access_analyzer": "create"},
    ),
    "config": ("ConfigFits", lambda server: record(all_supported=True), {"config": "existing"}),
}


@pytest.mark.parametrize("name", TURN_ON)
def test_what_exists_would_fail_and_then_fits(ready: AwsServer, name: str) -> None:
    check, turn_on, fits = TURN_ON[name]
    turn_on(ready)
    code, report = ask()
    found = one(report, check)
    assert code == 1
    assert found["outcome"] == "failed"
    assert "exists already; a second one fails deployment." in found["message"]
    assert found["fix"] == "Use the configuration below."
    assert report["configuration"] == {"account": ACCOUNT, "detection": fits}
    again, report = ask(report["configuration"])
    assert {key: outcome for key, outcome in outcomes(report).items() if outcome != "passed"} == {}
    assert again == 0
    assert report["configuration"] == {"account": ACCOUNT, "detection": fits}


@pytest.mark.parametrize(
    ("service", "check"),
    [
        ("guard_duty", "GuardDutyFits"),
        ("security_hub", "SecurityHubFits"),
        ("macie", "MacieFits"),
        ("access_analyzer", "AccessAnalyzerFits"),
        ("inspector", "InspectorFits"),
        ("config", "ConfigFits"),
    ],
)
def test_what_is_said_to_exist_and_does_not_would_be_missing(ready: AwsServer, service: str, check: str) -> None:
    code, report = ask({"detection": {service: "existing"}})
    assert code == 1
    assert one(report, check)["outcome"] == "failed"
    assert "does not exist, as the configuration says." in one(report, check)["message"]
    assert report["configuration"] == {"account": ACCOUNT}


def test_inspector_that_scans_everything_is_left_alone_and_the_rest_is_turned_on(ready: AwsServer) -> None:
    inspector = boto3.client("inspector2")
    inspector.enable(accountIds=[ACCOUNT], resourceTypes=["EC2"])
    code, report = ask()
    assert (code, one(report, "InspectorFits")["message"]) == (0, "Inspector in us-east-1 is turned on.")
    assert report["configuration"] == {"account": ACCOUNT}
    code, report = ask({"detection": {"inspector": "existing"}})
    assert (code, one(report, "InspectorFits")["severity"]) == (0, "warning")
    assert "ECR, Lambda not scanned" in one(report, "InspectorFits")["message"]
    inspector.enable(accountIds=[ACCOUNT], resourceTypes=["ECR", "LAMBDA"])
    code, report = ask()
    assert code == 0
    assert report["configuration"] == {"account": ACCOUNT, "detection": {"inspector": "existing"}}


def test_the_landing_zone_s_own_services_are_not_taken_for_somebody_else_s(ready: AwsServer) -> None:
    watch(ready)
    record(all_supported=True)
    here, there = boto3.client("guardduty").list_detectors()["DetectorIds"][0], detect(ready, ELSEWHERE)
    analyzers = ready.answers[ANALYZERS]["analyzers"]
    own(
        ready,
        ("AWS::GuardDuty::Detector", here),
        ("AWS::SecurityHub::Hub", "hub"),
        ("AWS::Macie::Session", ACCOUNT),
        *(("AWS::AccessAnalyzer::Analyzer", known["arn"]) for known in analyzers),
        ("Custom::Inspector", "Inspector"),
        ("AWS::Config::ConfigurationRecorder", "default"),
        ("AWS::Lambda::Function", "function"),
    )
    own(ready, ("AWS::GuardDuty::Detector", there), region=ELSEWHERE)
    ready.answers[LIMITS] = limits(104, 100)
    code, report = ask()
    assert {key: outcome for key, outcome in outcomes(report).items() if outcome != "passed"} == {}
    assert code == 0
    assert "is the landing zone's own" in one(report, "SecurityHubFits")["message"]
    assert report["configuration"] == {"account": ACCOUNT}
    code, report = ask({"detection": {"services": "existing"}})
    assert code == 1
    for check in ("GuardDutyFits", "SecurityHubFits", "MacieFits", "AccessAnalyzerFits", "InspectorFits", "ConfigFits"):
        assert "as existing it would be removed" in one(report, check)["message"], check
    assert report["configuration"] == {"account": ACCOUNT}


def test_a_stack_that_lost_its_detector_owns_none(ready: AwsServer) -> None:
    detect(ready)
    own(ready, ("AWS::GuardDuty::Detector", "0" * 32))
    assert "exists already" in one(ask()[1], "GuardDutyFits")["message"]


# findings of an existing detector


def test_findings_that_nobody_keeps_are_kept_by_the_landing_zone(ready: AwsServer) -> None:
    detector, other = detect(ready), detect(ready, ELSEWHERE)
    export(ready, detector)
    _, report = ask()
    fits = {"guard_duty": "existing", "detector_id": detector}
    assert report["configuration"]["detection"] == fits
    code, report = ask({"detection": {"guard_duty": "existing"}})
    found = one(report, "GuardDutyFits")
    assert (code, found["outcome"], found["severity"]) == (0, "failed", "warning")
    assert found["message"] == "GuardDuty in us-east-1 exists, but: findings are not exported."
    assert report["configuration"]["detection"] == fits
    code, report = ask({"detection": fits})
    assert (code, one(report, "GuardDutyFits")["outcome"]) == (0, "passed")
    assert report["configuration"]["detection"] == fits
    # Once they are, the export is the stack's own.
    export(ready, detector, "PUBLISHING")
    own(ready, ("AWS::GuardDuty::PublishingDestination", "1"))
    code, report = ask({"detection": fits})
    assert (code, report["configuration"]["detection"]) == (0, fits)
    assert other


def test_findings_that_are_kept_elsewhere_are_not_kept_twice(ready: AwsServer) -> None:
    detector = detect(ready)
    detect(ready, ELSEWHERE)
    code, report = ask({"detection": {"guard_duty": "existing", "detector_id": detector}})
    assert code == 1
    assert "keeps its findings elsewhere already" in one(report, "GuardDutyFits")["message"]
    assert report["configuration"]["detection"] == {"guard_duty": "existing"}


def test_another_detector_s_id_is_put_right(ready: AwsServer) -> None:
    detector = detect(ready, ELSEWHERE)
    export(ready, detector)
    code, report = ask({"detection": {"recovery_guard_duty": "existing", "recovery_detector_id": "0" * 32}})
    assert code == 1
    assert f"GuardDuty in us-west-2 has the detector {detector}" in one(report, "GuardDutyFits")["message"]
    assert report["configuration"]["detection"] == {
        "recovery_guard_duty": "existing",
        "recovery_detector_id": detector,
    }


def test_an_incomplete_service_deploys_and_is_told(ready: AwsServer) -> None:
    boto3.client("securityhub").enable_security_hub()
    code, report = ask({"detection": {"security_hub": "existing"}})
    found = one(report, "SecurityHubFits")
    assert (code, found["outcome"], found["severity"]) == (0, "failed", "warning")
    assert "nist-800-53/v/5.0.0" in found["message"]
    assert "whoever runs it" in found["fix"]
    assert ask({"detection": {"security_hub": "existing"}}, "--fail-on", "warning")[0] == 1


def test_what_the_organization_runs_is_not_asked_about(ready: AwsServer) -> None:
    watch(ready)
    code, report = ask({"detection": {"by_organization": True}})
    assert code == 0
    assert "GuardDutyFits" not in outcomes(report)
    assert report["configuration"]["detection"] == {"by_organization": True, "inspector": "existing"}


def test_the_printed_configuration_makes_nothing_that_exists(ready: AwsServer, tmp_path: Path) -> None:
    watch(ready)
    record(all_supported=True)
    detector, other = boto3.client("guardduty").list_detectors()["DetectorIds"][0], detect(ready, ELSEWHERE)
    export(ready, other)
    ready.answers[LIMITS] = limits(10)
    code, report = ask({"alerts": {"emails": ["security@clinic.example"]}})
    assert code == 1
    assert report["configuration"] == {
        "account": ACCOUNT,
        "reserve_concurrency": False,
        "alerts": {"emails": ["security@clinic.example"]},
        "detection": {"services": "existing", "recovery_detector_id": other},
    }
    assert detector != other
    app = cdk.App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False, analytics_reporting=False)
    LandingZone(app, parse_config(report["configuration"], source="preflight"))
    assert findings(app) == []
    kinds = {
        resource["Type"]
        for template in (tmp_path / "out").glob("*.template.json")
        for resource in json.loads(template.read_text())["Resources"].values()
    }
    assert not kinds & ONCE
    assert {"AWS::Events::Rule", "AWS::GuardDuty::PublishingDestination", "AWS::Config::ConformancePack"} <= kinds
    assert ask(report["configuration"])[0] == 0


# the account


@pytest.mark.parametrize(
    ("answered", "code", "message"),
    [
        (limits(1000, 106), 0, "106 of 1000 Lambda executions in us-east-1 are not reserved."),
        (limits(1000, 105), 1, "105 of 1000 Lambda executions in us-east-1 are not reserved; Lambda refuses"),
        (limits(10), 1, "10 of 10 Lambda executions"),
    ],
)
def test_executions_are_reserved_where_lambda_lets_us(
    ready: AwsServer, answered: dict[str, Any], code: int, message: str
) -> None:
    ready.answers[LIMITS] = answered
    got, report = ask()
    assert (got, one(report, "ConcurrencyFits")["message"].startswith(message)) == (code, True)
    fits = {"account": ACCOUNT, **({"reserve_concurrency": False} if code else {})}
    assert report["configuration"] == fits
    if code:
        assert (
            "--quota-code L-B99A9384 --desired-value 1000 --region us-east-1" in one(report, "ConcurrencyFits")["fix"]
        )
    assert ask(fits)[0] == 0


def test_room_for_a_reservation_is_told_and_left_to_choose(ready: AwsServer) -> None:
    code, report = ask({"reserve_concurrency": False})
    assert code == 0
    assert "reserve_concurrency may be left out" in one(report, "ConcurrencyFits")["message"]
    assert report["configuration"]["reserve_concurrency"] is False


def test_a_region_without_bootstrap_gets_its_command(ready: AwsServer) -> None:
    boto3.client("ssm", region_name=ELSEWHERE).delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    bootstrap(REGION, "5")
    code, report = ask()
    found = one(report, "Bootstrapped")
    assert code == 1
    assert found["message"] == (
        "CDK is not bootstrapped in us-west-2. Its bootstrap is older than version 6 in us-east-1."
    )
    assert found["fix"].splitlines()[1:] == [
        f"cdk bootstrap aws://{ACCOUNT}/us-west-2 --bootstrap-customer-key",
        f"cdk bootstrap aws://{ACCOUNT}/us-east-1 --bootstrap-customer-key",
    ]


def test_the_qualifier_of_cdk_json_is_asked_for(ready: AwsServer) -> None:
    Path("cdk.json").write_text(json.dumps({"context": {"@aws-cdk/core:bootstrapQualifier": "clinic"}}))
    code, report = ask()
    assert code == 1
    assert one(report, "Bootstrapped")["fix"].endswith("--bootstrap-customer-key --qualifier clinic")
    for region in (REGION, ELSEWHERE):
        bootstrap(region, qualifier="clinic")
    assert ask()[0] == 0


def test_what_backup_leaves_out_is_opted_in_by_region(ready: AwsServer) -> None:
    ready.answers[*OPT_IN, ELSEWHERE] = {"ResourceTypeOptInPreference": {"RDS": False, "EFS": True}}
    code, report = ask()
    found = one(report, "BackupOptIn")
    assert code == 1
    assert found["message"] == "AWS Backup leaves out RDS and S3 in us-west-2."
    assert found["fix"].splitlines()[1:] == [
        "aws backup update-region-settings --region us-west-2 --resource-type-opt-in-preference RDS=true,S3=true"
    ]


def test_what_else_backup_leaves_out_is_told(ready: AwsServer) -> None:
    ready.answers[OPT_IN] = {"ResourceTypeOptInPreference": {"RDS": True, "S3": True, "EFS": False, "DynamoDB": True}}
    code, report = ask()
    assert code == 0
    assert one(report, "BackupOptIn")["message"].endswith("Opt in before you store PHI in EFS.")


# the management account


def other_account(monkeypatch: pytest.MonkeyPatch, account: str) -> boto3.session.Session:
    """Have a profile named ``management`` be of another account, as moto knows accounts: by an assumed role."""
    given = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/deployer", RoleSessionName="deployer")
    credentials = given["Credentials"]
    elsewhere = boto3.session.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    usual = preflight_run.boto3.Session
    monkeypatch.setattr(
        preflight_run.boto3,
        "Session",
        lambda profile_name=None: elsewhere if profile_name == "management" else usual(),
    )
    return elsewhere


def test_the_management_account_is_asked_with_its_own_profile(
    ready: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = other_account(monkeypatch, MANAGEMENT)
    code, report = ask({"guardrails": GUARDRAILS}, "--management-profile", "management")
    found = one(report, "ManagementBootstrapped")
    assert (code, found["message"]) == (1, "CDK is not bootstrapped in us-east-1.")
    assert f"cdk bootstrap aws://{MANAGEMENT}/us-east-1" in found["fix"]
    bootstrap(REGION, ssm=session.client("ssm", region_name=REGION))
    code, report = ask({"guardrails": GUARDRAILS}, "--management-profile", "management")
    assert (code, one(report, "ManagementBootstrapped")["outcome"]) == (0, "passed")
    assert report["configuration"]["guardrails"] == GUARDRAILS


def test_a_management_account_that_nobody_named_is_unknown(ready: AwsServer) -> None:
    code, report = ask({"guardrails": GUARDRAILS})
    found = one(report, "ManagementBootstrapped")
    assert (code, found["outcome"]) == (1, "unknown")
    assert "--management-profile NAME" in found["fix"]


def test_a_profile_of_another_account_is_unknown(ready: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    other_account(monkeypatch, "555566667777")
    code, report = ask({"guardrails": GUARDRAILS}, "--management-profile", "management")
    assert code == 1
    assert one(report, "ManagementBootstrapped")["message"] == (
        f"The profile for the management account is of the account 555566667777, not of {MANAGEMENT}."
    )


# what cannot be found out


def test_without_permission_each_question_says_what_it_needs(ready: AwsServer) -> None:
    watch(ready)
    given = {"guardrails": GUARDRAILS, "detection": {"macie": "existing"}}
    ready.denied = {
        "access-analyzer", "backup", "cloudformation", "config", "guardduty", "inspector2", "lambda", "macie2",
        "securityhub", "ssm"
    }  # fmt: skip
    code, report = ask(given)
    assert code == 1
    assert set(outcomes(report).values()) == {"unknown"}
    for result in report["results"]:
        if result["id"].endswith("-ManagementBootstrapped"):
            continue
        assert result["message"].startswith("Not permitted: "), result
        assert result["fix"] == f"Allow {', '.join(result['permissions'])} to who runs this."
    # What could not be found out stays as it was.
    assert report["configuration"] == {"account": ACCOUNT, **given}


def test_stacks_that_may_not_be_looked_at_leave_it_open_whose_a_service_is(ready: AwsServer) -> None:
    watch(ready)
    ready.denied = {"cloudformation"}
    _, report = ask()
    found = one(report, "SecurityHubFits")
    assert (found["outcome"], found["message"]) == ("unknown", "Not permitted: ListStackResources.")
    assert "cloudformation:ListStackResources" in found["fix"]
    assert "detection" not in report["configuration"]


def test_a_throttled_question_is_a_sentence(ready: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.errors[LIMITS] = ("TooManyRequestsException", "Rate exceeded")
    code, report = ask()
    found = one(report, "ConcurrencyFits")
    assert (code, found["outcome"]) == (1, "unknown")
    assert found["message"] == "GetAccountSettings answered TooManyRequestsException: Rate exceeded"
    assert found["fix"].startswith("Check by hand.")


def test_nothing_but_reading_is_asked(ready: AwsServer) -> None:
    watch(ready)
    ready.asked.clear()
    ask({"guardrails": GUARDRAILS})
    reading = ("Get", "List", "Describe", "GET ", "POST /standards/get", "POST /status/batch/get")
    assert [asked for asked in ready.asked if not asked[1].startswith(reading)] == []
    assert {"ssm", "lambda", "cloudformation", "backup"} <= {service for service, _ in ready.asked}


# the command


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (None, (), "cdk.json: is not in this folder; name the configuration with --config FILE"),
        ({"cdk.json": {"app": "x", "context": {}}}, (), "cdk.json: has no 'landing-zone' under 'context'"),
        ({"cdk.json": {"context": {"landing-zone": "gone.yaml"}}}, (), "gone.yaml cannot be read"),
        ({"cdk.json": "{"}, (), "cdk.json: The landing zone's configuration file cdk.json cannot be read"),
        (
            {"zone.yaml": "account: 12"},
            ("--config", "zone.yaml"),
            "account: got 12; it takes text: put it between quotes",
        ),
        ({"zone.yaml": "a: ["}, ("--config", "zone.yaml"), "zone.yaml cannot be read"),
        (
            {"zone.yaml": 'account: "111122223333"'},
            ("--config", "zone.yaml"),
            f"AWS: the credentials are of the account {ACCOUNT}, and the configuration is for 111122223333",
        ),
        (
            {"zone.yaml": f'account: "{ACCOUNT}"'},
            ("--config", "zone.yaml", "--management-profile", "x"),
            "--management-profile: is of no use: the configuration has no guardrails",
        ),
        (None, ("--region", REGION), "--region: is not taken with --before-deployment"),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_a_sentence(
    ready: AwsServer,
    capsys: pytest.CaptureFixture[str],
    content: dict[str, Any] | None,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    for name, text in (content or {}).items():
        Path(name).write_text(text if isinstance(text, str) else json.dumps(text))
    with pytest.raises(SystemExit) as end:
        main(["preflight", "--before-deployment", *arguments])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(("option", "value"), [("--config", "zone.json"), ("--management-profile", "x")])
def test_options_of_this_question_alone_are_refused_otherwise(
    ready: AwsServer, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["preflight", option, value])
    assert end.value.code == 2
    assert f"{option}: is taken with --before-deployment alone" in capsys.readouterr().err


# -- costs -----------------------------------------------------------------------------------------------------


def monitors(*dimensions: str | None) -> dict[str, Any]:
    """Answer with monitors of these dimensions; those that customers put together have none."""
    found = [
        {"MonitorName": "m", "MonitorType": "DIMENSIONAL" if one else "CUSTOM", "MonitorArn": f"{MONITOR}{number}"}
        | ({"MonitorDimension": one} if one else {})
        for number, one in enumerate(dimensions)
    ]
    return {"AnomalyMonitors": found}


@pytest.mark.parametrize(
    ("there", "given", "outcome", "said", "fits"),
    [
        ((), {}, "passed", "The monitor of services is made", None),
        ((None, "LINKED_ACCOUNT"), {}, "passed", "is made", None),
        ((None, "SERVICE"), {}, "failed", "a second one fails deployment", f"{MONITOR}1"),
        (("SERVICE",), {"services_monitor": f"{MONITOR}0"}, "passed", "stays as it is", f"{MONITOR}0"),
        ((), {"services_monitor": MONITOR}, "failed", "is no monitor of this account", None),
    ],
)
def test_the_monitor_of_costs_that_there_is_is_found(
    ready: AwsServer, there: tuple[str | None, ...], given: dict[str, Any], outcome: str, said: str, fits: str | None
) -> None:
    ready.answers[MONITORS] = monitors(*there)
    _, report = ask({"costs": {"monthly_limit": 3000.0, **given}})
    told = one(report, "CostMonitorFits")
    assert (told["outcome"], said in told["message"]) == (outcome, True), told
    expected = {"monthly_limit": 3000.0, **({"services_monitor": fits} if fits else {})}
    assert report["configuration"]["costs"] == expected


def test_the_landing_zones_own_monitor_of_costs_stays_its_own(ready: AwsServer) -> None:
    ready.answers[MONITORS] = monitors("SERVICE")
    own(ready, ("AWS::CE::AnomalyMonitor", f"{MONITOR}0"))
    _, report = ask({"costs": {}})
    assert one(report, "CostMonitorFits")["message"] == "The monitor of services is the landing zone's own."


def test_costs_that_nobody_watches_yet_are_no_question(ready: AwsServer) -> None:
    _, report = ask()
    assert "HIPAA.Preflight-CostMonitorFits" not in {result["id"] for result in report["results"]}
    assert MONITORS not in ready.asked


def test_cost_explorer_has_to_be_on_first(ready: AwsServer) -> None:
    ready.errors[MONITORS] = ("AccessDeniedException", "User not enabled for cost explorer access")
    told = one(ask({"costs": {}})[1], "CostMonitorFits")
    assert told["outcome"] == "failed"
    assert "Open Cost Explorer once" in told["fix"]
    ready.errors[MONITORS] = ("AccessDeniedException", "not authorized to perform: ce:GetAnomalyMonitors")
    assert one(ask({"costs": {}})[1], "CostMonitorFits")["outcome"] == "unknown"


@pytest.mark.parametrize("nested", [False, True], ids=["mapping", "file"])
def test_cdk_json_of_the_folder_is_read(ready: AwsServer, capsys: pytest.CaptureFixture[str], nested: bool) -> None:
    zone: Any = {"account": ACCOUNT, "name": "North"}
    if nested:
        Path("zone.yaml").write_text(f'account: "{ACCOUNT}"\nname: North\n')
        zone = "zone.yaml"
    Path("cdk.json").write_text(json.dumps({"app": "python app.py", "context": {"landing-zone": zone}}))
    with pytest.raises(SystemExit) as end:
        main(["preflight", "--before-deployment"])
    assert end.value.code == 0
    assert '"name": "North"' in capsys.readouterr().out


def test_text_ends_in_a_configuration_that_can_be_pasted(ready: AwsServer, capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("securityhub").enable_security_hub()
    ready.answers[LIMITS] = limits(10)
    Path("zone.yaml").write_text(f'account: "{ACCOUNT}"')
    with pytest.raises(SystemExit) as end:
        main(["preflight", "--before-deployment", "--config", "zone.yaml"])
    assert end.value.code == 1
    text = capsys.readouterr().out
    assert text.startswith(f"Account {ACCOUNT} in us-east-1, us-west-2\n")
    assert "FAILED: Lambda has executions to reserve for the functions that serve\ndeployments (error)" in text
    start, stop = text.index("{"), text.rindex("}") + 1
    assert parse_config(json.loads(text[start:stop]), source="text").detection.exists("security_hub")
    assert text.splitlines()[-1] == "7 passed, 2 failed, 0 unknown"
    long = [line for line in text.splitlines() if len(line) > 80]
    assert all(line.lstrip().startswith("aws service-quotas") for line in long)


def test_json_keeps_to_its_schema_and_evidence_reads_it(ready: AwsServer, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    _, report = ask({"guardrails": GUARDRAILS}, "--output", str(file))
    assert json.loads(file.read_text()) == report
    schema = json.loads((ROOT / "docs" / "schema" / "preflight.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)
    assert {result.id for result in read_file(file).evidence()} == {result["id"] for result in report["results"]}


def test_questions_are_public_and_name_what_they_need(ready: AwsServer) -> None:
    given = {"account": ACCOUNT, "guardrails": GUARDRAILS, "costs": {}}
    plan = plan_of(parse_config(given, source="test"), "hnb659fds")
    questions = [*existing.checks(plan), *costs.checks(plan), *environment.checks(plan, None)]
    assert {check.name for check in questions} | {check.name for check in CHECKS} == set(read("preflight.json"))
    for check in questions:
        for permission in check.permissions:
            assert permission.partition(":")[2].startswith(("BatchGet", "Get", "List", "Describe")), permission


def test_a_fit_that_would_be_refused_is_not_printed() -> None:
    config = parse_config({"account": ACCOUNT}, source="test")
    with pytest.raises(ValueError, match=r"detection\.detector_id"):
        fitted(config, {"detection.detector_id": "0" * 32})


def test_nothing_is_asked_of_an_account_that_the_configuration_is_not_for(ready: AwsServer) -> None:
    plan = plan_of(parse_config({"account": "111122223333"}, source="test"), "hnb659fds")
    account = preflight_run.connect(profile=None, regions=plan.regions)
    ready.asked.clear()
    with pytest.raises(UnusableInput, match="111122223333"):
        preflight_run.run_before(account, plan, None)
    assert ready.asked == []
