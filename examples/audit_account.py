"""An account that watches itself: the audit trail, alarms on it and on costs, AWS Config, and detection."""

import aws_cdk as cdk

from hipaa_constructs import (
    AccessReview,
    AccountBaseline,
    ActivityAlarms,
    AlertTopic,
    AuditTrail,
    BackupPlan,
    ContinuousCompliance,
    CostAlarms,
    DataDiscovery,
    SecurityPosture,
    ThreatDetection,
    enforce_hipaa,
)

app = cdk.App()
stack = cdk.Stack(app, "Audit")
alerts = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
backups = BackupPlan.daily_7_year(stack, "Backups")
trail = AuditTrail(stack, "Trail", backup_plan=backups)
ActivityAlarms(stack, "Alarms", log_group=trail.log_group, topic=alerts)
CostAlarms(stack, "Costs", topic=alerts, monthly_limit=2000)
ThreatDetection(stack, "Threats", topic=alerts, backup_plan=backups)
SecurityPosture(stack, "Posture", topic=alerts)
AccessReview(stack, "Access", topic=alerts)
baseline = AccountBaseline(stack, "Baseline")
ContinuousCompliance(stack, "Compliance", baseline=baseline, topic=alerts, backup_plan=backups, trail=trail)
DataDiscovery(
    stack,
    "Data",
    topic=alerts,
    baseline=baseline,
    backup_plan=backups,
    custom_identifiers={"MedicalRecordNumber": r"MRN-[0-9]{8}"},
)
enforce_hipaa(app)
app.synth()
