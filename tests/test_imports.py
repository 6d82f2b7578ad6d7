"""Who may import whom, as ARCHITECTURE has it; the contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_rooms_import_downwards_only():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_the_policy_needs_nothing_but_the_standard_library():
    """Loaded in a Python that can't see any installed package."""
    code = (
        "import importlib, pkgutil, winnow.policy as policy\n"
        "for module in pkgutil.walk_packages(policy.__path__, 'winnow.policy.'):\n"
        "    importlib.import_module(module.name)\n"
    )
    alone = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-S", "-c", code], env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
