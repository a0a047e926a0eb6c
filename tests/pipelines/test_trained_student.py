"""A student of CAM++ is a variant that `enabled` switches on: trained on mashups, and given plain mixtures to embed."""

import numpy as np
import pytest

from tests.pipelines.study import ONE_ENCODER

pytestmark = pytest.mark.slow

SMALL = {
    "enabled": True, "pairs_per_batch": 2, "steps_per_epoch": 1, "n_validation_pairs": 2, "max_epochs": 2, "crop_s": 1.0
}  # fmt: skip


def test_a_student_that_is_switched_on_is_trained_and_embeds_mixtures(new_study, teacher_file):
    student = {**SMALL, "init_from": teacher_file}
    study = new_study("demo", {**ONE_ENCODER, "pretrain": {**ONE_ENCODER["pretrain"], "student": student}})
    for stage in ("ingest", "vocal_filter", "separation", "pretrain", "embed"):
        study.run(stage)
    assert study.load("student.weights").config["pretrain"]["family"] == "student"
    assert study.load("student.history")["epoch"].tolist() == [0, 1]
    embeddings = study.load("student.closed.embeddings")
    assert embeddings.matrix.shape[1] == 192
    assert np.isfinite(embeddings.matrix).all()
    assert set(embeddings.index["stem"]) == {"mixture"}
