"""The configurations of docs/reproducing.md are ones that the project takes."""

import re
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader

from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.settings import CONFIG_LOADER_ARGS

ROOT = Path(__file__).parents[1]
SNIPPETS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/reproducing.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_every_configuration_shown_resolves_into_the_parameter_models(snippet, tmp_path):
    (tmp_path / "local").mkdir()
    (tmp_path / "base").symlink_to(ROOT / "conf/base")
    (tmp_path / "local/parameters.yml").write_text(snippet)
    loaded = OmegaConfigLoader(str(tmp_path), env="local", **CONFIG_LOADER_ARGS)["parameters"]
    corpora = {name: CorpusParameters(**settings) for name, settings in loaded["corpora"].items()}
    assert all(VariantParameters(settings).name == name for name, settings in loaded["pretrain"].items())
    assert all(SeparationParameters(**settings) for settings in loaded["separation"].values())
    roots = {corpus.root for corpus in corpora.values() if corpus.root}
    assert roots <= {"/data/fma", "/data/mtg-jamendo", "/music"}
    assert corpora["train"].part == ("train" if corpora["train"].root else "all")
    assert {corpus.source for corpus in corpora.values() if corpus.published_splits} <= {"fma", "mtg_jamendo"}
