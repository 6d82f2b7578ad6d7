"""What `winnow check` asks of this room: are the kept rows and sums what the history gives?"""

from winnow.funnel import rollup
from winnow.leads.replaying import REBUILD, Check


def summary() -> Check:
    """Count everything anew and compare with what the reports are read from."""
    check = Check("summary", "Are the rows and sums that reports are read from what the history gives?",
                  way_out=REBUILD)  # fmt: skip
    check.looked_at, wrong = rollup.verify()
    for text in wrong:
        check.found(text)
    return check
