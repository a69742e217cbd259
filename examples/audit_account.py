"""An account that watches itself: the audit trail, alarms on it, and AWS's detection services."""

import aws_cdk as cdk

from hipaa_constructs import (
    AccessReview,
    ActivityAlarms,
    AlertTopic,
    AuditTrail,
    BackupPlan,
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
ThreatDetection(stack, "Threats", topic=alerts, backup_plan=backups)
SecurityPosture(stack, "Posture", topic=alerts)
AccessReview(stack, "Access", topic=alerts)
DataDiscovery(stack, "Data", topic=alerts, custom_identifiers={"MedicalRecordNumber": r"MRN-[0-9]{8}"})
enforce_hipaa(app)
app.synth()
