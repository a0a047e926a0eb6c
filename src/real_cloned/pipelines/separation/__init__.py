"""The separation stage."""

from real_cloned.pipelines.separation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
