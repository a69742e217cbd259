"""What only a template's owner knows, as parameters without a default: CloudFormation asks at the next deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_PARAMETERS = 200
_CERTIFICATE = r":\d{12}:certificate/[\w-]+"


@dataclass(frozen=True, slots=True)
class Question:
    """A parameter that asks.

    ``name`` is what it is called, ``kind`` its type, ``pattern`` what each value has to match as a whole, and ``says``
    its description. Of a template's own parameters one of the type, without default and with a name that ``own``
    matches, is it.
    """

    name: str
    kind: str
    says: str
    pattern: str = ""
    own: str = ""

    def declared(self) -> dict[str, str]:
        """Return the parameter as a template declares it."""
        pattern = {"AllowedPattern": self.pattern} if self.pattern else {}
        return {"Type": self.kind, "Description": self.says, **pattern}

    def is_asked_by(self, name: str, parameter: Any) -> bool:
        """Whether a parameter of a template asks the same: an earlier run wrote it, or it plainly is it."""
        if not isinstance(parameter, Mapping) or "Default" in parameter or parameter.get("Type") != self.kind:
            return False
        if re.fullmatch(rf"{re.escape(self.name)}\d*", name) and dict(parameter) == self.declared():
            return True
        return not self.pattern and bool(self.own) and re.fullmatch(self.own, name) is not None


# The shapes of ARNs: docs.aws.amazon.com/service-authorization/latest/reference/
# reference_policies_actions-resources-contextkeys.html. CloudFormation takes a value only if the whole pattern matches:
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html.
QUESTIONS: Mapping[str, Question] = {
    # The widest that the rule takes for one's own also at the ports of databases.
    "allowed-range": Question(
        "AllowedRange",
        "String",
        "Addresses that connect, such as 198.51.100.0/24",
        r"(\d{1,3}\.){3}\d{1,3}/(22|23|24|25|26|27|28|29|30|31|32)",
    ),
    "backup-plan": Question("BackupPlanId", "String", "Id of the backup plan of this data", r"[\w-]+"),
    "backup-role": Question(
        "BackupRoleArn",
        "String",
        "ARN of the role by which AWS Backup reads",
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
    ),
    "certificate": Question(
        "CertificateArn",
        "String",
        "ARN of the certificate that listeners present",
        rf"arn:aws[a-z-]*:acm:[a-z0-9-]+{_CERTIFICATE}",
    ),
    "copy-vault": Question(
        "CopyVaultArn",
        "String",
        "ARN of a backup vault in another Region",
        r"arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w-]+",
    ),
    # Stars stand only in the keys of objects and for the indexes of a table, not for all that there is of a kind.
    "data-resources": Question(
        "DataResources",
        "CommaDelimitedList",
        "ARNs of what the role reads, writes and starts",
        r"arn:aws[a-z-]*:(s3:::[^*?/]+(/.*)?|[a-z0-9-]+:[a-z0-9-]*:\d*:[^*?]+(/index/\*)?)",
    ),
    "edge-certificate": Question(
        "EdgeCertificateArn",
        "String",
        "ARN of the certificate in us-east-1 that CloudFront presents",
        rf"arn:aws:acm:us-east-1{_CERTIFICATE}",
    ),
    # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudfront-distribution-logging.html
    "edge-logs": Question(
        "EdgeLogs",
        "String",
        "Domain name of the bucket for the logs of CloudFront, such as NAME.s3.amazonaws.com",
        r"[a-z0-9.-]{3,63}\.s3\.([a-z0-9-]+\.)?amazonaws\.com",
    ),
    "edge-web-acl": Question(
        "EdgeWebAclArn",
        "String",
        "ARN of the web ACL of scope CLOUDFRONT",
        r"arn:aws:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[0-9a-f-]+",
    ),
    "images": Question(
        "Image",
        "String",
        "Image by its digest, such as REPOSITORY@sha256:DIGEST",
        r"[\w./:-]+@sha256:[0-9a-f]{64}",
    ),
    "private-subnets": Question(
        "PrivateSubnets",
        "List<AWS::EC2::Subnet::Id>",
        "Subnets without a route in from the Internet",
        own=r"Private_?Subnet_?(Id)?s(List)?|Private_?Subnet_?(Id)?List",
    ),
    "security-groups": Question(
        "SecurityGroups",
        "List<AWS::EC2::SecurityGroup::Id>",
        "Security groups of what joins the private subnets",
        own=r"(Lambda|Function)s?_?Security_?Group_?(Id)?s",
    ),
}
