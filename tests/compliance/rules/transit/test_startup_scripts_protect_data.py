from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


def _judged(script: str) -> str:
    return judged("startup_scripts_protect_data", one("AWS::EC2::Instance", UserData={"Fn::Base64": script}))


@pytest.mark.parametrize(
    "line",
    [
        "java -jar app.jar --url 'jdbc:mysql://db/records?useSSL=false'",
        "url=jdbc:mysql://db/records?sslMode=DISABLED",
        "url='jdbc:sqlserver://db;encrypt=false'",
        "psql 'host=db sslmode=disable'",
        "export PGSSLMODE=disable",
        "mysql -h db --ssl-mode=DISABLED -e 'select 1'",
        "mysqldump -h db --skip-ssl records",
        "MONGO=mongodb://db:27017/records?tls=false",
        "echo 'require_secure_transport = OFF' >> /etc/my.cnf",
        "mount -t nfs4 -o nfsvers=4.1,hard fs-1234.efs.us-east-1.amazonaws.com:/ /records",
        "sudo mount -t efs fs-1234:/ /records",
        'echo "fs-1234:/ /records efs _netdev 0 0" >> /etc/fstab',
        'echo "nas.clinic:/scans /scans nfs defaults 0 0" >> /etc/fstab',
        "mount \\\n  -t nfs nas.clinic:/scans /scans",
        "aws s3 cp scan.dcm s3://scans --acl public-read",
        "aws s3 sync . s3://scans --acl=public-read-write",
        "curl -fsSL http://get.example.com/install | sudo bash",
        "wget -qO- http://get.example.com/install | sh",
        "export NODE_TLS_REJECT_UNAUTHORIZED=0",
        "aws s3 cp s3://scans/a . --no-verify-ssl",
        "curl -sk https://registry.clinic/app.tgz -o app.tgz",
        "wget https://registry.clinic/app.tgz --no-check-certificate",
    ],
)
def test_what_a_script_must_not_do(line: str) -> None:
    assert _judged(f"#!/bin/bash\n{line}\nserve") == "failed"
    assert _judged(f"#!/bin/bash\n# {line.splitlines()[0]}") == "passed"


@pytest.mark.parametrize(
    "line",
    [
        "psql 'host=db sslmode=verify-full'",
        "java -jar app.jar --url 'jdbc:mysql://db/records?useSSL=true&sslMode=VERIFY_IDENTITY'",
        "mount -t efs -o tls,iam fs-1234:/ /records",
        "mount -t nfs4 -o port=20049 127.0.0.1:/ /records",
        'echo "fs-1234:/ /records efs _netdev,tls 0 0" >> /etc/fstab',
        'echo "fs-1234:/ /records efs tls,_netdev 0 0" >> /etc/fstab && mount -a -t efs',
        'echo "/dev/xvdf /data xfs defaults 0 0" >> /etc/fstab',
        "mount -t xfs /dev/xvdf /data",
        "curl -s http://169.254.169.254/latest/meta-data/instance-id",
        "curl -k https://localhost:8443/health",
        "curl -s http://localhost:8080/setup | sh",
        "echo deb http://archive.ubuntu.com/ubuntu jammy main > /etc/apt/sources.list",
        "wget http://archive.example.com/key.asc",
        "curl -fsSL https://get.example.com/install | bash",
        "aws s3 cp scan.dcm s3://scans --acl bucket-owner-full-control",
        "yum install -y nfs-utils amazon-efs-utils",
    ],
)
def test_what_a_script_may_do(line: str) -> None:
    assert _judged(f"#!/bin/bash\n{line}\nserve") == "passed"


def test_a_finding_names_the_line_and_does_not_repeat_it() -> None:
    script = "#!/bin/sh\nmysql -phunter2 --skip-ssl\n"
    found = verdict("startup_scripts_protect_data", one("AWS::EC2::Instance", UserData={"Fn::Base64": script}))
    assert found is not None
    assert found.message == "UserData turns TLS off in line 2."


def _with_init(config: Any) -> dict[str, Any]:
    return {
        "Subject": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Metadata": {"AWS::CloudFormation::Init": config}}
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_with_init({"config": {"commands": {"a": {"command": "mount -t nfs nas:/a /a"}}}}), "failed"),
        (_with_init({"config": {"commands": {"a": {"command": ["mount", "-t", "nfs", "nas:/a", "/a"]}}}}), "failed"),
        (
            _with_init({"config": {"files": {"/etc/app": {"content": {"Fn::Sub": "url=${Given}?useSSL=false"}}}}}),
            "failed",
        ),
        (_with_init({"config": {"commands": {"a": {"command": "serve"}}}}), "passed"),
        (one("AWS::AutoScaling::AutoScalingGroup"), "not_applicable"),
        (one("AWS::EC2::Instance"), "not_applicable"),
        (one("AWS::EC2::Instance", UserData=GIVEN), "passed"),
        (
            one(
                "AWS::EC2::Instance", UserData={"Fn::If": ["Live", "psql sslmode=verify-full", "psql sslmode=disable"]}
            ),
            "failed",
        ),
        (one("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "mount -t nfs ${Given}:/a /a"}}), "failed"),
        (one("AWS::EC2::Instance", UserData=base64.b64encode(b"psql sslmode=disable\n").decode()), "failed"),
        (one("AWS::EC2::LaunchTemplate", LaunchTemplateData={"UserData": "psql sslmode=disable"}), "failed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("startup_scripts_protect_data", resources) == expected


def test_a_command_is_named_by_its_place() -> None:
    commands = {"01_mount": {"command": "mount -t nfs4 files.example:/ /data"}}
    machine = one("AWS::EC2::Instance")
    machine["Subject"]["Metadata"] = {"AWS::CloudFormation::Init": {"config": {"commands": commands}}}
    found = verdict("startup_scripts_protect_data", machine)
    assert found is not None
    assert found.message.startswith("AWS::CloudFormation::Init.config.commands.01_mount.command mounts nfs4")


@pytest.mark.parametrize(
    "script",
    [
        # Prose, for people.
        "echo 'the website alone may have --acl public-read' >> /opt/site/README.md",
        "echo 'do not: psql sslmode=disable' > README",
        'printf "mount -t nfs is not what we do\\n" >&2',
        "echo 'useSSL=false is refused here'",
        "cat > /etc/motd <<'EOF'\nnever curl -k https://registry.clinic\nEOF",
        "cat <<EOF\nredis://cache.clinic is the old address\nEOF",
        "echo 'no sslmode=disable' | tee -a /opt/NOTES.txt.md > /dev/null",
        # Of commands, a file of settings runs none.
        "echo 'comment=was: mount -t nfs nas.clinic:/scans' >> app.properties",
        "cat <<'EOF' > site.ini\nhint=aws s3 cp a s3://b --acl public-read\nEOF",
    ],
)
def test_what_a_script_only_says(script: str) -> None:
    assert _judged(f"#!/bin/bash\n{script}\nserve") == "passed"


@pytest.mark.parametrize(
    "script",
    [
        "echo 'useSSL=false' >> app.properties",
        "printf 'url=jdbc:mysql://db/records?useSSL=false\\n' > \"/opt/app/app.conf\"",
        "echo 'nas.clinic:/scans /scans nfs defaults 0 0' | sudo tee -a /etc/fstab > /dev/null",
        "cat > .env <<EOF\nNODE_TLS_REJECT_UNAUTHORIZED=0\nEOF",
        "sudo tee /etc/my.cnf <<'EOF'\nrequire_secure_transport = OFF\nEOF",
        "{\n  echo 'useSSL=false'\n} >> app.properties",
        # What runs it later, and what runs at once.
        "echo 'mount -t nfs nas.clinic:/scans /scans' >> /etc/rc.local",
        "echo '* * * * * curl -k https://registry.clinic/ping' | crontab -",
        "cat <<'EOF' > /usr/local/bin/sync\naws s3 cp a s3://b --acl public-read\nEOF",
        "bash <<EOF\naws s3 cp a s3://b --acl public-read\nEOF",
        "echo 'aws s3 cp a s3://b --acl public-read' | bash",
        'echo "$(aws s3 cp a s3://b --acl public-read)"',
        "echo uploading; aws s3 cp a s3://b --acl public-read",
        "echo done > README && aws s3 cp a s3://b --acl public-read",
        "cat <<EOF\nhello\nEOF\naws s3 cp a s3://b --acl public-read",
    ],
)
def test_what_a_script_writes_or_runs(script: str) -> None:
    assert _judged(f"#!/bin/bash\n{script}\nserve") == "failed"


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("/opt/README.md", "never --acl public-read, nor sslmode=disable", "passed"),
        ("/opt/app.properties", "comment=aws s3 cp a s3://b --acl public-read", "passed"),
        ("/opt/app.properties", "url=jdbc:mysql://db/records?useSSL=false", "failed"),
        ("/opt/sync.sh", "aws s3 cp a s3://b --acl public-read", "failed"),
    ],
)
def test_files_of_cfn_init(file: str, content: str, expected: str) -> None:
    resources = _with_init({"config": {"files": {file: {"content": content}}}})
    assert judged("startup_scripts_protect_data", resources) == expected
