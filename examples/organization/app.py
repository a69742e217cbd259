"""An organization: a log archive, a landing zone for each workload's account, and what the management account decides.

``organization.yaml`` beside it says which account is what, and what nobody may do; ``cdk synth -c only=staging`` builds
one environment's. Who may do what, and elevation after approval share one stack for brevity: Identity Center is best
run from a delegated administrator's account, and Firewall Manager from its own.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from hipaa_constructs import (
    AlertTopic,
    FirewallManagerPolicies,
    JustInTimeAccess,
    LeastPrivilegeRole,
    WorkforcePermissionSets,
    WorkforceSource,
    enforce_hipaa,
)
from hipaa_constructs.landing_zone import build, read_organization

CONFIG = read_organization(Path(__file__).with_name("organization.yaml"))
ORGANIZATION = CONFIG.organization
WORKLOADS = [workload.account for workload in ORGANIZATION.workloads]
IDENTITY_CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"


def of_clinic(service: str, *names: str) -> list[str]:
    return [f"arn:aws:{service}:us-east-1:{account}:{name}" for account in WORKLOADS for name in names]


app = cdk.App()
build(app, CONFIG)

stack = cdk.Stack(
    app,
    "Organization",
    env=cdk.Environment(account=ORGANIZATION.accounts.management, region=ORGANIZATION.home_region),
)
alerts = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])

FirewallManagerPolicies(
    stack,
    "Firewalls",
    log_destination_arn="arn:aws:s3:::aws-waf-logs-clinic-222222222222",
    allowed_rules=ec2.SecurityGroup.from_security_group_id(stack, "MostThatIsAllowed", "sg-0123456789abcdef0"),
    organizational_unit_ids=["ou-ab12-11111111"],
)

WorkforcePermissionSets(
    stack,
    "Workforce",
    instance_arn=IDENTITY_CENTER,
    account_ids=WORKLOADS,
    developers="11111111-2222-3333-4444-555555555555",
    auditors="66666666-7777-8888-9999-000000000000",
)

# Two groups of people, told apart by the accounts that their users are in.
on_call = LeastPrivilegeRole(stack, "OnCall", assumed_by=WorkforceSource.from_accounts(["555555555555"]).principal())
lead = LeastPrivilegeRole(stack, "Lead", assumed_by=WorkforceSource.from_accounts(["666666666666"]).principal())
JustInTimeAccess(
    stack,
    "Repair",
    instance_arn=IDENTITY_CENTER,
    account_ids=WORKLOADS,
    statements=[
        iam.PolicyStatement(actions=["rds:RebootDBInstance"], resources=of_clinic("rds", "db:clinic")),
        # The database, the one that is restored beside it, and the groups that this one gets.
        iam.PolicyStatement(
            actions=["rds:RestoreDBInstanceToPointInTime"],
            resources=of_clinic(
                "rds", "db:clinic", "db:clinic-restored", "og:default:*", "pg:clinic*", "subgrp:clinic*"
            ),
        ),
        # RDS uses the key of the restored database in the name of whoever restores it.
        iam.PolicyStatement(
            actions=["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            resources=of_clinic("kms", "key/*"),
            conditions={"StringEquals": {"kms:ViaService": "rds.us-east-1.amazonaws.com"}},
        ),
    ],
    requesters=[on_call],
    approvers=[lead],
    alert_topic=alerts,
)

enforce_hipaa(app)
app.synth()
