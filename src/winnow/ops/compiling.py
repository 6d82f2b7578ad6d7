"""The policy compiled ahead of time, where a C compiler and mypyc are at hand: the same source, the same verdicts."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from winnow import policy
from winnow.leads.errors import Refusal

_SETUP = """
from setuptools import setup
from mypyc.build import mypycify
files = ["--follow-imports=silent", *({paths!r})]
setup(name="winnow-policy", ext_modules=mypycify(files, opt_level="3"), packages=[])
"""


def build() -> Path:
    """Compile the policy beside its source and return the folder. Refusal names what is missing, or what went wrong."""
    if shutil.which(os.environ.get("CC", "cc")) is None and shutil.which("gcc") is None:
        raise Refusal("There is no C compiler; install one (Debian: apt install gcc python3-dev).", code="no_compiler")
    try:
        import mypyc  # noqa: F401
    except ImportError:
        way = f"`{sys.executable} -m pip install mypy setuptools`"
        raise Refusal(f"mypyc is missing; {way}.", code="no_mypyc") from None
    source = Path(policy.__file__).parent
    with tempfile.TemporaryDirectory(prefix="winnow-compile-") as aside:
        package = Path(aside) / "winnow" / "policy"
        package.mkdir(parents=True)
        for path in source.glob("*.py"):
            shutil.copy(path, package)
        (Path(aside) / "winnow" / "__init__.py").touch()
        paths = [f"winnow/policy/{name}.py" for name in policy.MODULES]
        (Path(aside) / "setup.py").write_text(_SETUP.format(paths=paths))
        done = subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=aside, capture_output=True, text=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "no reason was given").splitlines()[-1]
            raise Refusal(f"The policy could not be compiled: {said}", code="not_compiled")
        forget()
        policy.BUILT.mkdir()
        for path in (*package.glob("*.so"), *package.glob("*.pyd"), *Path(aside).glob("*__mypyc*.*")):
            shutil.copy(path, policy.BUILT)
        (policy.BUILT / "made-of").write_text(policy.made_of())
    return policy.BUILT


def forget() -> None:
    """Away with what was compiled: the source alone judges."""
    shutil.rmtree(policy.BUILT, ignore_errors=True)
