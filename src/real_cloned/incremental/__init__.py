"""Decides which Kedro nodes have to run again, and why.

Every stored output has a fingerprint: the code, parameters, inputs, libraries, files and catalog entries that it was
made from. `fingerprint` takes it, `ledger` keeps it, `state` says what it is now, `plan` compares the two, `explain`
puts the result into words, and `runner` is Kedro's runner and session that follow the plan. See docs/incremental.md.
"""
