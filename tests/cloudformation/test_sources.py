"""Which line of an app makes a construct, from the traces that CDK keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

import hipaa_constructs
from hipaa_constructs.cloudformation.model import App, Assembly, MetadataEntry, Stack
from hipaa_constructs.cloudformation.sources import Sources

HERE = Path(hipaa_constructs.__file__).parent
SKIPPED = [
    "...aws-cdk-lib, jsii runtime, node internals...",
    "(no user code in 10 frames, use --stack-trace-limit to capture more)",
]


def source(*frames: str, folder: str = "/home/me/clinic/cdk.out", path: str = "Clinic/Key/Resource") -> str | None:
    app = App()
    trace = MetadataEntry("Clinic/Key/Resource", "aws:cdk:creationStack", [*SKIPPED, *frames])
    app.assemblies.append(Assembly(Path(folder), [Stack("Clinic", {}, [trace])]))
    found = Sources(app).of(path)
    return str(found) if found else None


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (["<module> (/home/me/clinic/app.py:12)"], "app.py:12"),
        (
            ["make (/home/me/clinic/stacks/records.py:6:3)", "<module> (/home/me/clinic/app.py:12)"],
            "stacks/records.py:6",
        ),
        # Not the app's own: what is installed, Python itself, and this package.
        (
            [
                f"__init__ ({HERE}/primitives/kms_rotated_key.py:90)",
                f"checked ({HERE}/_arguments.py:82)",
                "__call__ (/home/me/clinic/.venv/lib/python3.11/site-packages/jsii/_runtime.py:119)",
                "wrapper (/usr/lib/python3/dist-packages/other/x.py:1)",
                "inner (/usr/lib/python3.11/contextlib.py:81)",
                "inner (C:\\Python311\\Lib\\contextlib.py:81)",
                "_run (<frozen runpy>:198)",
                "main (/home/me/clinic/main.py:3)",
            ],
            "main.py:3",
        ),
        # The clone of this package has an app too.
        (["<module> (/home/me/clinic/hipaa_constructs/app.py:7)"], "hipaa_constructs/app.py:7"),
        (["shared (/home/me/shared/kit.py:4)", "<module> (/home/me/clinic/app.py:12)"], "kit.py:4"),
        ([], None),
    ],
)
def test_the_innermost_line_of_the_app(frames: list[str], expected: str | None) -> None:
    assert source(*frames) == expected


def test_a_cloud_assembly_from_elsewhere() -> None:
    app = App()
    frames = {
        "Clinic/A": "make (/builds/clinic/infra/stacks/a.py:1)",
        "Clinic/B": "<module> (/builds/clinic/infra/app.py:2)",
        "Clinic/C": "not a frame",
    }
    entries = [MetadataEntry(path, "aws:cdk:creationStack", [frame]) for path, frame in frames.items()]
    entries += [MetadataEntry("Clinic/D", "aws:cdk:creationStack", None), MetadataEntry("Clinic/D", "other", [""])]
    app.assemblies.append(Assembly(Path("cdk.out"), [Stack("Clinic", {}, entries)]))
    sources = Sources(app)
    assert {path: str(sources.of(f"Clinic/{path}")) for path in "ABCD"} == {
        "A": "stacks/a.py:1",
        "B": "app.py:2",
        "C": "None",
        "D": "None",
    }


@pytest.mark.parametrize("path", ["", "Clinic", "Clinic/Key/Other"])
def test_of_what_has_no_trace_nothing_is_said(path: str) -> None:
    assert source("<module> (/home/me/clinic/app.py:12)", path=path) is None


def test_a_construct_is_made_where_its_resource_is() -> None:
    assert source("<module> (/home/me/clinic/app.py:12)", path="Clinic/Key") == "app.py:12"


def test_paths_of_windows() -> None:
    assert source("<module> (C:\\src\\clinic\\app.py:12)") == "app.py:12"
    assert source("<module> (\\\\server\\share\\clinic\\app.py:12)") == "app.py:12"
