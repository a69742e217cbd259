"""What rules about databases share."""

from __future__ import annotations

import pytest

from tests.compliance.rules.support import judged, one


@pytest.mark.parametrize("member", [{"DBClusterIdentifier": "records"}, {"Engine": "aurora-postgresql"}])
@pytest.mark.parametrize(
    "rule",
    [
        "database_activity_logged",
        "database_backups_kept",
        "database_encrypted",
        "database_iam_authenticated",
        "database_logs_exported",
        "database_tls_required",
        "deletion_protected",
        "multi_az",
        "retained_on_delete",
        "store_backed_up",
    ],
)
def test_a_member_of_a_cluster_is_judged_as_the_cluster(rule: str, member: dict[str, str]) -> None:
    assert judged(rule, one("AWS::RDS::DBInstance", **member)) == "not_applicable"
    assert judged(rule, one("AWS::RDS::DBInstance", Engine="postgres", BackupRetentionPeriod=7)) != "not_applicable"
