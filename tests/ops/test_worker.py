"""The background loop: what is due is done, and one failure stops nobody else."""

import logging
import sys
import threading
import types

import pytest

from winnow.ops import worker


@pytest.fixture
def due(monkeypatch):
    """Puts functions where the loop looks for them, by a dotted path."""

    def put(**functions):
        module = types.ModuleType("due_for_test")
        for name, function in functions.items():
            function.__name__ = name
            setattr(module, name, function)
        module.__spec__ = types.SimpleNamespace(name="due_for_test")
        monkeypatch.setitem(sys.modules, "due_for_test", module)
        return [f"due_for_test.{name}" for name in functions]

    return put


def work_until(event, paths):
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop, paths))
    thread.start()
    reached = event.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive(), "the loop did not end when told to"
    return reached


def test_while_there_is_work_the_loop_does_not_rest(due):
    left, done = [500], threading.Event()

    def batch():
        if left[0]:
            left[0] -= 1
            return 1
        done.set()
        return 0

    assert work_until(done, due(batch=batch))


def test_a_function_that_fails_is_logged_and_does_not_stop_the_others(due, caplog):
    done, calls = threading.Event(), []

    def broken():
        raise RuntimeError("the relay is gone")

    def healthy():
        calls.append(1)
        if len(calls) == 3:
            done.set()
        return 0

    with caplog.at_level(logging.ERROR, "winnow.worker"):
        assert work_until(done, due(broken=broken, healthy=healthy))
    assert "the relay is gone" in caplog.text


def test_a_function_that_hangs_does_not_hold_the_others_up(due):
    done, release = threading.Event(), threading.Event()

    def hangs():
        release.wait(10)
        return 0

    def healthy():
        done.set()
        release.set()
        return 0

    assert work_until(done, due(hangs=hangs, healthy=healthy))


def test_a_failure_is_tried_again_ever_later(due, monkeypatch):
    waits = []
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.001)

    class Stop(threading.Event):
        def wait(self, timeout=None):
            if timeout is not None:
                waits.append(timeout)
                if len(waits) == 20:
                    self.set()
            return super().wait(min(timeout or 10, 0.01))

    def broken():
        raise RuntimeError("no")

    # In a thread, as in the loop: the connection of this one belongs to the tests.
    thread = threading.Thread(target=worker.work, args=(broken, Stop()))
    thread.start()
    thread.join(20)
    assert waits == sorted(waits)
    assert waits[-1] == worker.LONGEST_BACK_OFF_SECONDS


def test_every_due_function_of_the_product_is_there():
    missing = [path for path in worker.DUE if not callable(worker.load(path))]
    assert missing == []
