"""The account that the trail records is watched by AWS's detection services.

The rule inspects the trail, since the app that records an account also watches over it. Compliant: the app turns on AWS
Config, Security Hub, Access Analyzer and Macie in the account, as AWS's own standard asks for (controls Config.1,
IAM.28 and Macie.1: docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html); or an event rule of the app
waits for the findings of a service that it does not turn on, which AwaitedServiceEnabled judges. Non-compliant: one of
them is missing. What the trail's Region lacks, such as Macie, is not asked for. Not applicable: all trails of an
account but the first. ThreatDetectionInEveryRegion judges GuardDuty.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.facts.events import awaited
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

_SERVICES = {
    "AWS::Config::ConfigurationRecorder": "AWS Config (ContinuousCompliance)",
    "AWS::SecurityHub::Hub": "Security Hub (SecurityPosture)",
    "AWS::AccessAnalyzer::Analyzer": "Access Analyzer (AccessReview)",
    "AWS::Macie::Session": "Macie (DataDiscovery)",
}


def watches(service: Resource) -> bool:
    """Whether it looks at the account: any does, but for analyzers that see something else."""
    if service.type != "AWS::AccessAnalyzer::Analyzer":
        return True
    # An analyzer of unused access, or of access within, does not see who comes from outside.
    return is_one_of(service.get("Type"), "ACCOUNT", "ORGANIZATION") is not Ternary.NO


def check(resource: Resource) -> Verdict:
    if of_account(resource, resource.type)[0] is not resource:
        return NOT_APPLICABLE
    there = [kind for kind in _SERVICES if not is_absent(kind, resource.template.region)]
    heard = {kind for rule in of_account(resource, "AWS::Events::Rule") for kind in awaited(rule)}
    missing = [
        _SERVICES[kind] for kind in there if kind not in heard and not any(map(watches, of_account(resource, kind)))
    ]
    return failed(f"The app turns on no {', no '.join(missing)} in the trail's account.") if missing else PASSED


RULE = Rule(
    name="AccountWatched",
    severity="warning",
    resource_types=("AWS::CloudTrail::Trail",),
    controls=("164.308(a)(1)(ii)(A)", "164.308(a)(1)(ii)(D)", "164.308(a)(8)"),
    fix="Turn on the detection services that the finding names; acknowledge it where an organization's "
    "administrator does.",
    fixes=(
        Fix(
            beside=f"The account has {', '.join(_SERVICES)}, of analyzers one with Type: ACCOUNT; acknowledge the "
            "finding where an organization's administrator turns them on.",
            constructs=("AccessReview", "ContinuousCompliance", "DataDiscovery", "SecurityPosture"),
        ),
    ),
    needs="app",
    check=check,
)
