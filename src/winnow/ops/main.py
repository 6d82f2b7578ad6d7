"""The command line: finds the command, prepares what it needs, and says errors as people do."""

import argparse
import difflib
import importlib
import importlib.util
import json
import logging
import os
import sys

from winnow import __version__
from winnow import home as homes
from winnow.leads.errors import Refusal

# Name -> module in winnow.ops.commands, and what `winnow --help` says of it. A module has `configure(parser)`
# and `run(args) -> exit code or None`; `needs_database = False` if it can do without; `passes_words_on = True`
# if it takes what its parser doesn't know as `args.words`.
COMMANDS = {
    "serve": ("serve", "run all of it: database, web and background work"),
    "web": ("web", "run the web half alone"),
    "worker": ("worker", "run the background half alone"),
    "stop": ("stop", "stop what serves this home, and its database"),
    "import": ("import_", "read a CSV or XLSX file of inquiries, people, accounts, ..."),
    "undo": ("undo", "take an import back"),
    "read": ("read", "show what the importer understands of a file"),
    "report": ("report", "any report by name; without a name, the list of them"),
    "audit": ("audit", "hygiene audit: what is stale, stuck or dressed up"),
    "definition": ("definition", "show, check, propose, sign and compare lead definitions"),
    "study": ("study", "back-test of a definition; of plain files duplicates and scorecards"),
    "title": ("title", "seniority and department of job titles"),
    "mail": ("mail", "tell bounces, complaints and replies apart"),
    "referrers": ("referrers", "load a list of sites that no visitor comes from"),
    "check": ("check", "replay everything and compare with what is stored"),
    "user": ("user", "people who may log in"),
    "key": ("key", "keys for programs"),
    "migrate": ("migrate", "bring the tables to this version"),
    "backup": ("backup", "keep everything in one file"),
    "restore": ("restore", "bring a backup back"),
    "compile": ("compile_", "make judging faster, where there is a C compiler"),
    "doctor": ("doctor", "find out why it won't run"),
    "test": ("test", "run the test suite"),
}


class Parser(argparse.ArgumentParser):
    """Argparse whose errors are one line; exit code 2."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def main(argv=None):
    """Run one command; the process's exit code is returned through SystemExit."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


WRONG_CALLS = ("wrong_call", "unknown_report", "unknown_dimension", "no_date", "no_such_day", "no_kind", "unknown_kind")
"""Codes of refusals that say the words of the call were wrong, as argparse would: exit code 2."""


def run(argv):
    """Run one command and return its exit code: 0 done, 1 refused or found something, 2 a wrong call."""
    before, name, rest = split(argv)
    general = Parser(prog="winnow", usage=usage(), add_help=False)
    general.add_argument("--home")
    general.add_argument("--version", action="store_true")
    general.add_argument("-h", "--help", action="store_true")
    try:
        options = general.parse_args(before)
        if options.version:
            print(f"winnow {__version__}")
            return 0
        if options.help or not name:
            print(overview(), file=sys.stdout if options.help else sys.stderr)
            return 0 if options.help else 2
        if not exists(name):
            return say(unknown(name), code=2)
        return call(name, options.home, rest)
    except SystemExit as end:  # argparse: wrong call, or --help
        return end.code or 0


def call(name, home, words):
    """Import the command's module, parse its words, prepare its home and database, and run it."""
    module = importlib.import_module(f"winnow.ops.commands.{COMMANDS[name][0]}")
    about = {"description": module.__doc__, "conflict_handler": "resolve", "allow_abbrev": False}
    parser = Parser(prog=f"winnow {name}", **about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--home", help="the folder with all data (default: $WINNOW_HOME, else ./.winnow)")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    module.configure(parser)
    args, others = parser.parse_known_args(words)
    if others and not getattr(module, "passes_words_on", False):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    args.words = others
    args.home = homes.home_folder(args.home or home)
    os.environ["WINNOW_HOME"] = str(args.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winnow.settings")
    as_json = getattr(args, "json", False) or getattr(args, "format", None) == "json"
    try:
        if getattr(module, "needs_database", True):
            prepare(args.home)
        return module.run(args) or 0
    except Refusal as refusal:
        if as_json:
            print(json.dumps({"error": str(refusal), "code": refusal.code}))
        return say(str(refusal), code=2 if refusal.code in WRONG_CALLS else 1)
    except KeyboardInterrupt:
        return say(f"{name} stopped.", code=130)
    except BrokenPipeError:  # `winnow report ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        text = explain(error, name, args.home)
        if as_json:
            print(json.dumps({"error": text, "code": "unexpected"}))
        return say(text)


def prepare(home, tables=True):
    """A home with a running database, Django set up, and (unless told otherwise) tables of this version."""
    import django

    from winnow.ops import database, migrations

    if os.environ.get("DATABASE_URL"):
        homes.make_home(home)
    else:
        database.up(home)
    django.setup()
    if tables:
        migrations.bring_up_to_date()


def explain(error, name, home):
    """One line for an error that nobody foresaw; the whole of it goes to the log."""
    from django.db import OperationalError

    if isinstance(error, OperationalError):
        place = "DATABASE_URL" if os.environ.get("DATABASE_URL") else f"the database of {home}"
        return f"No connection to {place}: {first_line(error)}. `winnow doctor` looks for the cause."
    log = logging.getLogger("winnow")
    if not logging.getLogger().handlers:
        from winnow.ops.logfile import LogFile

        file = LogFile(home / "logs")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
        log.addHandler(file)
    elif stderr := next((h for h in logging.getLogger().handlers if h.get_name() == "stderr"), None):
        logging.getLogger().removeHandler(stderr)  # a traceback is for the log alone
    log.error("the command failed: winnow %s", name, exc_info=error)
    return f"Unforeseen trouble: {first_line(error)}. The whole of it is in {home / 'logs' / 'winnow.log'}."


def first_line(error):
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")[:300]


def split(argv):
    """The words before the command, the command, and the words after it."""
    place = 0
    while place < len(argv) and argv[place].startswith("-"):
        place += 2 if argv[place] == "--home" else 1
    name = argv[place] if place < len(argv) else None
    return argv[:place], name, argv[place + 1 :]


def exists(name):
    return (
        name in COMMANDS and importlib.util.find_spec(f"winnow.ops.commands.{COMMANDS[name][0]}") is not None
    )


def unknown(name):
    if name in COMMANDS:
        return f"`{name}` is not in this version."
    known = list(filter(exists, COMMANDS))
    near = [word for word in known if word.startswith(name)] or difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`winnow --help` lists the commands."
    return f"There is no command `{name}`; {hint}"


def usage():
    return "winnow [--home DIR] COMMAND ..."


def overview():
    lines = [f"usage: {usage()}", "", "Winnow: from an inquiry to a lead that sales accepts.", ""]
    lines += [f"  {name:<12}{summary}" for name, (_, summary) in COMMANDS.items() if exists(name)]
    lines += [
        "",
        "`winnow COMMAND --help` says more. All data live in --home, else $WINNOW_HOME, else ./.winnow.",
    ]
    return "\n".join(lines)


def say(text, code=1):
    print(f"winnow: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
