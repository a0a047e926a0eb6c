"""A student is trained by the project's trainer, goes on after a break, and its weights are those of an encoder."""

import pytest
import torch

from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.encoders.registry import embedding_size, load_encoder
from real_cloned.encoders.student.module import StudentTraining
from real_cloned.encoders.student.training import pretrain_student, student_training
from real_cloned.schemas.corpora import History
from tests.encoders.contrastive.test_training import train_sent_jobs
from tests.tiny import AUDIO, STUDENT, but


def test_a_variant_that_is_a_student_is_trained_and_loaded_as_an_encoder_of_other_weights(make_corpus, teacher_file):
    parameters = but(STUDENT, init_from=teacher_file, steps_per_epoch=1, max_epochs=1)
    corpus = make_corpus((2, 2, 2), ("vocals", "accompaniment"))
    weights, history = pretrain_variant(parameters, AUDIO, corpus, corpus)
    assert len(History.validate(history)) == 1
    teacher = student_training(parameters, AUDIO).teacher
    sounds = torch.randn(2, 1, AUDIO.segment_samples, generator=torch.Generator().manual_seed(0))
    embedded = load_encoder(weights)(sounds)
    assert embedded.shape == (2, embedding_size(weights))
    assert not torch.allclose(embedded, teacher(sounds), atol=1e-3)


@pytest.mark.slow
def test_a_worker_is_sent_all_that_it_takes_to_train_a_student_and_no_audio(make_corpus, teacher_file, monkeypatch):
    parameters = but(STUDENT, init_from=teacher_file, steps_per_epoch=1, max_epochs=1)
    source = PairSource.from_corpus(parameters, AUDIO, make_corpus((2, 2), ("vocals", "accompaniment")))
    sent = train_sent_jobs(monkeypatch)
    _, history = pretrain_student(parameters, AUDIO, source, source)
    assert len(sent) == len(history) == 1


@pytest.mark.slow
def test_a_student_that_was_broken_off_goes_on_and_ends_with_the_same_weights(
    make_corpus, teacher_file, tmp_path, monkeypatch
):
    parameters = but(STUDENT, init_from=teacher_file, steps_per_epoch=1, checkpoint_s=0)
    source = PairSource.from_corpus(parameters, AUDIO, make_corpus((2, 2), ("vocals", "accompaniment")))
    whole, _ = pretrain_student(parameters, AUDIO, source, source)
    begin, begun = StudentTraining.on_train_epoch_start, []

    def break_off(module):
        begun.append(module.current_epoch)
        if begun == [0, 1]:
            raise OSError("the slice is over")
        begin(module)

    monkeypatch.setattr(StudentTraining, "on_train_epoch_start", break_off)
    with pytest.raises(OSError, match="slice"):
        pretrain_student(parameters, AUDIO, source, source, tmp_path)
    resumed, history = pretrain_student(parameters, AUDIO, source, source, tmp_path)
    assert begun == [0, 1, 1]
    assert len(history) == 2
    assert all(torch.equal(tensor, resumed.tensors[name]) for name, tensor in whole.tensors.items())
