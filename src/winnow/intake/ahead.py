"""Read ahead: the next piece is made in a thread while this one is being written."""

import queue
import threading
from collections.abc import Iterator


def ahead(pieces: Iterator) -> Iterator:
    """The same pieces in the same order, one made ahead. What goes wrong while making one is raised where it is due."""
    made: queue.Queue = queue.Queue(maxsize=1)
    over = threading.Event()

    def make() -> None:
        try:
            for piece in pieces:
                if not _put(made, (piece, None), over):
                    return
            _put(made, (None, StopIteration()), over)
        except BaseException as error:
            _put(made, (None, error), over)

    thread = threading.Thread(target=make, name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            piece, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield piece
    finally:
        over.set()
        thread.join()


def _put(made: queue.Queue, piece: tuple, over: threading.Event) -> bool:
    while not over.is_set():
        try:
            made.put(piece, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False
