from collections.abc import AsyncIterator

import pytest
from rigs.book import Book

from notifier.adapters.whatsapp.testing import CloudApi


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def api() -> AsyncIterator[CloudApi]:
    async with CloudApi() as running:
        yield running
