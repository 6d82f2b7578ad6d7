"""Makes the environment that ./winnow runs in. Called by that script with the machine's own Python, so: no
imports from the package, standard library alone.

    environment.py ROOT VENV LOCK...

Each lock is installed with its hashes, and then stamped with its checksum. Of two calls at once, one works
and the other waits; what a killed call left half-done is made anew.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def main(root, venv, locks):
    """Bring `venv` to what the locks say. Returns the exit code."""
    beside = venv.with_name(venv.name + ".lock")
    try:
        venv.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
    except OSError as error:
        return refuse(
            f"{venv} can't be made ({error.strerror}); name a folder that you may write in WINNOW_VENV."
        )
    with open(beside) as waiting:
        try:
            fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another call is making {venv}; waiting for it")
            fcntl.flock(waiting, fcntl.LOCK_EX)
        missing = [lock for lock in locks if not made_from(venv, root / lock)]
        if not missing and (venv / "bin" / "python").exists():
            return 0
        return make(root, venv, locks, missing)


def make(root, venv, locks, missing):
    began = time.monotonic()
    unfinished = venv / ".unfinished"
    if unfinished.exists() or not (venv / "bin" / "python").exists():
        version = ".".join(map(str, sys.version_info[:2]))
        say(f"making an environment with Python {version} in {venv}")
        shutil.rmtree(venv, ignore_errors=True)
        venv.mkdir(parents=True)
        unfinished.touch()
        done = subprocess.run([sys.executable, "-m", "venv", str(venv)], stdout=sys.stderr)
        if done.returncode:
            return refuse(f"Python's venv module failed; remove {venv} and call again.")
        missing = locks
    unfinished.touch()
    python = venv / "bin" / "python"
    for lock in missing:
        stamp(venv, lock).unlink(missing_ok=True)
        packages = sum(1 for line in (root / lock).read_text().splitlines() if "==" in line)
        say(f"installing {packages} packages from {lock} (the first time this takes about a minute)")
        command = [python, "-m", "pip", "install", "-qq", "--require-hashes", "--no-input"]
        command += ["--disable-pip-version-check", "--no-warn-script-location", "-r", root / lock]
        if subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL).returncode:
            return refuse(f"the packages of {lock} could not be installed (see above); call again to go on.")
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = Path(paths.stdout.strip())
    # Relative, so that a checkout that is moved with its environment still finds its own source.
    (site / "winnow-source.pth").write_text(os.path.relpath(root / "src", site) + "\n")
    for lock in missing:
        aside = stamp(venv, lock).with_suffix(".new")
        aside.write_text(checksum(root / lock))
        aside.replace(stamp(venv, lock))
    unfinished.unlink()
    say(f"ready after {time.monotonic() - began:.0f} s")
    return 0


def made_from(venv, lock):
    kept = stamp(venv, lock.name)
    return kept.exists() and kept.read_text() == checksum(lock)


def stamp(venv, lock_name):
    return venv / f".made-from-{lock_name}"


def checksum(lock):
    """The same words that the shell script compares with."""
    with open(lock, "rb") as file:
        return subprocess.run(["cksum"], stdin=file, capture_output=True, text=True, check=True).stdout


def say(text):
    print(f"winnow: {text}", file=sys.stderr, flush=True)


def refuse(text):
    say(text)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
    except KeyboardInterrupt:
        say("stopped; call again to go on")
        sys.exit(130)
