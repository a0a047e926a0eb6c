"""A run of a part says on which nodes it builds that are left out and not up to date."""

import pytest

from real_cloned.incremental import state
from real_cloned.incremental.runner import IncrementalRunner
from real_cloned.incremental.upstream import stale_upstream


def warnings(project, **filters):
    whole = project.pipeline()
    return stale_upstream(whole.filter(**filters), whole, project.catalog(), project.folder)


def test_what_is_up_to_date_and_the_whole_need_no_warning(finished):
    assert warnings(finished, node_names=["write_report"]) == []
    finished.parameters["corpus"]["root"] = str(finished.add_music("other", "longer name.mp3"))
    assert warnings(finished) == []
    assert warnings(finished, to_nodes=["train_first"]) == []


def test_another_folder_is_told_to_a_later_stage_that_runs_alone(finished):
    finished.parameters["corpus"]["root"] = str(finished.add_music("other", "longer name.mp3"))
    first, reason, advice = warnings(finished, node_names=["train_first", "train_second"])
    assert first.startswith("Warning: this run leaves out nodes that are not up to date")
    assert reason.startswith("  listed: parameters changed (corpus.root ") and reason.endswith("/other)")
    assert "`kedro run` without a choice of nodes" in advice


@pytest.mark.parametrize(("file", "old"), [("helpers.py", "OFFSET = 1"), ("steps.py", "training[")])
def test_only_nodes_that_the_part_depends_on_are_told(finished, file, old):
    finished.edit(file, old, old.replace("1", "2").replace("training[", "1 * training["))
    said = "\n".join(warnings(finished, node_names=["train_first"]))
    assert ("measured: code changed" in said) == (file == "helpers.py")
    assert "more_measured" not in said and "weights" not in said


def test_forcing_what_runs_is_no_reason_to_warn_of_the_rest(finished):
    finished.incremental = {"ledger": "data/ledger.json", "force": True}
    assert warnings(finished, node_names=["train_first"]) == []


def test_what_was_never_made_is_told_before_the_run_fails_for_it(project):
    assert "  listed, measured: not made yet" in warnings(project, node_names=["train_first"])


def test_a_pipeline_that_is_not_part_of_the_whole_is_warned_too(finished):
    finished.parameters["measuring"]["gain"] = 3
    whole = finished.pipeline()
    rest, part = whole.filter(to_nodes=["measure"]), whole.filter(node_names=["train_second"])
    assert any(
        "measuring.gain 2 → 3" in line for line in stale_upstream(part, rest, finished.catalog(), finished.folder)
    )


def test_a_run_of_a_part_looks_at_a_corpus_once_before_it_begins(finished, monkeypatch):
    looked, look = [], state.path_state
    monkeypatch.setattr(state, "path_state", lambda path, **options: looked.append(path) or look(path, **options))
    whole, root = finished.pipeline(), finished.parameters["corpus"]["root"]
    part = whole.filter(node_names=["list", "train_first"])
    IncrementalRunner((), finished.folder, whole=lambda: whole).run(part, finished.catalog())
    assert looked.count(root) == 1
    part = whole.filter(node_names=["list"])
    IncrementalRunner(("list",), finished.folder, whole=lambda: whole).run(part, finished.catalog())
    assert looked.count(root) == 3  # again as the node begins
