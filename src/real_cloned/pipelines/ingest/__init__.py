"""The ingest stage."""

from real_cloned.pipelines.ingest.pipeline import create_pipeline

__all__ = ["create_pipeline"]
