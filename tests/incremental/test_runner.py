"""What runs again after what change, through Kedro's own pipeline, catalog and runner."""

import pytest
from upath import UPath

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental import fingerprint
from real_cloned.incremental.ledger import Ledger

from .conftest import EVERYTHING, touch


def test_a_second_run_does_nothing_and_says_so(finished, capsys):
    assert finished.run() == set()
    assert "Nothing to do: all 7 nodes are up to date" in capsys.readouterr().out


def test_another_comment_or_docstring_or_layout_runs_nothing(finished):
    finished.edit("steps.py", "# each name counts", "# every single name counts, at some length")
    finished.edit("steps.py", '"""Return how long the names are."""', '"""Return the length of all names."""\n')
    finished.edit("helpers.py", "number + OFFSET", "(number\n            + OFFSET)")
    assert finished.run() == set()


def test_code_that_no_node_reaches_runs_nothing(finished):
    finished.edit("steps.py", "names.lower()", "names.upper()")
    (finished.package / "other.py").write_text("LIMIT = 3\n")
    assert finished.run() == set()


def test_a_module_counts_as_a_whole_for_those_nodes_that_import_from_it(finished):
    finished.edit("helpers.py", "number - 1", "number - 2")
    assert finished.run() == {"measure", "measure_more"}


def test_a_constant_in_a_helper_runs_what_imports_it_and_what_depends_on_that(finished, capsys):
    finished.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert finished.run() == {"measure", "measure_more", "train_first", "train_second", "write_report"}
    assert "measured: code changed (helpers.py)" in capsys.readouterr().out


def test_a_module_that_is_imported_inside_a_function_counts_and_so_does_a_file_that_it_names(finished):
    finished.edit("sentences.py", '" ".join', '", ".join')
    assert finished.run() == {"write_report"}
    finished.edit("template.txt", "Report", "Result")
    assert finished.run() == {"write_report"}


def test_a_node_that_makes_what_it_made_before_runs_nothing_that_depends_on_it(finished):
    finished.edit("helpers.py", "number + OFFSET", "OFFSET + number")
    assert finished.run() == {"measure", "measure_more"}
    assert finished.run() == set()


def test_a_learning_rate_runs_its_training_and_what_depends_on_it_and_is_named(finished, capsys):
    finished.parameters["first"]["rate"] = 0.75
    assert finished.run() == {"train_first", "write_report"}
    assert "first_weights: parameters changed (first.rate 0.5 → 0.75)" in capsys.readouterr().out
    finished.parameters["first"]["rate"] = 0.5
    assert finished.run() == {"train_first", "write_report"}


def test_a_parameter_that_is_new_is_distinguished_from_one_that_changed(finished):
    finished.parameters["first"]["decay"] = None
    assert "first.decay none → null" in str(finished.plan())


def test_an_output_that_was_deleted_is_made_again_alone(finished, capsys):
    finished.data("measured").unlink()
    assert finished.run() == {"measure"}
    assert "measured: measured is missing" in capsys.readouterr().out


def test_an_output_that_something_else_changed_is_made_again(finished):
    before = finished.data("measured").read_text()
    finished.data("measured").write_text("7")
    assert finished.run() == {"measure"}
    assert finished.data("measured").read_text() == before


def test_a_touched_raw_file_is_read_again_and_a_new_one_runs_what_depends_on_it(finished):
    touch(finished.folder / "music" / "song.mp3")
    assert finished.run() == {"list"}
    finished.add_music("music", "another.mp3")
    assert finished.run() == {"list", "measure", "train_first", "train_second", "write_report"}


def test_with_content_hashes_a_touched_raw_file_runs_nothing_and_a_changed_one_does(project):
    project.incremental["content_hash"] = True
    project.run()
    touch(project.folder / "music" / "song.mp3")
    assert project.run() == set()
    (project.folder / "music" / "song.mp3").write_text("other")
    assert project.run() == {"list"}


@pytest.mark.parametrize("root", ["http://127.0.0.1:9/music", "s3://bucket/music", "s4://music"])
def test_a_root_of_which_nothing_can_be_said_is_read_again_every_time(project, root):
    project.parameters["more_corpus"]["root"] = root
    assert project.plan().reasons["list_more"].text == "not made yet"
    plans = (project.plan(node_names=["list_more"]) for _ in range(2))
    first, second = (plan.nodes[0].own_fingerprint["files"] for plan in plans)
    assert first.keys() == second.keys() == {root} and first != second


def test_a_root_on_a_remote_file_system_is_known_by_what_that_says_of_its_files(finished):
    root = UPath("memory://runner/music")
    (root / "duet.mp3").write_bytes(b"la")
    finished.parameters["more_corpus"]["root"] = str(root)
    assert "list_more" in finished.run()
    assert finished.run() == set()
    (root / ".hidden").write_bytes(b"la")
    assert finished.run() == set()
    (root / "duet.mp3").write_bytes(b"la la")
    assert "list_more" in finished.run()


def test_another_version_of_a_library_runs_the_code_that_names_it(finished, monkeypatch, capsys):
    known = fingerprint.library_versions({"numpy"})["numpy"]
    version = fingerprint._version
    monkeypatch.setattr(fingerprint, "_version", lambda name: "0.1" if name == "numpy" else version(name))
    assert finished.run() == {"train_first", "train_second"}
    assert f"libraries changed (numpy {known} → 0.1)" in capsys.readouterr().out


def test_a_new_corpus_runs_its_own_stages_and_the_report_and_nothing_else(finished):
    finished.parameters["more_corpus"]["root"] = str(finished.add_music("more", "duet.mp3"))
    assert finished.run() == {"list_more", "measure_more", "write_report"}


def stopped_in_training(project, rate):
    """Train the first weights at another rate, be stopped, and return the checkpoint that is left."""
    stop = project.folder / "data" / "stop"
    project.parameters["first"]["rate"] = rate
    stop.write_text("")
    with pytest.raises(RuntimeError, match="stopped"):
        project.run()
    stop.unlink()
    return project.folder / "data" / "work_folder" / "half.ckpt"


def test_unfinished_work_is_resumed_only_if_it_is_the_very_same_work(finished):
    checkpoint = stopped_in_training(finished, rate=0.75)
    assert finished.run() == {"train_first", "write_report"} and checkpoint.is_file()
    assert (
        finished.run(forced=("train_first",), node_names=["train_first"]) == {"train_first"} and not checkpoint.exists()
    )
    checkpoint.write_text("")
    finished.parameters["first"]["rate"] = 0.5
    assert finished.run() == {"train_first", "write_report"} and not checkpoint.exists()


def test_unfinished_work_is_discarded_if_the_ledger_does_not_know_it_or_all_is_forced(finished):
    checkpoint = finished.folder / "data" / "work_folder" / "half.ckpt"
    checkpoint.write_text("")
    (checkpoint.parent / "run.json").write_text("")
    (finished.folder / "data" / "ledger.json").unlink()
    assert finished.run() == EVERYTHING and not checkpoint.exists()
    checkpoint.write_text("")
    finished.incremental["force"] = True
    assert finished.run() == EVERYTHING and not checkpoint.exists()
    assert (checkpoint.parent / "run.json").exists()


def test_an_output_made_of_an_altered_input_is_made_again_once_the_input_is(finished):
    finished.data("measured").write_text("99")
    finished.data("first_weights").unlink()
    finished.run(only_missing=True)
    assert finished.data("first_weights").read_text() == "49.5"
    assert {"measure", "train_first"} <= finished.run()
    assert finished.data("first_weights").read_text() != "49.5"


def test_unfinished_work_of_other_parameters_is_discarded_also_by_kedros_own_rule(finished):
    checkpoint = stopped_in_training(finished, rate=0.75)
    finished.data("first_weights").unlink()
    finished.parameters["first"]["rate"] = 0.1
    assert "train_first" in finished.run(only_missing=True) and not checkpoint.exists()


def test_another_way_to_load_an_input_runs_what_loads_it(finished):
    finished.load_args = {"measured": {"fs_args": {"open_args_load": {"encoding": "latin-1"}}}}
    assert {"train_first", "train_second"} <= finished.run()


def test_of_a_slice_only_what_is_out_of_date_runs_and_the_rest_stays_out_of_date(finished):
    finished.parameters["first"]["rate"] = 0.75
    assert finished.run(from_nodes=["write_report"]) == set()
    assert finished.run(to_nodes=["train_first"]) == {"train_first"}
    assert finished.run() == {"write_report"}


def test_a_node_that_is_asked_for_by_name_runs_in_any_case(finished):
    assert finished.run(forced=("measure",), node_names=["measure"]) == {"measure"}
    assert finished.run() == set()


def test_everything_runs_when_that_is_asked_for(finished):
    finished.incremental["force"] = True
    assert finished.run() == EVERYTHING


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
    assert project.run() == {"measure", "train_first", "write_report"}
    project.edit("helpers.py", "OFFSET = 1", "OFFSET = 2")
    assert project.run() == {"measure", "measure_more", "train_first", "train_second", "write_report"}


def test_what_a_run_returns_does_not_depend_on_what_was_up_to_date(finished):
    from real_cloned.incremental.runner import IncrementalRunner

    outputs = IncrementalRunner((), finished.folder).run(finished.pipeline(), finished.catalog())
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
def test_a_ledger_that_is_gone_or_damaged_counts_as_none(finished, text):
    ledger = finished.folder / "data" / "ledger.json"
    ledger.unlink()
    if text is not None:
        ledger.write_text(text)
    assert finished.run() == EVERYTHING
    assert finished.run() == set()


def test_with_kedros_own_rule_only_what_is_missing_runs_and_is_written_down(finished):
    from real_cloned.incremental.runner import IncrementalRunner

    finished.data("first_weights").unlink()
    IncrementalRunner((), finished.folder).run(finished.pipeline(), finished.catalog(), only_missing_outputs=True)
    assert finished.run() == set()
