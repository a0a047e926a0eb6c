"""Evaluation metrics on plain arrays and tables: verification, calibration and significance."""
