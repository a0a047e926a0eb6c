"""Parameters spoiled at random: a message that names them before any work, and never an error from the inside."""

import copy
import logging

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.validation import ParameterValidationError
from kedro.validation.parameter_validator import ParameterValidator

from real_cloned.audio.logmel import LogMel
from real_cloned.core.errors import RealClonedError
from real_cloned.core.nn import mlp
from real_cloned.demo.discography import plan_tracks
from real_cloned.encoders.baselines.mfcc import MfccStatistics
from real_cloned.encoders.contrastive.model import vision_transformer
from real_cloned.encoders.lstm.model import VoiceLstm
from real_cloned.hooks import node_parameters
from real_cloned.parameters.checks import validate_parameters
from real_cloned.parameters.groups import find_type_faults
from real_cloned.parameters.variants import LstmVariantParameters, MfccParameters, PretrainParameters, VariantParameters
from real_cloned.pipelines.study import Study

JUNK = [
    None, True, -1, 0, 1, 3, 10**6, 10**20, -5.5, 1.5, 1e-300, 1e308, float("nan"), float("inf"), -float("inf"), "",
    "x", "5", "../x", [], [5, -5], [0], [[]], ["a", 1], {}, {"a": 1}, {"closed": []},
]  # fmt: skip
ENVIRONMENTS = ("choosing", "base", "own", "demo")
"""The last one's variants are those whose parameters are checked, and the demo has them all."""


class Project(tuple):
    """Settings by environment, and the validator; its repr is short, as Hypothesis prints it."""

    __slots__ = ()

    def __new__(cls, *parts):
        return super().__new__(cls, parts)

    def __repr__(self):
        return "Project"


@pytest.fixture(scope="module")
def project(request):
    """The parameters of each environment as Kedro reads them, and what builds the models."""
    bootstrap_project(request.config.rootpath)
    own = {"own": {"root": "/music"}}
    contexts = {
        env: KedroSession.create(
            project_path=request.config.rootpath, env=env, runtime_params=own if env == "own" else None
        ).load_context()
        for env in ENVIRONMENTS
    }
    from kedro.framework.project import pipelines

    validator = ParameterValidator(dict(pipelines))
    types = validator.type_extractor.extract_types_from_pipelines()
    validator.type_extractor.extract_types_from_pipelines = lambda: types
    logging.getLogger("kedro").setLevel(logging.CRITICAL)
    yield Project({env: context.config_loader["parameters"] for env, context in contexts.items()}, validator)
    logging.getLogger("kedro").setLevel(logging.NOTSET)


def places(value, path=()):
    """Every place in nested settings: the path of keys and numbers that leads there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        if not str(key).startswith("_"):
            yield (*path, key)
            yield from places(part, (*path, key))


def spoil(settings_, path, how, junk):
    """Change the settings at `path`."""
    spoiled = copy.deepcopy(settings_)
    parent = spoiled
    for key in path[:-1]:
        parent = parent[key]
    value, last = parent[path[-1]], path[-1]
    if how == "removed":
        del parent[last]
    elif how == "unknown" and isinstance(parent, dict):
        parent[f"{last}x"] = copy.deepcopy(value)
    elif how == "reversed" and isinstance(value, list):
        parent[last] = value[::-1]
    elif how == "emptied" and isinstance(value, list | dict | str):
        parent[last] = type(value)()
    elif how == "negated" and isinstance(value, int | float):
        parent[last] = -value
    elif how == "huge" and isinstance(value, int | float):
        parent[last] = value * 10**9
    else:
        parent[last] = copy.deepcopy(junk)
    return spoiled


def build(parameters, top, names):
    """Make of accepted parameters under `top` what is made of them before any data are read."""
    audio = parameters["audio"]
    for name in names if top in ("pretrain", "audio") else ():
        root = VariantParameters.model_validate(parameters["pretrain"][name]).root  # which may be switched off: a dict
        if isinstance(root, MfccParameters):
            MfccStatistics(root, audio.sample_rate_hz)
        elif isinstance(root, PretrainParameters | LstmVariantParameters):
            LogMel(root.log_mel)
        with torch.device("meta"):
            if isinstance(root, PretrainParameters) and root.architecture.depth < 50:
                vision_transformer(root, audio)
                mlp([root.architecture.embedding_size, *root.architecture.projector_sizes], last_bias=False)
            elif isinstance(root, LstmVariantParameters):
                VoiceLstm(root.network, root.log_mel.n_mels)
    demo = parameters["demo"]
    if top == "demo" and sum(demo.n_singers.values()) < 300 and demo.n_cloned_singers * demo.n_clones_per_singer < 2000:
        plan_tracks(demo)


@pytest.mark.slow
@settings(
    max_examples=600, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_spoiled_parameters_are_refused_before_any_work_or_can_be_used(project, data):
    read, validator = project
    good = read[data.draw(st.sampled_from(ENVIRONMENTS))]
    path = data.draw(st.sampled_from(list(places(good))))
    how = data.draw(st.sampled_from(["replaced", "removed", "unknown", "reversed", "emptied", "negated", "huge"]))
    spoiled = spoil(good, path, how, data.draw(st.sampled_from(JUNK)))
    try:
        Study.from_parameters(spoiled)
        parameters = validator.validate_raw_params(spoiled)
    except RealClonedError:
        return
    except ParameterValidationError:
        assert find_type_faults(spoiled)  # which the context says in one message before Kedro can
        return
    groups = {top: some for top, some in parameters.items() if isinstance(some, dict)}
    there = set(parameters) | {f"{top}.{name}" for top, some in groups.items() for name in some}
    if not validate_parameters(parameters, node_parameters()) and node_parameters() <= there:
        names = [name for name in parameters["pretrain"] if path[0] == "audio" or name == path[-1] or name in path]
        build(parameters, path[0], names)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_parameters_of_every_environment_are_without_fault(project, env):
    read, validator = project
    parameters = validator.validate_raw_params(read[env])
    assert validate_parameters(parameters, node_parameters()) == []
    for top in ("pretrain", "demo"):
        build(parameters, top, parameters["pretrain"])


FAULTS = [
    (("prob",), {"seed": 1}, "`prob` is no parameter of this environment; did you mean probe"),
    (("freshness",), {"force": True}, "`freshness` is called `incremental` now"),
    (("pretrain", "vocl"), {}, "`pretrain.vocl` is no parameter of this environment; did you mean pretrain.vocal"),
    (("pretrain", "vocal", "name"), "mixture", "pretrain.vocal.name is `mixture`, and must be `vocal`"),
    (("pretrain", "vocal", "log_mel", "sample_rate_hz"), 8000, "is 8000, and audio.sample_rate_hz 16000"),
    (("audio", "segment_s"), 0.1, "are too long: a segment of audio.segment_s = 0.1 has 1600 samples"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), FAULTS)
def test_what_no_single_model_sees_is_said(project, path, value, said):
    read, validator = project
    spoiled = copy.deepcopy(read["demo"])
    place = spoiled
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    found = validate_parameters(validator.validate_raw_params(spoiled), node_parameters())
    assert any(said in fault for fault in found), found
