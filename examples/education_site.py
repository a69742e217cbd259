"""Pages for patients to read, by CloudFront: no record of any patient is in them."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_shield as shield

from hipaa_constructs import BackupPlan, DdosProtection, Distribution, EncryptedBucket, enforce_hipaa

app = cdk.App()
stack = cdk.Stack(app, "EducationSite", env=cdk.Environment(account="111122223333", region="us-east-1"))
pages = EncryptedBucket(stack, "Pages", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
site = Distribution(
    stack,
    "Site",
    bucket=pages,
    domain_names=["learn.clinic.example"],
    certificate=acm.Certificate.from_certificate_arn(
        stack,
        "Certificate",
        "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
    ),
)
# For accounts that are subscribed to Shield Advanced.
DdosProtection(
    stack,
    "Shield",
    resource_arns={"Site": site.distribution.distribution_arn},
    emergency_contacts=[
        shield.CfnProactiveEngagement.EmergencyContactProperty(
            email_address="oncall@clinic.example", phone_number="+15555550100"
        )
    ],
)
enforce_hipaa(app)
app.synth()
