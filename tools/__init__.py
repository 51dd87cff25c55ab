"""What an agent may do to a script: typed, pure functions. None of them approves, delivers or spends."""
