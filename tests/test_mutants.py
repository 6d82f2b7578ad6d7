"""Each property has a mutant: a small patch that breaks it. The tests that hold the property must turn red on it.

A patch in tests/mutants begins with two lines, `property:` what it breaks and `tests:` which tests must notice, and
goes on as `git diff` writes it.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import SHARED

ROOT = Path(__file__).resolve().parents[1]
PATCHES = sorted((ROOT / "tests" / "mutants").glob("*.patch"))
FAILED = 1  # pytest's words; 2 and more are accidents, which prove nothing


@dataclass
class Mutant:
    """One patch, as its first lines say."""

    path: Path

    @property
    def tests(self) -> list[str]:
        return self._said("tests").split()

    @property
    def property(self) -> str:
        return self._said("property")

    def _said(self, key: str) -> str:
        for line in self.path.read_text().splitlines()[:2]:
            name, _, said = line.partition(": ")
            if name == key:
                return said
        raise AssertionError(f"{self.path.name} does not say its {key}")


MUTANTS = [Mutant(path) for path in PATCHES]
named = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.path.stem)
git = pytest.mark.skipif(not shutil.which("git"), reason="git applies the patches")


def apply(mutant: Mutant, folder: Path, *more: str) -> subprocess.CompletedProcess:
    # Outside of any repository git applies to plain files; inside, it would leave out what it doesn't track.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_DIR": str(folder / "none")}
    command = ["git", "apply", "--unidiff-zero", *more, str(mutant.path)]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)


def copy_of_the_tree(folder: Path) -> Path:
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*cache"))
    for name in ("pyproject.toml", "requirements.in"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_tests(folder: Path, mutant: Mutant) -> subprocess.CompletedProcess:
    ours = ["DJANGO_SETTINGS_MODULE", "WINNOW_HOME", "PYTHONPATH", "PYTEST_CURRENT_TEST"]
    if "/migrations/" in mutant.path.read_text():
        ours.append(SHARED)  # the tables of this run are not the mutant's
    outside = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--bars", *mutant.tests]
    return subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True)


@git
@named
def test_a_mutant_still_fits_the_source(mutant, tmp_path):
    for file in {line[6:] for line in mutant.path.read_text().splitlines() if line.startswith("--- a/")}:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    done = apply(mutant, tmp_path)
    assert done.returncode == 0, done.stderr
    assert mutant.property
    assert all((ROOT / test.partition("::")[0]).is_file() for test in mutant.tests)


@git
@pytest.mark.bars
@named
def test_a_mutant_turns_the_tests_of_its_property_red(mutant, tmp_path):
    folder = copy_of_the_tree(tmp_path)
    applied = apply(mutant, folder)
    assert applied.returncode == 0, applied.stderr
    done = run_tests(folder, mutant)
    assert done.returncode == FAILED, f"{mutant.property}: nobody noticed\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
