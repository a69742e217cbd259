"""Which of the properties and resources that CloudFormation knows protect something, told by their names alone.

The words are those in which AWS names protections. They are not derived from any rule, and a property counts whether
or not a rule looks at it.
"""

from __future__ import annotations

import re

# A property whose removal takes a protection away, and those among such names that only label one.
PROTECTIVE_PROPERTY = re.compile(
    r"Encrypt|Kms|KMS|SSE|Secur|PublicAccess|Tls|TLS|Ssl|SSL|ssl|Lock|Versioning|Logging|Logs|log_|\.log$|audit|Audit"
    r"|Retention|Backup(?!Plan$)|Replica|Policy|Policies|Protect|Permission|Notification|AlarmActions|Insight|Monitor"
    r"|VpcConfig|DeadLetter|Redrive|Validation|Ownership|Selectors|Features|Boundary|Rotation|Authentic|Authoriz"
    r"|Credential|CopyActions|Resources$|Lifecycle|SnsTopic"
)
LABEL = re.compile(r"(Name|Prefix|Description|Tags|Path|Format|Identifier|Type|Events|Mode|Username)$")
# A resource that is there to protect, record or watch others.
PROTECTIVE_RESOURCE = re.compile(
    r"Policy$|::FlowLog$|::Alarm$|::MetricFilter$|QueryLogging|^AWS::Backup::|^AWS::GuardDuty::|^AWS::SecurityHub::"
    r"|^AWS::Macie::|^AWS::AccessAnalyzer::|^AWS::CloudTrail::|NetworkAcl|::VPCEndpoint$|^AWS::Events::Rule$"
    r"|^AWS::Config::|^AWS::WAFv2::|^AWS::Inspector|RestrictDefaultSG|::SecurityGroup|^AWS::SecretsManager::Rotation"
    r"|ParameterGroup$|OptionGroup$|::Subscription$|::Dashboard$"
)
# A boolean that is dangerous when true; every other one protects, if anything, when true.
DANGEROUS_WHEN_TRUE = re.compile(r"Public|Delete(?!Marker)|Disable|Skip|Bypass|Plain|Unencrypted|Anonymous")
# A number that protects less the smaller it is, or the larger. A maximum protects nothing.
LESS_WHEN_SMALLER = re.compile(r"(?<!Max)Retention|DeleteAfter|Expiration|NoncurrentDays|^Days$|^Years$|PendingWindow")
LESS_WHEN_LARGER = re.compile(r"Rotation.*Days|Session.*Duration|Threshold|EvaluationPeriods")
# How a schema's enumerations call a thing that is on or off.
ON = re.compile(r"^(enabled?|on|active|all|yes|required?|compliance|governance|bucketownerenforced|aws:kms.*)$", re.I)
OFF = re.compile(
    r"^(disabled?|off|inactive|suspended|paused|stopped|none|no|optional|accept|readonly|objectwriter|aes256)$", re.I
)
