"""Engines that make a cut's sound from its voices."""
