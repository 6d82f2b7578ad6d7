"""Winnow: from an inquiry to a lead that sales accepts."""

__version__ = "0.1.0"
