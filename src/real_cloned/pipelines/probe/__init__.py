"""The probe stage."""

from real_cloned.pipelines.probe.pipeline import create_pipeline

__all__ = ["create_pipeline"]
