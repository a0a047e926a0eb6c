"""One progress bar per training, with the metrics of the last epoch; lines where no bar can be drawn."""

from types import SimpleNamespace

import torch

from real_cloned.training.progress import EpochLines, TrainingProgressBar


def test_the_metrics_of_the_last_epoch_are_shown_as_far_as_the_history_has_them():
    history = [{"train_loss": 2.0}, {"train_loss": 1.23456, "validation_loss": 1.5, "learning_rate": 0.1}]
    shown = TrainingProgressBar("tiny").get_metrics(None, SimpleNamespace(history=history))
    assert shown == {"train_loss": "1.23", "validation_loss": "1.5"}
    assert TrainingProgressBar("tiny").get_metrics(None, SimpleNamespace(history=[])) == {}


def test_the_bar_runs_over_all_steps_from_the_one_that_an_interrupted_training_reached():
    bar = TrainingProgressBar("pretrain tiny")
    bar._trainer = SimpleNamespace(estimated_stepping_batches=24, global_step=8)
    drawn = bar.init_train_tqdm()
    assert (drawn.total, drawn.n, drawn.desc) == (24, 8, "pretrain tiny")
    drawn.close()
    assert bar.init_validation_tqdm().disable


def test_a_worker_elsewhere_prints_the_start_the_end_and_some_epochs_between(capsys):
    lines = EpochLines("pretrain vocal", interval_s=1000.0)
    module = SimpleNamespace(history=[], device=torch.device("cpu"))
    trainer = SimpleNamespace(should_stop=False, current_epoch=4, max_epochs=7, world_size=2)
    lines.on_train_start(trainer, module)
    for epoch in range(4, 7):
        trainer.current_epoch = epoch
        module.history.append({"train_loss": 0.1234567 * epoch})
        lines.on_train_epoch_end(trainer, module)
    assert capsys.readouterr().out.splitlines() == [
        "pretrain vocal: begins at epoch 5 of at most 7, 2 worker(s), cpu",
        "pretrain vocal: epoch 7 of at most 7, train_loss 0.741",
    ]
    lines.interval_s, trainer.current_epoch = 0.0, 5
    lines.on_train_epoch_end(trainer, module)
    assert "epoch 6" in capsys.readouterr().out
