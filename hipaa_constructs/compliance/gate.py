"""How the gate calls itself in what CDK writes, and below which versions it does not hold."""

from __future__ import annotations

from typing import Final

NAME: Final = "HIPAA.Constructs"
# Under this construct of the app, the gate notes the packs that check it.
GATE_ID: Final = "HipaaGate"
# Below these, acknowledgements leak into other stacks, or `cdk synth` exits 0 on violations.
FLOORS = {"aws-cdk-lib": (2, 271), "cdk-nag": (3, 0, 2)}
