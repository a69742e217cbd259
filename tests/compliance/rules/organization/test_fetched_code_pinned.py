from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "fetched_code_pinned"
RAW = "https://raw.githubusercontent.com/clinic/tools"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _judged(script: Any) -> str:
    return judged(RULE, one("AWS::EC2::Instance", UserData={"Fn::Base64": script}))


@pytest.mark.parametrize(
    "line",
    [
        "curl -fsSL https://get.example.com/install | sudo -E bash -",
        "curl get.example.com | sh",
        "curl -sS https://get.example.com/installer | php",
        "curl -sS https://get.example.com/installer | sudo php8.2 -- --install-dir=/usr/local/bin",
        "curl -sL https://rpm.nodesource.com/setup_14.x | bash -",
        "wget -qO- https://get.example.com/install | tee /tmp/install | sh",
        "curl https://get.example.com/get-tool.py | python3",
        "bash <(curl -s https://get.example.com/install)",
        'sh -c "$(curl -fsSL https://get.example.com/install)"',
        "source <(curl -s https://get.example.com/env)",
        "iwr -useb https://get.example.com/install.ps1 | iex",
        "iex ((New-Object System.Net.WebClient).DownloadString('https://get.example.com/install.ps1'))",
        f"curl -L {RAW}/master/setup.sh > setup.sh",
        f"wget {RAW}/refs/heads/live/setup.sh",
        "curl -Lo app.tgz https://github.com/clinic/app/archive/main.tar.gz",
        "wget https://github.com/clinic/app/releases/latest/download/app",
        "git clone https://github.com/clinic/app.git",
        "git clone -b develop https://github.com/clinic/app.git",
        "git clone git@github.com:clinic/app.git",
        "yum install -y --nogpgcheck app.rpm",
        "printf '[app]\\ngpgcheck=0\\n' > /etc/yum.repos.d/app.repo",
        "apt-get install -y --allow-unauthenticated app",
        "echo 'deb [trusted=yes] https://apt.example.com /' > /etc/apt/sources.list.d/app.list",
        "rpm -Uvh http://rpm.example.com/app.rpm",
        "pip3 install git+https://github.com/clinic/app.git",
        "pip install --trusted-host pypi.example.com app",
    ],
)
def test_what_is_not_pinned(line: str) -> None:
    assert _judged(f"#!/bin/bash\n{line}\n") == "failed"


@pytest.mark.parametrize(
    "script",
    [
        "yum install -y app",
        "pip install app==1.2",
        "curl -o app.tgz https://get.example.com/app.tgz",
        # Another rule's.
        "curl http://get.example.com/install | bash",
        "curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.0/install.sh | bash",
        f"curl -s {RAW}/{COMMIT}/setup.sh | bash",
        "curl -s http://169.254.169.254/latest/user-data | bash",
        "curl -L $SOURCE | bash",
        "curl -s https://api.example.com/list | grep node",
        "curl -s https://api.example.com/list | jq -r .node > out.sh",
        f"curl -L {RAW}/1.4.2/setup.sh > setup.sh",
        f"curl -L {RAW}/main/codes.csv > codes.csv",
        f"echo see {RAW}/main/setup.sh",
        f"curl -L {RAW}/main/setup.sh > setup.sh\necho '{COMMIT}  setup.sh' | sha256sum -c",
        "wget https://github.com/clinic/app/releases/download/v2.1/app",
        "git clone --branch v1.4 https://github.com/clinic/app.git",
        f"git clone https://github.com/clinic/app.git\ngit -C app checkout {COMMIT}",
        "git clone https://git-codecommit.us-east-1.amazonaws.com/v1/repos/app",
        "git clone $REPOSITORY",
        "printf '[app]\\ngpgcheck=1\\nrepo_gpgcheck=0\\n' > /etc/yum.repos.d/app.repo",
        f"pip install git+https://github.com/clinic/app.git@{COMMIT}",
        "# curl https://get.example.com/install | bash",
    ],
)
def test_what_is_pinned_or_no_code(script: str) -> None:
    assert _judged(f"#!/bin/bash\n{script}\n") == "passed"


def _init(config: dict[str, Any]) -> dict[str, Any]:
    (name,) = subject = one("AWS::EC2::Instance")
    return {name: {**subject[name], "Metadata": {"AWS::CloudFormation::Init": {"config": config}}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_init({"files": {"/opt/setup.sh": {"source": f"{RAW}/master/setup.sh"}}}), "failed"),
        (_init({"files": {"/opt/setup.sh": {"source": f"{RAW}/{COMMIT}/setup.sh"}}}), "passed"),
        (_init({"sources": {"/opt": "https://github.com/clinic/app/tarball/master"}}), "failed"),
        (_init({"commands": {"1": {"command": ["git", "clone", "https://github.com/clinic/app.git"]}}}), "failed"),
        (one("AWS::CodeBuild::Project", Source={"BuildSpec": "run: curl https://get.example.com | bash"}), "failed"),
        (one("AWS::CodeBuild::Project", Source={"BuildSpec": "buildspec.yml"}), "passed"),
        (one("AWS::CodeBuild::Project", Source={"Type": "CODEPIPELINE"}), "not_applicable"),
        (one("AWS::EC2::Instance"), "not_applicable"),
    ],
)
def test_what_is_read_by_others(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_all_that_is_seen_is_one_finding_that_repeats_no_line() -> None:
    script = "git clone https://token@github.com/clinic/app.git\ncurl https://get.example.com/install | sh\n"
    found = verdict(RULE, one("AWS::EC2::Instance", UserData={"Fn::Base64": script}))
    assert found is not None
    assert found.message == (
        "UserData clones a repository without saying which commit in line 1. UserData runs what a site sends in line 2."
    )


def _function(resource: Any, *statements: dict[str, Any], bucket: Any = "releases", **code: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": "s3:Put*", "Resource": resource}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [allow, *statements]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}
    code = {"S3Bucket": bucket, "S3Key": "intake/code.zip", **code}
    function = one("AWS::Lambda::Function", Code=code, Role={"Fn::GetAtt": ["Role", "Arn"]})
    return function | {"Role": role, "Releases": {"Type": "AWS::S3::Bucket"}}


OWN = {"Ref": "Releases"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_function("arn:aws:s3:::releases/*"), "failed"),
        (_function("arn:aws:s3:::releases/intake/*"), "failed"),
        (_function("arn:aws:s3:::releases*"), "failed"),
        (_function("arn:aws:s3:::releases/results/*"), "passed"),
        (_function("arn:aws:s3:::releases-of-others/*"), "passed"),
        (_function("arn:aws:s3:::releases"), "passed"),
        (_function("arn:aws:s3:::releases/*", S3ObjectVersion="abc"), "passed"),
        (_function({"Fn::Sub": "${Releases.Arn}/*"}, bucket=OWN), "failed"),
        (_function({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Releases}/*"}, bucket=OWN), "failed"),
        (_function({"Fn::Sub": "${Releases.Arn}/results/*"}, bucket=OWN), "passed"),
        (_function({"Fn::Sub": "${Releases.Arn}/*"}), "passed"),
        # By one parameter both are the same, whatever its value is.
        (_function({"Fn::Sub": "arn:aws:s3:::${Given}/*"}, bucket=GIVEN), "failed"),
        (_function({"Fn::Sub": "arn:aws:s3:::${Given}/intake/*"}, bucket=GIVEN, S3Key=GIVEN), "passed"),
        # What names no bucket is told of the policy.
        (_function("*"), "passed"),
        (_function("arn:aws:s3:::*"), "passed"),
        (_function(GIVEN), "passed"),
        (_function("arn:aws:s3:::releases/*", {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}), "not_applicable"),
        (one("AWS::Lambda::Function", Code={"ZipFile": "pass"}), "not_applicable"),
        (one("AWS::Lambda::Function", Code={"S3Bucket": "releases", "S3Key": "a"}, Role=GIVEN), "not_applicable"),
    ],
)
def test_a_function_does_not_write_its_own_code(resources: dict[str, Any], expected: str) -> None:
    assert judged("fetched_code_pinned", resources) == expected


_RUN = "curl -fsSL https://get.example.com/install | bash"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"echo 'To upgrade: {_RUN}'", "passed"),
        (f"echo '{_RUN}' >> /etc/motd", "passed"),
        (f"cat <<EOF > /opt/app/README.md\n{_RUN}\nEOF\n", "passed"),
        (f"cat <<EOF > /opt/app/setup.sh\n{_RUN}\nEOF\n", "failed"),
        (f"echo '{_RUN}' | sh", "failed"),
        (f"echo start; {_RUN}", "failed"),
        (f'echo "$({_RUN})"', "failed"),
        ("cat <<EOF > /etc/yum.conf\ngpgcheck=0\nEOF\n", "failed"),
        ("echo 'rpm -i --nosignature app.rpm'", "passed"),
    ],
)
def test_what_a_script_only_says_is_not_run(script: str, expected: str) -> None:
    assert _judged(f"#!/bin/bash\n{script}\n") == expected
    spec = f"version: 0.2\nphases:\n  build:\n    commands:\n      - {script}\n"
    if "\n" not in script:
        assert judged(RULE, one("AWS::CodeBuild::Project", Source={"Type": "S3", "BuildSpec": spec})) == expected


@pytest.mark.parametrize(("file", "expected"), [("/opt/app/README.md", "passed"), ("/opt/app/setup.sh", "failed")])
def test_a_file_of_cfn_init_counts_by_what_it_is_for(file: str, expected: str) -> None:
    resources = one("AWS::EC2::Instance")
    config = {"config": {"files": {file: {"content": _RUN}}}}
    resources["Subject"]["Metadata"] = {"AWS::CloudFormation::Init": config}
    assert judged(RULE, resources) == expected
