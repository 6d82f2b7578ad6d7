"""The background loop: takes what is due, batch by batch. Each due function claims its own rows."""

import importlib
import logging
import threading

from django.db import close_old_connections, connection

log = logging.getLogger("winnow.worker")

# Each does one batch and returns how many it did; 0 means that nothing is due.
DUE = (
    "winnow.intake.hooks.process_calls",
    "winnow.intake.arrivals.process_pending",
    "winnow.intake.activity_arrivals.record_pending",
    "winnow.intake.pageviews.record_views",
    "winnow.intake.pageviews.tidy",
    "winnow.intake.uploads.run_waiting",
    "winnow.intake.lookup.look_up_due",
    "winnow.intake.maildomains.ask_due",
    "winnow.leads.due.judge_due",
    "winnow.outreach.programmes.advance_due",
    "winnow.outreach.outbox.send_due",
    "winnow.outreach.collecting.collect_due",
    "winnow.outreach.replies.finish_kept",
    "winnow.review.meeting.settle_promises",
    "winnow.funnel.rollup.refresh_due",
    "winnow.funnel.reports.keep_claims",
    "winnow.studies.watching.look_for_duplicates",
    "winnow.studies.from_history.run_asked",
    "winnow.studies.moving.watch_due",
    "winnow.studies.backtesting.run_waiting",
    "winnow.studies.shadowing.follow_due",
)
IDLE_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 60


def run(stop, due=DUE):
    """Work until `stop` is set. Each due function has a thread: a slow mail relay holds no verdict up."""
    functions = [load(path) for path in due]
    threads = [threading.Thread(target=work, args=(one, stop), name=one.__name__) for one in functions]
    log.info("working: %s", ", ".join(thread.name for thread in threads))
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def load(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def work(function, stop):
    """Call one due function for ever. A failure is logged, and tried again ever later, up to a minute."""
    failures = 0
    while not stop.is_set():
        close_old_connections()
        try:
            done = function()
            failures = 0
        except Exception as error:
            failures += 1
            wait = min(IDLE_SECONDS * 2**failures, LONGEST_BACK_OFF_SECONDS)
            log.error(
                "%s failed %d times running, next in %.0f s",
                function.__name__,
                failures,
                wait,
                exc_info=error,
            )
            stop.wait(wait)
            continue
        if not done:
            stop.wait(IDLE_SECONDS)
    connection.close()
