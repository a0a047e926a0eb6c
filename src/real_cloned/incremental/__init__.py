"""What has to run again, and why: fingerprints of code, parameters, inputs, libraries, and their ledger.

All but `facts`, `outputs`, `outlook`, `runner` and `session` are free of Kedro.
"""
