"""Fixtures of the pages."""

import pytest
from django.test import Client


@pytest.fixture
def client_of():
    """A browser of its own for somebody: `client_of(carol())`; None is nobody."""

    def make(user):
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return make
