"""The two dimensions of the study, and the names that datasets and parameters have along them."""

from itertools import product

VARIANTS = ("mixture", "vocal", "hybrid", "mashup", "clmr", "lstm", "speaker", "mfcc")
CORPORA = ("train", "validation", "closed", "cloned", "fma", "mtg")
PROBED = ("closed", "cloned", "fma", "mtg")
REAL = ("closed", "fma", "mtg")


def each(pattern: str, corpora: tuple[str, ...] = CORPORA) -> list[str]:
    """Return the dataset names of a catalog pattern, such as "{variant}.{corpus}.predictions", in a fixed order."""
    names = [pattern.format(variant=variant, corpus=corpus) for variant, corpus in product(VARIANTS, corpora)]
    return list(dict.fromkeys(names))


def dotted(*parts: str) -> str:
    """Return the name of a dataset, or of a namespace: dotted("vocal", "closed", "embeddings")."""
    return ".".join(parts)


def own(name: str, *parameters: str) -> dict[str, str]:
    """Return where one corpus or variant finds its own settings: {"params:corpora": "params:corpora.train"}."""
    return {f"params:{parameter}": f"params:{parameter}.{name}" for parameter in parameters}


def shared(*parameters: str) -> dict[str, str]:
    """Return the settings that all corpora and variants share, which keep their names."""
    return {f"params:{parameter}": f"params:{parameter}" for parameter in parameters}
