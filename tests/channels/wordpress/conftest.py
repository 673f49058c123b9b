"""A deadline for requests that a real WordPress answers."""

import pytest

from tests.channels.conftest import Soon


@pytest.fixture
def late(soon: Soon) -> float:
    """A deadline that a machine under load keeps."""
    return soon() + 240
