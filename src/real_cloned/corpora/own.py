"""Reader of a person's own recordings: by their manifest where there is one, otherwise by their folders."""

from real_cloned.corpora.folder import read_folder
from real_cloned.corpora.listing import Reading, corpus_root
from real_cloned.corpora.manifest import find_manifest, read_manifest
from real_cloned.corpus_parameters import CorpusParameters


def read_own(parameters: CorpusParameters) -> Reading:
    """Return (found, rejected) of the folder at the corpus' root.

    Raises RealClonedError when the root is no folder, and as `read_manifest` and `read_folder` do.
    """
    has_manifest = find_manifest(corpus_root(parameters)) is not None
    return read_manifest(parameters) if has_manifest else read_folder(parameters)
