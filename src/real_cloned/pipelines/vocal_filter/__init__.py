"""The vocal_filter stage."""

from real_cloned.pipelines.vocal_filter.pipeline import create_pipeline, create_training_pipeline

__all__ = ["create_pipeline", "create_training_pipeline"]
