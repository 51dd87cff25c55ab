"""A loopback stand-in for ElevenLabs: real HTTP, real speech, as strict as the vendor on shapes, limits, rights.

Everything it bills is counted, everything it made is in its history, and what a client that reads the
documentation never sends is a violation that fails the test.
"""
