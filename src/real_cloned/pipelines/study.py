"""Which variants and corpora the study has, and how nodes and datasets are named after them.

Both come from the parameters of the environment: an entry under `pretrain` is a variant, an entry under `corpora` a
corpus. Node namespaces are stage first (`pretrain.vocal`, `probe.vocal.closed`). Datasets are named by what they are of
(`vocal.weights`, `closed.tracks`). What a stage hands to the next is read under a transcoded name
(`weights@vocal.weights`): the same file, but one dataset of the graph instead of one per variant and corpus.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kedro.framework.project import pipelines, settings
from kedro.utils import find_kedro_project

from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY, is_available
from real_cloned.core.suggestions import suggest_names
from real_cloned.parameters.parts import find_parts

UNTRAINED_FAMILIES = ("campplus", "ge2e", "mfcc")
"""Of encoders whose weights are published, or follow from the parameters."""

T = TypeVar("T")


@dataclass(frozen=True)
class Study:
    """Which variants and corpora there are, each in the order of the configuration.

    Attributes:
        variants: Names of the variants that are enabled: they are trained, or loaded, and probed.
        declared_variants: Names of all variants, those too that are switched off and get a dash in the report.
        splits: What each corpus is for, by name: `train`, `validation`, `probe` or `clone`.
        families: Family of encoder of each enabled variant.
        normalised: Enabled variants with a `cohort`, by which verification scores are normalised.
        stems_compared: Enabled variants with `compare_stems`, which embed some tracks from several stems.
        galleries: For each corpus of clones the corpus whose singers are enrolled to name them.
        separations: For each corpus its entry under `separation`: its own, or `default`.
        parts: The corpora that divide one source by `draw`, by their part: `train`, `closed`, `validation`.
        enrolling_encoder: The variant by which singers are enrolled in the registry.
        enrolls_with_published: Whether this variant is not trained here.
    """

    variants: tuple[str, ...]
    declared_variants: tuple[str, ...]
    families: Mapping[str, str]
    normalised: tuple[str, ...]
    stems_compared: tuple[str, ...]
    splits: Mapping[str, str]
    galleries: Mapping[str, str]
    separations: Mapping[str, str]
    parts: Mapping[str, str]
    enrolling_encoder: str
    enrolls_with_published: bool

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Study":
        """Return the study that parameters describe, as the configuration loader has them before they are typed.

        Args:
            parameters: All parameters by name: nested mappings of plain values.

        Raises:
            RealClonedError: An entry is no mapping, or lacks its `name` as a mistyped one does; a gallery is not a
                corpus, or is that of two corpora of clones; the parts of a draw do not make one; or no variant is
                enabled.
        """
        variants, corpora = _entries(parameters, "pretrain"), _entries(parameters, "corpora")
        splits = {name: str(entry.get("split")) for name, entry in corpora.items()}
        galleries = {
            name: str(entry.get("gallery", "closed")) for name, entry in corpora.items() if splits[name] == "clone"
        }
        for name, gallery in galleries.items():
            if splits.get(gallery) != "probe":
                raise RealClonedError(
                    f"corpora.{name}.gallery is `{gallery}`, and must be a corpus with `split: probe`"
                )
        if len(set(galleries.values())) < len(galleries) or not galleries:
            raise RealClonedError(
                "corpora: there must be a corpus with `split: clone` (its root may be null), and each must have a "
                f"gallery of its own, got {galleries}"
            )
        families = {name: entry.get("family", "transformer") for name, entry in variants.items() if _is_enabled(entry)}
        if not families:
            raise RealClonedError(f"pretrain: none of {', '.join(variants)} is enabled, and there is nothing to probe")
        separations = _group(parameters, "separation")
        enrolling = str(_group(parameters, "enrol").get("encoder", next(iter(variants))))
        if enrolling not in variants:
            raise RealClonedError(
                f"enrol.encoder: there is no variant `{enrolling}`{suggest_names(enrolling, variants)}"
            )
        return cls(
            variants=tuple(families),
            families=families,
            normalised=tuple(name for name in families if variants[name].get("cohort") is not None),
            stems_compared=tuple(name for name in families if variants[name].get("compare_stems") is not None),
            declared_variants=tuple(variants),
            splits=splits,
            galleries=galleries,
            separations={name: name if name in separations else "default" for name in corpora},
            parts=find_parts(corpora),
            enrolling_encoder=enrolling,
            enrolls_with_published=variants[enrolling].get("family") in UNTRAINED_FAMILIES,
        )

    @property
    def corpora(self) -> tuple[str, ...]:
        """All corpora."""
        return tuple(self.splits)

    @property
    def ingested(self) -> dict[str, str]:
        """The corpora that ingest reads, each with the first part of its datasets' names.

        The parts of a draw are read, decoded and filtered as one, the pool, by the parameters of the training corpus.
        """
        drawn = [corpus for part, corpus in self.parts.items() if part != "train"]
        return {corpus: self._decoded_as(corpus) for corpus in self.corpora if corpus not in drawn}

    def audio(self, corpus: str) -> str:
        """Return the dataset that holds the decoded audio of a corpus.

        Args:
            corpus: Name of the corpus.
        """
        return f"corpora@{self._decoded_as(corpus)}.audio"

    def tags(self, corpus: str) -> list[str]:
        """Return the tags of nodes that read a corpus: its name, or those of all corpora that it shares a source with.

        Args:
            corpus: One of `ingested`.
        """
        return [*self.parts.values()] if corpus in self.parts.values() else [corpus]

    def _decoded_as(self, corpus: str) -> str:
        return "pool" if corpus in self.parts.values() else corpus

    @property
    def real(self) -> tuple[str, ...]:
        """Corpora of real singers to be identified."""
        return self._with("probe")

    @property
    def probed(self) -> tuple[str, ...]:
        """Corpora whose singers are identified: real ones and clones."""
        return self._with("probe", "clone")

    @property
    def compared(self) -> tuple[str, ...]:
        """Corpora of real singers that clones are compared with."""
        return tuple(dict.fromkeys(self.galleries.values()))

    def only(self, split: str) -> str:
        """Return the one corpus of a split that pretraining uses.

        Args:
            split: `train` or `validation`.

        Raises:
            RealClonedError: When there is none, or more than one.
        """
        names = self._with(split)
        if len(names) != 1:
            raise RealClonedError(
                f"pretraining needs one corpus with `split: {split}`, found {', '.join(names) or 'none'}"
            )
        return names[0]

    def _with(self, *splits: str) -> tuple[str, ...]:
        return tuple(name for name, split in self.splits.items() if split in splits)


def configure_study(parameters: Mapping[str, Any]) -> None:
    """Rebuild the pipelines if these parameters name other variants or corpora than before.

    Args:
        parameters: As `Study.from_parameters` takes them.
    """
    global _study
    study = Study.from_parameters(parameters)
    if study != _study:
        _study = study
        pipelines.configure("real_cloned.pipeline_registry")


def configured_study() -> Study:
    """Return the study of the session's environment; where there is no session, that of the default environment."""
    if _study is None:
        root = find_kedro_project(Path.cwd()) or Path(__file__).parents[3]
        arguments = {"env": os.getenv("KEDRO_ENV"), **settings.CONFIG_LOADER_ARGS}
        configure_study(settings.CONFIG_LOADER_CLASS(str(root / settings.CONF_SOURCE), **arguments)["parameters"])
        return configured_study()
    return _study


_study: Study | None = None


def by_owner(tables: Mapping[str, T], kind: str) -> dict[str, T]:
    """Return the tables of one kind by corpus or variant.

    Args:
        tables: By dataset name, such as `segments@closed.splits`, `closed.tracks`.
        kind: Last part of the names to take, such as `splits`.

    Example:
        >>> by_owner({"corpora@closed.tracks": 1, "corpora@fma.tracks": 2, "segments@fma.splits": 3}, "tracks")
        {'closed': 1, 'fma': 2}
    """
    named = {name.partition("@")[2] or name: table for name, table in tables.items()}
    suffix = f".{kind}"
    return {name.removesuffix(suffix): table for name, table in named.items() if name.endswith(suffix)}


def same_names(*names: str) -> dict[str, str]:
    """Return inputs of a node that takes datasets under their own names, as keywords."""
    return {name: name for name in names}


def _entries(parameters: Mapping[str, Any], group: str) -> Mapping[str, Mapping[str, Any]]:
    entries = _group(parameters, group)
    named = [name for name, entry in entries.items() if isinstance(entry, Mapping) and "name" in entry]
    for name, entry in entries.items():
        if not isinstance(entry, Mapping):
            raise RealClonedError(f"{group}.{name} is {entry!r}, and must be settings, with `name: {name}` among them")
        if name not in named:
            known = suggest_names(f"{group}.{name}", [f"{group}.{other}" for other in named])
            raise RealClonedError(
                f"`{group}.{name}` is no parameter of this environment{known}. "
                f"A new entry needs at least `name: {name}`"
            )
    return entries


def _group(parameters: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a group of parameters; nothing where it is no group, which Kedro's validation then says."""
    group = parameters.get(name)
    return group if isinstance(group, Mapping) else {}


def _is_enabled(variant: Mapping[str, Any]) -> bool:
    family = str(variant.get("family"))
    if family in OF_FAMILY:
        return is_available(family, variant.get("weights"))
    return bool(variant.get("enabled", True))
