"""The pretrain stage."""

from real_cloned.pipelines.pretrain.pipeline import create_pipeline

__all__ = ["create_pipeline"]
