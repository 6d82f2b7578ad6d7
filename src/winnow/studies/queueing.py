"""Can the promise be kept with these people? Erlang C: leads arrive by chance, each takes a rep some minutes."""

import math


def waits_longer(an_hour: float, minutes: float, reps: int, limit: float) -> float:
    """The share of leads that wait longer than `limit` minutes for a rep (METHOD, SLA queueing: C e^(-(cμ-λ)T)).

    1.0 where the reps cannot keep up at all. `minutes` is how long one lead takes a rep.
    """
    if an_hour <= 0:
        return 0.0
    load = an_hour * minutes / 60
    if reps <= load:
        return 1.0
    # Erlang B by its recursion, which overflows for nobody; C from B.
    blocked = 1.0
    for servers in range(1, reps + 1):
        blocked = load * blocked / (servers + load * blocked)
    waiting = reps * blocked / (reps - load * (1 - blocked))
    return waiting * math.exp(-(reps - load) * limit / minutes)


def reps_needed(an_hour: float, minutes: float, limit: float, most_missed: float = 0.1) -> int:
    """The fewest reps with whom no more than `most_missed` of the leads wait longer than `limit` minutes."""
    reps = max(1, math.ceil(an_hour * minutes / 60))
    while waits_longer(an_hour, minutes, reps, limit) > most_missed:
        reps += 1
    return reps
