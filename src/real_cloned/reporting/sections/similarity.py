"""What embeddings alone tell, without a probe: verification, retrieval, and a map of singers."""

from real_cloned.reporting.display import figure, named, percent, shown, words
from real_cloned.reporting.figures.singer_map import draw_singer_maps
from real_cloned.reporting.sections.columns import VARIANT
from real_cloned.reporting.sections.section import Contents, Section, drawn

TRIALS = {"any": "any two tracks", "different_albums": "tracks of different albums"}
QUERIES = {"real": "real tracks", "clones": "clones"}

VERIFICATION = [
    VARIANT,
    named("Trials", "trials", TRIALS),
    figure("Same singer", "n_same", ",d", "Pairs"),
    figure("Different singers", "n_different", ",d", "Pairs"),
    percent("Equal error rate (%)", "equal_error_rate"),
    figure("Least detection cost", "min_dcf", ".3f"),
]

RETRIEVAL = [
    VARIANT,
    named("Queries", "queries", QUERIES),
    figure("Queries", "n_queries", ",d", "Tracks"),
    figure("Candidates", "n_candidates", ",d", "Tracks"),
    percent("Mean average precision (%)", "mean_average_precision"),
    percent("1", "recall_at_1", "Recall (%) at"),
    percent("5", "recall_at_5", "Recall (%) at"),
    percent("10", "recall_at_10", "Recall (%) at"),
]

PLACES = [VARIANT, words("Singer", "singer_id"), figure("x", "x", ".2f"), figure("y", "y", ".2f")]
MOST_PLACES = 400


def verification(contents: Contents) -> Section:
    """Return how often embeddings alone mistake who sings."""
    text = (
        "Are two tracks by the same singer? Decided by the cosine similarity of their average embeddings over a "
        "fixed list of pairs, without a probe. The equal error rate is where as many pairs of one singer are refused "
        "as pairs of two are accepted: 50 % is guessing. Pairs from different albums share no recording session."
    )
    table = shown(contents.table("verification"), VERIFICATION, "Errors over pairs of closed tracks.")
    return Section("verification", "Verification", text, [table])


def retrieval(contents: Contents) -> Section:
    """Return how well embeddings alone find further tracks of the same singer."""
    text = (
        "Each query's embedding ranks the candidate tracks by cosine similarity; right are those of the query's "
        "singer, and for a clone those of the singer whose voice is imitated. Recall at k is the share of queries "
        "with a right track among the first k."
    )
    table = shown(contents.table("retrieval"), RETRIEVAL, "Retrieval among closed tracks.")
    return Section("retrieval", "Retrieval", text, [table])


def singer_map(contents: Contents) -> Section:
    """Return the map of singers."""
    numbers = contents.table("singer_map_numbers")
    text = (
        "The average embedding of each singer of the closed corpus, laid out by t-SNE so that neighbours stay "
        "neighbours; longer distances and the axes mean nothing. A singer has the same colour in every panel."
    )
    if len(numbers) > MOST_PLACES:
        text += f" The table holds the first {MOST_PLACES} of {len(numbers):,} places; all stand in singer_map.csv."
    places = shown(numbers[:MOST_PLACES], PLACES, "The places drawn.")
    return Section("singer_map", "A map of singers", text, [places], drawn(draw_singer_maps, numbers))


SECTIONS = (verification, retrieval, singer_map)
