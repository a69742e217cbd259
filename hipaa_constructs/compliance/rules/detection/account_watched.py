"""The account that the trail records is watched by AWS's detection services.

Looked at is the trail, since the app that records an account is the one that watches over it. Compliant: AWS Config
records in the account, Security Hub judges it, Access Analyzer and Macie look for what is shared and where PHI lies, as
AWS's own standard asks for (controls Config.1, IAM.28 and Macie.1:
docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html). Non-compliant: one of them is not part of the app.
Not applicable: nothing. ThreatDetectionInEveryRegion judges GuardDuty.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed

_SERVICES = {
    "AWS::Config::ConfigurationRecorder": "AWS Config (ContinuousCompliance)",
    "AWS::SecurityHub::Hub": "Security Hub (SecurityPosture)",
    "AWS::AccessAnalyzer::Analyzer": "Access Analyzer (AccessReview)",
    "AWS::Macie::Session": "Macie (DataDiscovery)",
}


def _watches(service: Resource) -> bool:
    # An analyzer of unused access, or of access within, does not see who comes from outside.
    analyzes = is_one_of(service.get("Type"), "ACCOUNT", "ORGANIZATION")
    return service.type != "AWS::AccessAnalyzer::Analyzer" or analyzes is not Ternary.NO


def check(resource: Resource) -> Verdict:
    missing = [name for kind, name in _SERVICES.items() if not any(map(_watches, of_account(resource, kind)))]
    return failed(f"The app turns on no {', no '.join(missing)} in the trail's account.") if missing else PASSED


RULE = Rule(
    name="AccountWatched",
    severity="warning",
    resource_types=("AWS::CloudTrail::Trail",),
    controls=("164.308(a)(1)(ii)(A)", "164.308(a)(1)(ii)(D)", "164.308(a)(8)"),
    fix="Add the constructs named; acknowledge it where an organization's administrator enables the services.",
    check=check,
)
