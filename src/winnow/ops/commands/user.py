"""People who may log in.

winnow user add ann@acme.example --role marketing --may-sign-for marketing
winnow user password ann@acme.example
"""

import argparse
import getpass
import json
import sys

from winnow.leads.errors import Refusal

HERE = "on the command line"


def configure(parser):
    """`add` and `password`, each with the address first."""
    from winnow.ops.roles import ROLES, SIDES

    parts = parser.add_subparsers(dest="what", required=True, parser_class=type(parser))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("email")
    common.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    common.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    add = parts.add_parser("add", parents=[common], help="somebody new")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--name", default="")
    add.add_argument(
        "--may-sign-for", choices=SIDES, default="", help="whose side of a definition this person signs"
    )
    parts.add_parser("password", parents=[common], help="a new password for somebody")


def run(args):
    """Add somebody or set a password; a password is asked for on the terminal unless it comes by standard
    input.
    """
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email
    from django.db import IntegrityError, transaction

    from winnow.leads.audit import audited
    from winnow.leads.user import User

    email = args.email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(
            f"{args.email!r} is no mail address; people log in by theirs.", code="address"
        ) from None
    known = User.objects.filter(email=email).first()
    if args.what == "add" and known:
        raise Refusal(
            f"{email} is a user already ({known.role}); `winnow user password {email}` sets a new password."
        )
    if args.what == "password" and not known:
        raise Refusal(
            f"There is no user {email}; `winnow user add {email} --role ...` makes one.", code="unknown"
        )
    if args.what == "password":
        known.set_password(ask_password(args, known))
        with transaction.atomic():
            known.save(update_fields=["password"])
            audited(None, "give password", known, HERE)
        done = {"email": email, "role": known.role, "password": "changed"}
        text = f"{email} has a new password."
    else:
        fresh = User(email=email, role=args.role, name=args.name)
        words = {"role": args.role, "name": args.name, "may_sign_for": args.may_sign_for}
        try:
            password = ask_password(args, fresh)
            with transaction.atomic():
                user = User.objects.create_user(email, password=password, **words)
                audited(None, "let in", user, f"{email} as {user.role}, {HERE}")
        except IntegrityError:
            raise Refusal(f"{email} was made a user by somebody else just now.", code="exists") from None
        done = {"id": user.pk, "email": email, "role": user.role, "may_sign_for": user.may_sign_for}
        text = f"{email} may log in as {user.role}."
    print(json.dumps(done) if args.json else text)


def ask_password(args, user):
    """The password, checked by the rules of the settings. Refuses one that is too weak, saying why."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(f"Password for {user.email}: ")
        if getpass.getpass("Once more: ") != password:
            raise Refusal("The two passwords differ; nothing was changed.", code="password")
    else:
        raise Refusal(
            "There is no terminal to ask for a password; give it with --password-stdin.", code="password"
        )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(f"The password is refused: {' '.join(error.messages)}", code="password") from None
    return password
