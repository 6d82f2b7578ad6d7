"""The pages of the figures over a million inquiries, as a browser gets them, beside a bare aggregate of the inquiries.

Run: python bench/bench_funnel.py [INQUIRIES]   (making a million takes some minutes and 4 GB of disk)
"""

import json
import statistics
import sys
import time

from make import make
from scratch import instance

PAGES = {
    "executive": "/measure/", "sources": "/measure/sources/", "cohorts": "/measure/cohorts/",
    "stock": "/measure/stock/",
}  # fmt: skip
TIMES = 15


def main(inquiries: int = 1_000_000) -> dict:
    """Median milliseconds of each page (log-in, database and rendering included), and of the bare aggregate."""
    with instance():
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        from winnow.funnel import rollup
        from winnow.leads.models import User

        settings.ALLOWED_HOSTS = ["testserver"]
        made = make(inquiries)
        began = time.perf_counter()
        rollup.rebuild()
        counted = time.perf_counter() - began
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client = Client()
        client.force_login(User.objects.get(email="rolf@bench.example"))
        figures = {"inquiries": inquiries, "made_s": made}
        figures["counted_anew_s"] = round(counted, 1)
        for name, place in PAGES.items():
            figures[f"{name}_ms"] = _median(lambda place=place: _get(client, place))
        with connection.cursor() as cursor:
            figures["bare_aggregate_ms"] = _median(lambda: cursor.execute(
                "SELECT source, count(*), count(*) FILTER (WHERE valid) FROM leads_inquiry GROUP BY source"
            ))  # fmt: skip
        figures["executive_to_aggregate"] = round(figures["executive_ms"] / figures["bare_aggregate_ms"], 2)
    return figures


def _get(client, place: str) -> None:
    answer = client.get(place)
    assert answer.status_code == 200, (place, answer.status_code)


def _median(work) -> float:
    work()
    taken = []
    for _ in range(TIMES):
        before = time.perf_counter()
        work()
        taken.append((time.perf_counter() - before) * 1000)
    return round(statistics.median(taken), 1)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), indent=1))
