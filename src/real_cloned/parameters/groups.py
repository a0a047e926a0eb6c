"""The model of each parameter group, and by dotted name what a parameter's value may be and which names lie in a group.

Kedro finds the models in the types of the nodes, which it has to import for that. Here they are known from the start,
so that a command line can be read by them. A test compares the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

from real_cloned.core.suggestions import suggest_names
from real_cloned.parameters.base import Text
from real_cloned.parameters.covers import (
    CoverCorpusParameters,
    CoverDemoParameters,
    CoverEncoderParameters,
    CoverEvaluationParameters,
    CoverVoiceParameters,
    ProfileParameters,
    SiameseParameters,
)
from real_cloned.parameters.embed import EmbedParameters, RemixParameters
from real_cloned.parameters.enrol import EnrolParameters
from real_cloned.parameters.identify import IdentifyParameters
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters, DemoParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.report import ReportParameters
from real_cloned.parameters.separation import SeparationParameters, SeparatorTrainingParameters
from real_cloned.parameters.session import ExecutorParameters, IncrementalParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters, VocalFilterParameters

GROUPS: dict[str, type[BaseModel]] = {
    "audio": AudioParameters,
    "cover_demo": CoverDemoParameters,
    "cover_encoder": CoverEncoderParameters,
    "cover_evaluation": CoverEvaluationParameters,
    "cover_profiles": ProfileParameters,
    "cover_voices": CoverVoiceParameters,
    "demo": DemoParameters,
    "embed": EmbedParameters,
    "enrol": EnrolParameters,
    "identify": IdentifyParameters,
    "probe": ProbeParameters,
    "remix": RemixParameters,
    "report": ReportParameters,
    "siamese": SiameseParameters,
    "train_separator": SeparatorTrainingParameters,
    "train_vocal_detector": DetectorTrainingParameters,
    "vocal_filter": VocalFilterParameters,
}
"""Models of the groups that are one node input each."""

ENTRIES: dict[str, type[BaseModel]] = {
    "pretrain": VariantParameters,
    "corpora": CorpusParameters,
    "covers": CoverCorpusParameters,
    "separation": SeparationParameters,
}
"""Models of the entries of these groups. Kedro types only those that a node takes as an input."""

SESSION: dict[str, Any] = {
    "incremental": IncrementalParameters,
    "deterministic": bool,
    "executor": ExecutorParameters,
}
"""Parameters that the session reads, and no node."""

OWN_ENVIRONMENT: dict[str, Any] = {"own": CorpusParameters, "pretrain_on": Text, "separator": Text}
"""Parameters that only conf/own/parameters.yml has: others there are derived from them."""


def value_types(name: str) -> list[Any]:
    """Return the types that a parameter's value may have; nothing if there is no such parameter.

    Args:
        name: Dotted, such as `corpora.train.root`. Of an entry of `ENTRIES` any name does, such as `corpora.mine`.

    Example:
        >>> value_types("corpora.mine.root")
        [<class 'str'>, <class 'NoneType'>]
        >>> value_types("corpora.mine.foo")
        []
    """
    group, *path = name.split(".")
    if group in ENTRIES:
        return _field_types([ENTRIES[group]], path[1:]) if path else []
    model = {**GROUPS, **SESSION, **OWN_ENVIRONMENT}.get(group)
    return [] if model is None else _field_types([model], path)


def find_type_faults(parameters: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each value that does not fit its model, and for each name that its model does not have.

    Args:
        parameters: All parameters by name, as the configuration has them: nested mappings of plain values. Groups
            without a model are left to `validate_parameters`.
    """
    faults: list[str] = []
    for group, value in parameters.items():
        if group in GROUPS:
            faults += find_model_faults(group, GROUPS[group], value)
        elif group in ENTRIES and not isinstance(value, Mapping):
            faults.append(f"{group}: must be settings by name, got {value!r}")
        elif group in ENTRIES:
            for name, entry in value.items():
                faults += find_model_faults(f"{group}.{name}", ENTRIES[group], entry)
    return faults


def find_model_faults(key: str, model: type[BaseModel], value: Any) -> list[str]:
    """Return a sentence for each fault of one value.

    Args:
        key: The parameter's dotted name, with which each sentence begins.
        model: Its model.
        value: As the configuration has it.
    """
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError as error:
        return [_fault(key, model, fault) for fault in error.errors(include_url=False)]
    return []


def _fault(key: str, model: type[BaseModel], fault: Mapping[str, Any]) -> str:
    """Return the sentence of one of pydantic's errors."""
    types: list[Any] = list(_plain_types(model))
    path = [str(part) for part in fault["loc"]]
    if issubclass(model, RootModel) and path:  # pydantic puts the family before the name
        types = [one for one in types if one.model_fields["family"].default == path[0]]
        path = path[1:]
    name = ".".join([key, *path])
    if fault["type"] != "extra_forbidden":
        value = "" if fault["type"] == "missing" or isinstance(fault["input"], dict) else f", got {fault['input']!r}"
        return f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}{value}"
    known = {field for one in _field_types(types, path[:-1]) for field in getattr(one, "model_fields", {})}
    return f"{name}: there is no such parameter{suggest_names(path[-1], known)}"


def _field_types(types: Iterable[Any], path: Sequence[str]) -> list[Any]:
    """Return the types at the end of a path of field names."""
    plain = [one for annotation in types for one in _plain_types(annotation)]
    if not path:
        return plain
    fields = [getattr(one, "model_fields", {}).get(path[0]) for one in plain]
    return _field_types([field.annotation for field in fields if field is not None], path[1:])


def _plain_types(annotation: Any) -> Iterator[Any]:
    """Yield the types of a union, one by one; any other annotation as it is, without what is annotated."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _plain_types(arguments[0])
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from _plain_types(argument)
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _plain_types(annotation.model_fields["root"].annotation)
    else:
        yield annotation
