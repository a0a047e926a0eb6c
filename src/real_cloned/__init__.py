"""From Real to Cloned Singer Identification (ISMIR 2024), as a Kedro project that runs."""

__version__ = "0.1.0"
