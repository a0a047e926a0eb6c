"""What happened on the way: how encoders were pretrained, and which files were left out."""

from real_cloned.reporting.display import figure, shown, words
from real_cloned.reporting.sections.columns import CORPUS, VARIANT
from real_cloned.reporting.sections.section import Contents, Section

MOST_REJECTED_ROWS = 40

HISTORY = [
    VARIANT,
    figure("Epochs", "epochs", ",d"),
    figure("Best epoch", "best_epoch", ",d"),
    figure("Best validation loss", "best_validation_loss", ".3f"),
    figure("Seconds", "seconds", ",.0f"),
]

REJECTED = [CORPUS, words("Stage", "stage"), words("Reason", "reason"), figure("Files", "n", ",d")]


def history(contents: Contents) -> Section:
    """Return the course of each pretraining."""
    text = (
        "Validation loss is NT-Xent; it can be compared between models only at the same batch size and temperature. "
        "Of the LSTM it is GE2E, which cannot be compared with it. Speaker and MFCC statistics are not trained here."
    )
    table = shown(contents.table("training_history"), HISTORY, "The course of each pretraining.")
    return Section("history", "Pretraining", text, [table])


def rejected(contents: Contents) -> Section:
    """Return how many files were left out, where and why."""
    table = contents.table("rejected_files")
    total = 0 if table.empty else int(table["n"].sum())
    text = f"{total:,} files or tracks were left out; each is a row of its corpus's rejected table."
    if len(table) > MOST_REJECTED_ROWS:
        text += f" The {MOST_REJECTED_ROWS} most frequent reasons of {len(table)} are shown."
        table = table.loc[table["n"].nlargest(MOST_REJECTED_ROWS).index.sort_values()]
    caption = "Files left out, by corpus, stage and reason."
    return Section("rejected", "Files left out", text, [shown(table, REJECTED, caption)])


SECTIONS = (history, rejected)
