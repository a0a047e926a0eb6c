"""A value of `--params` that is a text arrives as it was written, through the configuration too; others are YAML."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from real_cloned.cli.values import parse_params
from real_cloned.core.errors import RealClonedError

ROOT = Path(__file__).parents[2]
FOLDERS = [
    "/music/Top #1", "/music/A: B", "/music/[Live]", "[Live]", "*star", "&x", "!x", "@x", "%TAG", "{a}", "- x", "? x",
    "007", "1989", "1e3", "0x1F", "1_000", "2020-01-01", "no", "yes", "~", "-", "> y", "| z", "`x", "/m/x:", "",
    "/music/Simon, Garfunkel", "/music/a=b", "/music/a,b", "/music/a,", "/music/Crosby, Stills & Nash (=CSN)",
    "/m/$HOME", "/m/${x}", "/m/\\${x}", "${globals:data}", "C:\\Music\\", '/m/"Heroes"', " /m", "/m ", "é/日本",
]  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_read_as_it_is_written(folder):
    escaped = parse_params(f"own.root={folder}")["own"]["root"]
    assert escaped == folder or ("${" in folder and escaped.replace("\\${", "${").replace("\\\\", "\\") == folder)


@pytest.mark.parametrize("folder", ["/music/Top #1: [Live], *007*", "/m/${x}", "/m/\\${x}", "007", "C:\\Music\\"])
def test_a_folder_comes_out_of_the_configuration_as_it_was_written(folder):
    bootstrap_project(ROOT)
    params = parse_params(f"own.root={folder},corpora.train.root={folder}")
    session = KedroSession.create(project_path=ROOT, env="own", runtime_params=params)
    corpora = session.load_context().config_loader["parameters"]["corpora"]
    assert (corpora["closed"]["root"], corpora["train"]["root"]) == (folder, folder)


@given(st.text(string.printable + "éß日", min_size=1).filter(lambda text: "," not in text and text != "null"))
def test_no_text_without_commas_is_changed(folder):
    if folder[0] not in "'\"" and "${" not in folder:
        assert parse_params(f"own.root={folder}") == {"own": {"root": folder}}


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", {}),
        ("probe.seed=3, probe.n_singers.closed=[10,20]", {"probe": {"seed": 3, "n_singers": {"closed": [10, 20]}}}),
        ("incremental.force=true,deterministic=no", {"incremental": {"force": True}, "deterministic": False}),
        ("pretrain.mine.init_from=null,corpora.fma.root=null", {
            "pretrain": {"mine": {"init_from": None}}, "corpora": {"fma": {"root": None}}}),
        ("own.root=\"/m/a,b=c\",separator='it is, x=y'", {"own": {"root": "/m/a,b=c"}, "separator": "it is, x=y"}),
        ("own.root=/m/a,separator=small", {"own": {"root": "/m/a"}, "separator": "small"}),
        ("own.singer_column=1,own.path_column=on", {"own": {"singer_column": "1", "path_column": "on"}}),
        ("own.root=/m/a,_b=c", {"own": {"root": "/m/a,_b=c"}}),
        ("report.title=Top #1: mine", {"report": {"title": "Top #1: mine"}}),
        ("embed.batch_size=7,audio.segment_s=3.5", {"embed": {"batch_size": 7}, "audio": {"segment_s": 3.5}}),
    ],
)  # fmt: skip
def test_names_make_nested_values(text, params):
    assert parse_params(text) == params


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("probe.seed", "`probe.seed` is not NAME=VALUE"),
        ("=3", "`=3` is not NAME=VALUE"),
        ("probe.seed=[1", "the value of `probe.seed`, [1, is not YAML"),
        ("probe.seed=${no", "the value of `probe.seed`, ${no, is not YAML"),
        ("own.root=/a,own.root=/b", "`own.root` is given twice"),
        ("probe=1,probe.seed=2", "`probe.seed` is given twice, or within `probe`"),
    ],
)
def test_what_cannot_be_read_stops_the_run(text, said):
    with pytest.raises(RealClonedError, match="^--params: ") as error:
        parse_params(text)
    assert said in str(error.value)
