"""Style as a test: what a reviewer would otherwise have to say again and again."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES = 450  # about four hundred
TEXT = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".toml",
    ".sql",
    ".txt",
    ".in",
    ".lock",
    ".yaml",
    ".json",
    ".svg",
    "",
}


def ours(*suffixes):
    """The files of the project, without what is ignored and what others wrote."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [
        path
        for path in paths
        if path.suffix in (suffixes or TEXT)
        and path.is_file()
        and not foreign(path)
        and path != Path(__file__)
    ]


def foreign(path):
    name = path.relative_to(ROOT).as_posix()
    return name.startswith("tests/vendor/") or "/htmx/" in name or name == "LICENSE" or "/fonts/" in name


def found(pattern, paths):
    """Each place of the pattern as file:line, for a message that leads there."""
    places = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in re.finditer(pattern, text):
            line = text.count("\n", 0, match.start()) + 1
            places.append(f"{path.relative_to(ROOT)}:{line}: {match.group()[:60]}")
    return places


def source():
    return [path for path in ours(".py") if path.is_relative_to(ROOT / "src")]


def test_ruff_finds_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]


def test_a_module_is_short_enough_to_read_at_once():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in source()
        if "migrations" not in path.parts and (lines := path.read_text().count("\n")) > LINES
    }
    assert not long


def test_names_say_what_a_thing_is():
    vague = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "services", "signals"}
    assert [str(path) for path in source() if path.stem in vague] == []
    assert found(r"(?m)^class \w+(Helper|Processor|Service|Util)\b", source()) == []


def test_nothing_is_left_for_later():
    assert found(r"\b(TODO|FIXME|HACK)\b", ours()) == []


def test_templates_obey_the_content_policy():
    templates = ours(".html")
    assert found(r"<style|\sstyle\s*=", templates) == []
    assert found(r"<script(?![^>]*\bsrc=)[^>]*>", templates) == []
    assert found(r"\son[a-z]+\s*=\s*[\"']", templates) == []


def test_colours_stand_in_the_style_sheet_alone():
    colour = r"(?i)(?<=[\"':\s])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3})(?=[\"';\s])"
    painted = [path for path in source() if path.is_relative_to(ROOT / "src/winnow/web")]
    assert found(colour, ours(".html") + painted) == []


def test_the_tree_names_no_registry_and_no_machine():
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "registry.npm" + "js",
        "npm" + "js.org",
        "deb." + "debian.org",
    ]
    assert found("|".join(map(re.escape, hosts)), ours()) == []
    folders = r"(?<![\w.{}$])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/\w"
    assert found(folders, ours()) == []


def test_one_module_calls_the_clock():
    calls = (
        r"\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\btime\.time\("
        r"|\btimezone\.(?:now|localdate|localtime)\(\)"
    )
    paths = [path for path in source() if path != ROOT / "src/winnow/leads/clock.py"]
    assert found(calls, paths) == []


def test_no_message_says_successfully():
    assert found(r"(?i)\bsuccessfully\b|\binvalid operation\b", [*source(), *ours(".html")]) == []


def test_models_have_no_signals_and_no_save_of_their_own():
    assert found(r"django\.db\.models\.signals|^\s+def save\(self", source()) == []


@pytest.mark.parametrize("room", ["policy", "leads"])
def test_every_public_function_says_what_it_means(room):
    silent = []
    for path in source():
        if not path.is_relative_to(ROOT / "src/winnow" / room) or "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        classes = [
            node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        ]
        for holder in [tree, *classes]:
            for node in holder.body:
                if (
                    isinstance(node, ast.FunctionDef)
                    and not node.name.startswith("_")
                    and not ast.get_docstring(node)
                ):
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}")
    assert silent == []


def test_reports_say_their_question_first():
    for path in ours(".sql"):
        first = path.read_text().lstrip().splitlines()[:2]
        assert first and first[0].startswith("-- question:"), path
        assert any(line.startswith("-- grain:") for line in first), path
