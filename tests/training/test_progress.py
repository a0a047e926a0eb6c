"""One progress bar per training, with the metrics of the last epoch."""

from types import SimpleNamespace

from real_cloned.training.progress import TrainingProgressBar


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
