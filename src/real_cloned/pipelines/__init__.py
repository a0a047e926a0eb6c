"""The seven stages of the study, in the order of the paper: each a `pipeline.py` and a `nodes.py`."""
