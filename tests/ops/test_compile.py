"""Compiled or plain, the policy is one source: other source, other Python, and the compiled files are left aside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from winnow import policy
from winnow.ops import compiling, diagnosis

SRC = Path(policy.__file__).resolve().parents[2]


def asked(folder, **environment):
    """What a fresh Python says of the policy in this folder."""
    said = "import winnow.policy as p, winnow.policy.fold as f; print(p.COMPILED, f.__file__.endswith('.py'))"
    done = subprocess.run(
        [sys.executable, "-c", said], env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


def copied(folder):
    shutil.copytree(SRC / "winnow" / "policy", folder / "winnow" / "policy", ignore=shutil.ignore_patterns("_compiled"))
    (folder / "winnow" / "__init__.py").touch()
    return folder / "winnow" / "policy"


def test_compiled_files_of_another_source_are_left_aside(tmp_path):
    there = copied(tmp_path)
    (there / "_compiled").mkdir()
    (there / "_compiled" / "made-of").write_text("something else")
    assert asked(tmp_path) == ["False", "True"]


@pytest.mark.bars
def test_what_is_compiled_judges_as_the_source_does(tmp_path, monkeypatch):
    pytest.importorskip("mypyc")
    there = copied(tmp_path)
    monkeypatch.setattr(policy, "__file__", str(there / "__init__.py"))
    monkeypatch.setattr(policy, "BUILT", there / "_compiled")
    compiling.build()
    assert asked(tmp_path) == ["True", "False"]
    assert asked(tmp_path, WINNOW_PLAIN_POLICY="1") == ["False", "True"]
    told = {plain: said(tmp_path, WINNOW_PLAIN_POLICY=plain) for plain in ("", "1")}
    assert told[""] == told["1"] and len(told["1"]) == 64


VERDICTS = """
import hashlib
from random import Random
from tests.policy import invented
from tests.policy.test_turns import watched
from winnow.policy.definition import parse
from winnow.policy.replay import replay
said = hashlib.sha256()
for seed in range(300):
    definition, history = parse(invented.document(Random(seed))), invented.history(Random(seed + 1), 24)
    until = history[-1].recorded + 90 * 1440
    for v in replay(definition, history, until=until):
        verdict = (v.account, v.person, v.at, v.milli, v.grade, v.levels, v.unmet, v.rejudge_at, v.fact)
        said.update(repr(verdict).encode())
    said.update(repr(watched(definition, history, until).turns).encode())
print(said.hexdigest())
"""


def said(folder, **environment):
    """A digest of what a fresh Python with this policy judges of 300 invented histories."""
    paths = os.pathsep.join((str(folder), str(SRC.parent)))
    done = subprocess.run(
        [sys.executable, "-c", VERDICTS], env={**os.environ, "PYTHONPATH": paths, **environment}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout.strip()


def test_doctor_says_whether_the_policy_is_compiled():
    check = diagnosis.judging()
    assert check.state == "ok"
    assert ("compiled" if policy.COMPILED else "plain Python") in check.text
