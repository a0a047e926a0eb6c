"""The pipeline `identify`, which is no part of the study."""

from real_cloned.pipelines.identify.pipeline import create_pipeline

__all__ = ["create_pipeline"]
