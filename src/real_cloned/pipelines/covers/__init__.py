"""Version identification."""

from real_cloned.pipelines.covers.pipeline import create_pipeline

__all__ = ["create_pipeline"]
