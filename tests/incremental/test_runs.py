"""What runs again after what change, through Kedro's own pipeline, catalog and runner."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental import libraries
from real_cloned.incremental.ledger import Ledger

from .conftest import EVERYTHING, touch


def test_a_second_run_does_nothing_and_says_so(done, capsys):
    assert done.run() == set()
    assert "Nothing to do: all 7 nodes are fresh" in capsys.readouterr().out


def test_another_comment_or_docstring_or_layout_runs_nothing(done):
    done.edit("steps.py", "# each name counts", "# every single name counts, at some length")
    done.edit("steps.py", '"""Return how long the names are."""', '"""Return the length of all names."""\n')
    done.edit("helpers.py", "number + OFFSET", "(number\n            + OFFSET)")
    assert done.run() == set()


def test_code_that_no_node_reaches_runs_nothing(done):
    done.edit("helpers.py", "number - 1", "number - 2")
    assert done.run() == set()


def test_a_constant_in_a_helper_runs_what_reaches_it_and_what_follows(done, capsys):
    done.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert done.run() == {"measure", "measure_more", "train_first", "train_second", "tell"}
    assert "measured: code changed (helpers.py)" in capsys.readouterr().out


def test_a_module_that_is_imported_inside_a_function_counts_and_so_does_a_file_that_it_names(done):
    done.edit("wording.py", '" ".join', '", ".join')
    assert done.run() == {"tell"}
    done.edit("template.txt", "Told", "Said")
    assert done.run() == {"tell"}


def test_a_node_that_makes_what_it_made_before_lets_nothing_follow(done):
    done.edit("helpers.py", "number + OFFSET", "OFFSET + number")
    assert done.run() == {"measure", "measure_more"}
    assert done.run() == set()


def test_a_learning_rate_runs_its_training_and_what_follows_and_is_named(done, capsys):
    done.parameters["first"]["rate"] = 0.75
    assert done.run() == {"train_first", "tell"}
    assert "first_weights: parameters changed (first.rate 0.5 → 0.75)" in capsys.readouterr().out
    done.parameters["first"]["rate"] = 0.5
    assert done.run() == {"train_first", "tell"}


def test_a_parameter_that_is_new_is_told_from_one_that_changed(done):
    done.parameters["first"]["decay"] = None
    assert "first.decay none → null" in str(done.outlook())


def test_an_output_that_was_deleted_is_made_anew_alone(done, capsys):
    done.data("measured").unlink()
    assert done.run() == {"measure"}
    assert "measured: measured is missing" in capsys.readouterr().out


def test_an_output_that_something_else_changed_is_made_anew(done):
    before = done.data("measured").read_text()
    done.data("measured").write_text("7")
    assert done.run() == {"measure"}
    assert done.data("measured").read_text() == before


def test_a_touched_raw_file_is_read_anew_and_a_new_one_runs_what_follows(done):
    touch(done.folder / "music" / "song.mp3")
    assert done.run() == {"list"}
    done.add_music("music", "another.mp3")
    assert done.run() == {"list", "measure", "train_first", "train_second", "tell"}


def test_with_content_hashes_a_touched_raw_file_runs_nothing_and_a_changed_one_does(project):
    project.freshness["content_hash"] = True
    project.run()
    touch(project.folder / "music" / "song.mp3")
    assert project.run() == set()
    (project.folder / "music" / "song.mp3").write_text("other")
    assert project.run() == {"list"}


def test_a_root_elsewhere_is_read_anew_every_time(project):
    project.parameters["more_corpus"]["root"] = "s3://bucket/music"
    assert project.outlook().running["list_more"].why == "not made yet"
    outlooks = (project.outlook(node_names=["list_more"]) for _ in range(2))
    first, second = (outlook.nodes[0].own["files"] for outlook in outlooks)
    assert first.keys() == second.keys() == {"s3://bucket/music"} and first != second


def test_another_version_of_a_library_runs_the_code_that_names_it(done, monkeypatch, capsys):
    known = libraries.versions({"numpy"})["numpy"]
    monkeypatch.setattr(libraries, "_version", lambda name: "0.1")
    assert done.run() == {"train_first", "train_second"}
    assert f"libraries changed (numpy {known} → 0.1)" in capsys.readouterr().out


def test_a_new_corpus_runs_its_own_stages_and_the_report_and_nothing_else(done):
    done.parameters["more_corpus"]["root"] = str(done.add_music("more", "duet.mp3"))
    assert done.run() == {"list_more", "measure_more", "tell"}


def stopped_in_training(project, rate):
    """Train the first weights at another rate, be stopped, and return the checkpoint that is left."""
    stop = project.folder / "data" / "stop"
    project.parameters["first"]["rate"] = rate
    stop.write_text("")
    with pytest.raises(RuntimeError, match="stopped"):
        project.run()
    stop.unlink()
    return project.folder / "data" / "bench" / "half.ckpt"


def test_work_that_was_stopped_is_left_to_the_very_same_work_and_to_no_other(done):
    half = stopped_in_training(done, rate=0.75)
    assert done.run() == {"train_first", "tell"} and half.is_file()
    assert done.run(named=("train_first",), node_names=["train_first"]) == {"train_first"} and not half.exists()
    half.write_text("")
    done.parameters["first"]["rate"] = 0.5
    assert done.run() == {"train_first", "tell"} and not half.exists()


def test_work_of_which_nothing_is_known_is_left_to_nobody_and_neither_is_any_where_all_is_forced(done):
    half = done.folder / "data" / "bench" / "half.ckpt"
    half.write_text("")
    (half.parent / "run.json").write_text("")
    (done.folder / "data" / "freshness.json").unlink()
    assert done.run() == EVERYTHING and not half.exists()
    half.write_text("")
    done.freshness["force"] = True
    assert done.run() == EVERYTHING and not half.exists()
    assert (half.parent / "run.json").exists()


def test_what_is_made_of_an_altered_input_is_not_taken_for_what_it_would_be_made_of(done):
    done.data("measured").write_text("99")
    done.data("first_weights").unlink()
    done.run(only_missing=True)
    assert done.data("first_weights").read_text() == "49.5"
    assert {"measure", "train_first"} <= done.run()
    assert done.data("first_weights").read_text() != "49.5"


def test_work_that_other_parameters_left_is_forgotten_also_by_kedros_own_rule(done):
    half = stopped_in_training(done, rate=0.75)
    done.data("first_weights").unlink()
    done.parameters["first"]["rate"] = 0.1
    assert "train_first" in done.run(only_missing=True) and not half.exists()


def test_another_way_to_load_an_input_runs_what_loads_it(done):
    done.load_args = {"measured": {"fs_args": {"open_args_load": {"encoding": "latin-1"}}}}
    assert {"train_first", "train_second"} <= done.run()


def test_of_a_slice_only_what_is_stale_runs_and_the_rest_stays_stale(done):
    done.parameters["first"]["rate"] = 0.75
    assert done.run(from_nodes=["tell"]) == set()
    assert done.run(to_nodes=["train_first"]) == {"train_first"}
    assert done.run() == {"tell"}


def test_a_node_that_is_asked_for_by_name_runs_in_any_case(done):
    assert done.run(named=("measure",), node_names=["measure"]) == {"measure"}
    assert done.run() == set()


def test_everything_runs_when_that_is_asked_for(done):
    done.freshness["force"] = True
    assert done.run() == EVERYTHING


def test_an_unknown_parameter_of_freshness_is_one_message(project):
    project.freshness["forse"] = True
    with pytest.raises(RealClonedError, match="freshness.forse"):
        project.run()


def test_what_is_kept_in_memory_is_made_where_a_user_of_it_runs_and_only_there(project):
    project.kept.remove("measured")
    assert project.run() == EVERYTHING
    assert project.run() == set()
    project.parameters["first"]["rate"] = 0.75
    assert project.run() == {"measure", "train_first", "tell"}
    project.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert project.run() == {"measure", "measure_more", "train_first", "train_second", "tell"}


def test_what_a_run_returns_does_not_depend_on_what_was_fresh(done):
    from real_cloned.incremental.runner import IncrementalRunner

    outputs = IncrementalRunner((), done.folder).run(done.pipeline(), done.catalog())
    assert outputs["report"].load().startswith("Told: ")


@pytest.mark.parametrize("moment", ["strike", "stamp"])
def test_a_node_at_which_a_run_was_killed_runs_again_and_nothing_before_it(project, monkeypatch, moment):
    real = getattr(Ledger, moment)

    def killed(ledger, outputs, *work):
        if moment == "strike":
            real(ledger, outputs, *work)
        if "measured" in outputs:
            raise KeyboardInterrupt
        if moment == "stamp":
            real(ledger, outputs, *work)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            project.run()
    before = set(project.ran)
    assert "a run stopped while it was made" in str(project.outlook())
    assert project.run() == EVERYTHING - (before - {"measure"})
    assert project.run() == set()


def test_a_node_that_fails_keeps_what_was_made_before_it(project):
    project.parameters["second"] = {}
    with pytest.raises(KeyError):
        project.run()
    before = set(project.ran) - {"train_second"}
    project.parameters["second"] = {"rate": 1.0}
    assert project.run() == EVERYTHING - before


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '{"version": 1}', '{"version": 1, "made": 3, "begun": [], "values": {}}']
)
def test_a_ledger_that_is_gone_or_damaged_counts_as_none(done, text):
    ledger = done.folder / "data" / "freshness.json"
    ledger.unlink()
    if text is not None:
        ledger.write_text(text)
    assert done.run() == EVERYTHING
    assert done.run() == set()


def test_with_kedros_own_rule_only_what_is_missing_runs_and_is_written_down(done):
    from real_cloned.incremental.runner import IncrementalRunner

    done.data("first_weights").unlink()
    IncrementalRunner((), done.folder).run(done.pipeline(), done.catalog(), only_missing_outputs=True)
    assert done.run() == set()
