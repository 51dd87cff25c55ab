"""The crash harness: everything is killed at every place, and the promises (docs/promises.md) are checked.

`ledger` is the outside world, `trial` one production in this process, `points` its enumeration over fork;
`world`, `stack`, `storm` do the same with real processes; `python -m tests.chaos` runs those.
"""
