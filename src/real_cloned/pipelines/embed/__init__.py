"""The embed stage."""

from real_cloned.pipelines.embed.pipeline import create_pipeline

__all__ = ["create_pipeline"]
