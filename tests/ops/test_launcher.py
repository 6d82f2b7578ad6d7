"""./winnow makes its own environment, wherever it lies and whatever interrupts it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "readlink", "cat", "cksum", "uname")


def launch(script, *words, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.Popen(
        [str(script), *words],
        env=environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcome(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture
def few_tools(tmp_path):
    """A folder to be the whole PATH, without any Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


def pretend_python(folder, name, script):
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_any_python_it_says_what_to_install(few_tools, tmp_path):
    code, out, err = outcome(
        launch(ROOT / "winnow", "serve", PATH=str(few_tools), WINNOW_VENV=str(tmp_path / "v"))
    )
    assert code == 1
    assert out == ""
    assert err == (
        "winnow: Python 3.11 or newer is needed and none was found; install one, or name it in WINNOW_PYTHON.\n"
    )


def test_a_python_that_is_too_old_or_a_shim_without_one_behind_it_is_passed_over(few_tools, tmp_path):
    pretend_python(few_tools, "python3.13", "exit 127")
    pretend_python(few_tools, "python3", "exit 1")
    code, _, err = outcome(
        launch(ROOT / "winnow", "serve", PATH=str(few_tools), WINNOW_VENV=str(tmp_path / "v"))
    )
    assert code == 1
    assert "Python 3.11 or newer is needed" in err


def test_a_python_without_the_venv_module_is_named_with_the_way_out(few_tools, tmp_path):
    pretend_python(few_tools, "python3", 'case "$2" in *version_info*) exit 0 ;; esac; exit 1')
    code, _, err = outcome(
        launch(ROOT / "winnow", "serve", PATH=str(few_tools), WINNOW_VENV=str(tmp_path / "v"))
    )
    assert code == 1
    assert "python3 lacks the venv module" in err
    assert "apt-get install python3-venv" in err


@pytest.fixture
def clone(tmp_path):
    """The files of the checkout, and nothing that was made from them, in a folder with spaces in its name."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    folder = tmp_path / "a folder with spaces" / "winnow"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.bars
def test_a_fresh_clone_prepares_itself_though_called_twice_at_once_and_through_a_link(clone, tmp_path):
    link = tmp_path / "link to winnow"
    link.symlink_to(clone / "winnow")
    first, second = launch(link, "--version"), launch(link, "--version")
    for code, out, err in (outcome(first), outcome(second)):
        assert code == 0, err
        assert out.startswith("winnow ")
    megabytes = sum(path.lstat().st_size for path in (clone / ".venv").rglob("*")) / 1e6
    assert megabytes < 350

    began = time.monotonic()
    code, _, err = outcome(launch(link, "--version"))
    assert (code, err) == (0, ""), "the second call has nothing to say"
    assert time.monotonic() - began < 5

    # Moved with its environment, it still runs from its own source.
    moved = clone.with_name("moved")
    clone.rename(moved)
    code, out, err = outcome(launch(moved / "winnow", "--version"))
    assert code == 0, err

    # A new lock is noticed.
    with open(moved / "requirements.lock", "a") as lock:
        lock.write("# one more line\n")
    code, _, err = outcome(launch(moved / "winnow", "--version"))
    assert code == 0, err
    assert "installing" in err


@pytest.mark.bars
def test_an_installation_that_was_killed_half_way_is_made_anew(clone):
    for seconds in (1.0, 6.0):
        process = launch(clone / "winnow", "--version")
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert not list((clone / ".venv").glob(".made-from-*")), "nothing is stamped before it is done"
    code, out, err = outcome(launch(clone / "winnow", "--version"))
    assert code == 0, err
    assert out.startswith("winnow ")
