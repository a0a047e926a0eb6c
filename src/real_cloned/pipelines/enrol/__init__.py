"""The pipeline `enrol`, which is no part of the study."""

from real_cloned.pipelines.enrol.pipeline import create_pipeline

__all__ = ["create_pipeline"]
