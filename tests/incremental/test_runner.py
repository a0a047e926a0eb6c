"""What runs again after what change, through Kedro's own pipeline, catalog and runner."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental import fingerprint
from real_cloned.incremental.ledger import Ledger

from .conftest import EVERYTHING, touch


def test_a_second_run_does_nothing_and_says_so(done, capsys):
    assert done.run() == set()
    assert "Nothing to do: all 7 nodes are up to date" in capsys.readouterr().out


def test_another_comment_or_docstring_or_layout_runs_nothing(done):
    done.edit("steps.py", "# each name counts", "# every single name counts, at some length")
    done.edit("steps.py", '"""Return how long the names are."""', '"""Return the length of all names."""\n')
    done.edit("helpers.py", "number + OFFSET", "(number\n            + OFFSET)")
    assert done.run() == set()


def test_code_that_no_node_reaches_runs_nothing(done):
    done.edit("steps.py", "names.lower()", "names.upper()")
    (done.package / "other.py").write_text("LIMIT = 3\n")
    assert done.run() == set()


def test_a_module_counts_as_a_whole_for_those_nodes_that_import_from_it(done):
    done.edit("helpers.py", "number - 1", "number - 2")
    assert done.run() == {"measure", "measure_more"}


def test_a_constant_in_a_helper_runs_what_imports_it_and_what_depends_on_that(done, capsys):
    done.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert done.run() == {"measure", "measure_more", "train_first", "train_second", "tell"}
    assert "measured: code changed (helpers.py)" in capsys.readouterr().out


def test_a_module_that_is_imported_inside_a_function_counts_and_so_does_a_file_that_it_names(done):
    done.edit("wording.py", '" ".join', '", ".join')
    assert done.run() == {"tell"}
    done.edit("template.txt", "Report", "Result")
    assert done.run() == {"tell"}


def test_a_node_that_makes_what_it_made_before_runs_nothing_that_depends_on_it(done):
    done.edit("helpers.py", "number + OFFSET", "OFFSET + number")
    assert done.run() == {"measure", "measure_more"}
    assert done.run() == set()


def test_a_learning_rate_runs_its_training_and_what_depends_on_it_and_is_named(done, capsys):
    done.parameters["first"]["rate"] = 0.75
    assert done.run() == {"train_first", "tell"}
    assert "first_weights: parameters changed (first.rate 0.5 → 0.75)" in capsys.readouterr().out
    done.parameters["first"]["rate"] = 0.5
    assert done.run() == {"train_first", "tell"}


def test_a_parameter_that_is_new_is_distinguished_from_one_that_changed(done):
    done.parameters["first"]["decay"] = None
    assert "first.decay none → null" in str(done.plan())


def test_an_output_that_was_deleted_is_made_again_alone(done, capsys):
    done.data("measured").unlink()
    assert done.run() == {"measure"}
    assert "measured: measured is missing" in capsys.readouterr().out


def test_an_output_that_something_else_changed_is_made_again(done):
    before = done.data("measured").read_text()
    done.data("measured").write_text("7")
    assert done.run() == {"measure"}
    assert done.data("measured").read_text() == before


def test_a_touched_raw_file_is_read_again_and_a_new_one_runs_what_depends_on_it(done):
    touch(done.folder / "music" / "song.mp3")
    assert done.run() == {"list"}
    done.add_music("music", "another.mp3")
    assert done.run() == {"list", "measure", "train_first", "train_second", "tell"}


def test_with_content_hashes_a_touched_raw_file_runs_nothing_and_a_changed_one_does(project):
    project.incremental["content_hash"] = True
    project.run()
    touch(project.folder / "music" / "song.mp3")
    assert project.run() == set()
    (project.folder / "music" / "song.mp3").write_text("other")
    assert project.run() == {"list"}


def test_a_root_elsewhere_is_read_again_every_time(project):
    project.parameters["more_corpus"]["root"] = "s3://bucket/music"
    assert project.plan().reasons["list_more"].text == "not made yet"
    plans = (project.plan(node_names=["list_more"]) for _ in range(2))
    first, second = (plan.nodes[0].own_fingerprint["files"] for plan in plans)
    assert first.keys() == second.keys() == {"s3://bucket/music"} and first != second


def test_another_version_of_a_library_runs_the_code_that_names_it(done, monkeypatch, capsys):
    known = fingerprint.library_versions({"numpy"})["numpy"]
    monkeypatch.setattr(fingerprint, "_version", lambda name: "0.1")
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


def test_unfinished_work_is_resumed_only_if_it_is_the_very_same_work(done):
    checkpoint = stopped_in_training(done, rate=0.75)
    assert done.run() == {"train_first", "tell"} and checkpoint.is_file()
    assert done.run(forced=("train_first",), node_names=["train_first"]) == {"train_first"} and not checkpoint.exists()
    checkpoint.write_text("")
    done.parameters["first"]["rate"] = 0.5
    assert done.run() == {"train_first", "tell"} and not checkpoint.exists()


def test_unfinished_work_is_discarded_if_the_ledger_does_not_know_it_or_all_is_forced(done):
    checkpoint = done.folder / "data" / "bench" / "half.ckpt"
    checkpoint.write_text("")
    (checkpoint.parent / "run.json").write_text("")
    (done.folder / "data" / "ledger.json").unlink()
    assert done.run() == EVERYTHING and not checkpoint.exists()
    checkpoint.write_text("")
    done.incremental["force"] = True
    assert done.run() == EVERYTHING and not checkpoint.exists()
    assert (checkpoint.parent / "run.json").exists()


def test_an_output_made_of_an_altered_input_is_made_again_once_the_input_is(done):
    done.data("measured").write_text("99")
    done.data("first_weights").unlink()
    done.run(only_missing=True)
    assert done.data("first_weights").read_text() == "49.5"
    assert {"measure", "train_first"} <= done.run()
    assert done.data("first_weights").read_text() != "49.5"


def test_unfinished_work_of_other_parameters_is_discarded_also_by_kedros_own_rule(done):
    checkpoint = stopped_in_training(done, rate=0.75)
    done.data("first_weights").unlink()
    done.parameters["first"]["rate"] = 0.1
    assert "train_first" in done.run(only_missing=True) and not checkpoint.exists()


def test_another_way_to_load_an_input_runs_what_loads_it(done):
    done.load_args = {"measured": {"fs_args": {"open_args_load": {"encoding": "latin-1"}}}}
    assert {"train_first", "train_second"} <= done.run()


def test_of_a_slice_only_what_is_out_of_date_runs_and_the_rest_stays_out_of_date(done):
    done.parameters["first"]["rate"] = 0.75
    assert done.run(from_nodes=["tell"]) == set()
    assert done.run(to_nodes=["train_first"]) == {"train_first"}
    assert done.run() == {"tell"}


def test_a_node_that_is_asked_for_by_name_runs_in_any_case(done):
    assert done.run(forced=("measure",), node_names=["measure"]) == {"measure"}
    assert done.run() == set()


def test_everything_runs_when_that_is_asked_for(done):
    done.incremental["force"] = True
    assert done.run() == EVERYTHING


def test_an_unknown_parameter_of_the_group_is_one_message(project):
    project.incremental["forse"] = True
    with pytest.raises(RealClonedError, match="incremental.forse"):
        project.run()


def test_the_old_name_of_the_parameter_group_is_one_message_with_the_new_one(project, monkeypatch):
    catalog = project.catalog()
    catalog["params:freshness"] = {"force": True}
    monkeypatch.setattr(project, "catalog", lambda: catalog)
    with pytest.raises(RealClonedError, match="`freshness` is called `incremental` now"):
        project.run()


def test_what_is_kept_in_memory_is_made_where_a_user_of_it_runs_and_only_there(project):
    project.stored.remove("measured")
    assert project.run() == EVERYTHING
    assert project.run() == set()
    project.parameters["first"]["rate"] = 0.75
    assert project.run() == {"measure", "train_first", "tell"}
    project.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert project.run() == {"measure", "measure_more", "train_first", "train_second", "tell"}


def test_what_a_run_returns_does_not_depend_on_what_was_up_to_date(done):
    from real_cloned.incremental.runner import IncrementalRunner

    outputs = IncrementalRunner((), done.folder).run(done.pipeline(), done.catalog())
    assert outputs["report"].load().startswith("Report: ")


@pytest.mark.parametrize("moment", ["invalidate", "record"])
def test_a_node_at_which_a_run_was_killed_runs_again_and_nothing_before_it(project, monkeypatch, moment):
    original = getattr(Ledger, moment)

    def killed(ledger, outputs, *work):
        if moment == "invalidate":
            original(ledger, outputs, *work)
        if "measured" in outputs:
            raise KeyboardInterrupt
        if moment == "record":
            original(ledger, outputs, *work)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            project.run()
    before = set(project.ran)
    assert "a run was stopped while it was made" in str(project.plan())
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
    "text", [None, "", "{", "[]", '{"version": 1}', '{"version": 3, "outputs": 3, "started": [], "values": {}}']
)
def test_a_ledger_that_is_gone_or_damaged_counts_as_none(done, text):
    ledger = done.folder / "data" / "ledger.json"
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
