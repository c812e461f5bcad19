"""The fixtures that the tests of this folder share with others."""

from tests.support.service import client, settings

__all__ = ["client", "settings"]
