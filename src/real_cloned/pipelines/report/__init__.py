"""The report stage."""

from real_cloned.pipelines.report.pipeline import create_pipeline

__all__ = ["create_pipeline"]
