"""Django's PostgreSQL engine, but for one thing: whether a kept connection still lives is seen without asking it.

A health check by a question costs every request a round trip, a fifth of what capture costs in all. An idle server says
nothing; where bytes wait on an idle line it has said good-bye or something else, and only then it is asked.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection as Django's own, with a cheap look at an idle line before it is used again."""

    def is_usable(self) -> bool:
        """Whether the connection can be used. One look at the socket; a question only where something came in."""
        if self.connection is None or self.connection.closed:
            return False
        line = select.poll()
        line.register(self.connection.pgconn.socket, select.POLLIN)
        return super().is_usable() if line.poll(0) else True
