"""How many examples a property is tried with: few in the suite, many among the long proofs (--bars)."""

import os


def tries(few: int, many: int) -> int:
    """`few`, or `many` when the run was asked for the long proofs."""
    return many if os.environ.get("WINNOW_TEST_BARS") else few
