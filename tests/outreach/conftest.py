"""Every test of the outreach room happens on a working Tuesday, with a relay that can be told to misbehave."""

import pytest
import time_machine

from tests.outreach import scene
from winnow.outreach import programmes


@pytest.fixture(autouse=True)
def tuesday():
    """The clock of the test; `tuesday.shift(...)` moves it."""
    with time_machine.travel(scene.TUESDAY, tick=True) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    """The slower duties of the loop are due again in each test."""
    monkeypatch.setattr(programmes, "_last_run", {})


@pytest.fixture
def sink(settings):
    """What the relay took, and how it behaves."""
    kept = scene.Sink()
    with scene.Relay(kept) as relay:
        scene.configure(settings, relay.port)
        yield kept
