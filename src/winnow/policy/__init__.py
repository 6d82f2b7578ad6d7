"""The pure half of Winnow: facts in, verdicts out. No database, no clock, no randomness; the standard library alone.

VERSION names the way of judging. A change that can alter any verdict raises it; standings folded under
another version are folded again.

The same source may have been compiled ahead of time (`winnow compile`): then those files are taken, as long as they
were made of exactly this source for this Python. COMPILED says whether they were.
"""

import hashlib
import os
import sys
from pathlib import Path

VERSION = 3
MODULES = ("state", "fold", "fading", "judge", "turns", "replay")
"""What is worth compiling: all that runs for every fact."""
BUILT = Path(__file__).parent / "_compiled"


def made_of() -> str:
    """What the compiled files must have been made of: this source, this Python."""
    source = hashlib.sha256(sys.version.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source.update(path.name.encode() + path.read_bytes())
    return source.hexdigest()


def _compiled() -> bool:
    kept = BUILT / "made-of"
    if os.environ.get("WINNOW_PLAIN_POLICY") or not kept.exists() or kept.read_text() != made_of():
        return False
    __path__.insert(0, str(BUILT))
    sys.path.append(str(BUILT))  # where the modules find what they share
    return True


COMPILED = _compiled()
