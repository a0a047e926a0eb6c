"""Diagrams that Kedro-Viz shows beside a node: what the method does there, as the paper has it."""

from kedro.pipeline.preview_contract import MermaidPreview

VOCAL_FILTER = """graph LR
  audio[decoded track] --> windows[windows of 3 s] --> detector[vocal activity detector]
  detector --> probability[probability of singing] --> segments[segments of 6 s that hold singing]
  probability --> share{"sung share ≥ min_vocal_share?"}
  share -- no --> rejected[track is rejected]
"""
PRETRAINING = """graph LR
  singer[one singer] --> a[segment of one track] & b[segment of another track]
  a & b --> logmel["log-mel, 128 × 240"] --> encoder["encoder: ViT-S/16, Linear, GELU"]
  encoder --> projector["projector: Linear, BatchNorm, ReLU, …"] --> loss["NT-Xent, T = 0.2"]
  batch[other singers of the batch] -. negatives .-> loss
"""
PROBE = """graph LR
  train[embeddings of training tracks] --> mlp["MLP: Linear, BatchNorm, ReLU, …"] --> entropy[cross entropy]
  validation[validation tracks] -. early stop .-> mlp
  test[segments of a test track] --> mlp2[trained MLP] --> votes[one vote per segment] --> singer[majority: the singer]
  mlp --> mlp2
"""


def preview_vocal_filter() -> MermaidPreview:
    """Return how segments with singing are found (paper, section 3.1)."""
    return MermaidPreview(content=VOCAL_FILTER)


def preview_pretraining() -> MermaidPreview:
    """Return how an encoder is trained (paper, section 3.2)."""
    return MermaidPreview(content=PRETRAINING)


def preview_probe() -> MermaidPreview:
    """Return how singers are identified (paper, section 3.3)."""
    return MermaidPreview(content=PROBE)
