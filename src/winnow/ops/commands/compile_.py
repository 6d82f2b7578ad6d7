"""Make judging faster: compile the policy with this machine's C compiler. The same source, the same verdicts.

winnow compile
winnow compile --forget
"""

import json
import time

needs_database = False


def configure(parser):
    parser.add_argument("--forget", action="store_true", help="go back to plain Python")


def run(args):
    """Compile, or forget; what runs already takes it up when it is started again."""
    from winnow.ops import compiling

    if args.forget:
        compiling.forget()
        print(json.dumps({"compiled": False}) if args.json else "The policy runs in plain Python again.")
        return
    began = time.perf_counter()
    folder = compiling.build()
    seconds = round(time.perf_counter() - began, 1)
    said = f"The policy is compiled, in {seconds} s ({folder}). Start Winnow again to use it."
    print(json.dumps({"compiled": True, "folder": str(folder), "seconds": seconds}) if args.json else said)
