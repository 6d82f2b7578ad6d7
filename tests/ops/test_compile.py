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
    for name in ("__init__.py", "leads", "studies", "home.py"):
        source = SRC / "winnow" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / "winnow" / name, **(
            {"dirs_exist_ok": True} if source.is_dir() else {}
        ))  # fmt: skip
    tests = [str(SRC.parent / "tests" / "policy" / f"test_{name}.py") for name in ("turns", "properties", "score")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={tmp_path} {SRC.parent}",
         "--rootdir", str(SRC.parent), *tests],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


def test_doctor_says_whether_the_policy_is_compiled():
    check = diagnosis.judging()
    assert check.state == "ok"
    assert ("compiled" if policy.COMPILED else "plain Python") in check.text
