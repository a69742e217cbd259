"""The account that the trail records is watched by AWS's detection services.

Looked at is the trail, since the app that records an account is the one that watches over it. Compliant: AWS Config
records in the account, Security Hub judges it, Access Analyzer and Macie look for what is shared and where PHI lies, as
AWS's own standard asks for (controls Config.1, IAM.28 and Macie.1:
docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html). Non-compliant: one of them is not part of the app.
Not applicable: all trails of an account but the first. ThreatDetectionInEveryRegion judges GuardDuty.
"""

from __future__ import annotations

from hipaa_constructs.compliance.reading.regions import of_account
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed
from hipaa_constructs.compliance.template import UNKNOWN, Resource

_SERVICES = {
    "AWS::Config::ConfigurationRecorder": "AWS Config (ContinuousCompliance)",
    "AWS::SecurityHub::Hub": "Security Hub (SecurityPosture)",
    "AWS::AccessAnalyzer::Analyzer": "Access Analyzer (AccessReview)",
    "AWS::Macie::Session": "Macie (DataDiscovery)",
}


def _watches(service: Resource) -> bool:
    # An analyzer of unused access, or of access within, does not see who comes from outside.
    return service.type != "AWS::AccessAnalyzer::Analyzer" or service.get("Type") in (
        UNKNOWN,
        "ACCOUNT",
        "ORGANIZATION",
    )


def check(resource: Resource) -> Verdict:
    if of_account(resource, resource.type)[0] is not resource:
        return NOT_APPLICABLE
    missing = [name for kind, name in _SERVICES.items() if not any(map(_watches, of_account(resource, kind)))]
    return failed(f"The app turns on no {', no '.join(missing)} in the trail's account.") if missing else PASSED


RULE = Rule(
    name="AccountWatched",
    title="The account that the trail records is watched by AWS's detection services",
    severity="warning",
    resource_types=("AWS::CloudTrail::Trail",),
    fix="Add the constructs named; acknowledge it where an organization's administrator enables the services.",
    check=check,
)
