"""Where Firewall Manager has the web ACLs of an organization log."""

from __future__ import annotations

from hipaa_constructs.storage.delivered_logs import DeliveredLogs


class FirewallLogs(DeliveredLogs):
    """The bucket of web ACLs' logs, in the account that is Firewall Manager's administrator, as AWS asks for.

    Each policy has a folder of its own. Firewall Manager adds permissions of its own to the bucket's policy whenever a
    policy of it changes, so that this must not be left to who deploys:
    docs.aws.amazon.com/waf/latest/developerguide/waf-policies-logging-destinations.html.
    """

    def _files(self) -> str:
        return f"{self._bucket.bucket_arn}/*/AWSLogs/*"
