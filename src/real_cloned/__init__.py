"""From Real to Cloned Singer Identification (ISMIR 2024), as a Kedro project that runs, and as a library.

`SingerRegistry`, `load_encoder`, `embed` and `load_table` do the main jobs from Python; nothing is imported before
it is used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "api.encoders": ["SingerEncoder", "embed", "load_encoder"],
        "api.singers": ["SingerRegistry"],
        "api.tables": ["load_table"],
    },
)
