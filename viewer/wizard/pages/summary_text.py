"""The plan in words."""

from dvox_core.data.background_check import BACKGROUND_DIFFERS
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import AnyConfig
from viewer.text.units import count, duration, memory_size, percent, significant, step_time
from viewer.wizard.pages.box_notice import box_text
from viewer.wizard.state import WizardState


def end_text(state: WizardState) -> str:
    """When the run ends."""
    run, cost = state.plan.run, state.costs.chosen
    ends = []
    if run.steps is not None:
        text = f"{count(run.steps)} steps"
        if cost is not None:
            text += f", about {duration(cost.step_seconds * run.steps)} here"
        ends.append(text)
    if run.minutes is not None:
        ends.append(f"{run.minutes:g} min")
    if run.patience:
        ends.append(f"{run.patience} validations without progress")
    return ", or ".join(ends) if ends else "never by itself"


def plan_facts(state: WizardState) -> list[tuple[str, str]]:
    """The plan, line by line: (label, text)."""
    plan, preview = state.plan, state.preview
    found_source = plan.found_source
    if found_source is None:
        return []
    counts = preview.plan.view_counts if preview and preview.plan else ()
    names = {"train": "training", "validation": "validation", "test": "test"}
    views = ", ".join(f"{views} {names.get(split, split)}" for split, views in counts)
    facts = [
        ("Pictures", f"{found_source.given}, {found_source.source.format_name}: {views} views")
    ]
    if preview is not None:
        placed = preview.placed
        center = ", ".join(significant(value) for value in placed.placement.center)
        facts.append(
            (
                "Grid",
                f"centre ({center}), side {significant(placed.placement.scale)}, near plane "
                f"{significant(placed.near_plane)}; cameras see "
                f"{percent(preview.shares.mean())} of it",
            )
        )
    model = plan.model
    changed = "" if plan.is_preset else ", changed"
    facts.append(
        (
            "Quality",
            f"{plan.preset}{changed}: {model.image_size} × {model.image_size} px, "
            f"{_grid_text(model)}recipe {plan.training.recipe}",
        )
    )
    cost = state.costs.chosen
    if cost is not None:
        parameters = f"{cost.parameters / 1e6:.1f} million parameters"
        memory = f"about {memory_size(cost.memory_bytes)} of memory"
        step = f"{step_time(cost.step_seconds)} a step on {cost.device}"
        facts.append(("Takes", f"{parameters}, {memory}, {step}"))
    facts.append(("Ends after", end_text(state)))
    return facts


def doubts_text(state: WizardState) -> str:
    """What the pages before warned of and is still so, as sentences; or ""."""
    plan, source_warning = state.plan, state.source_warning
    found_source = plan.found_source
    doubts = [source_warning] if source_warning else []
    if found_source is not None and found_source.background_differs and not plan.masks_object:
        doubts.append(BACKGROUND_DIFFERS)
    doubts.append(box_text(state))
    return " ".join(doubt for doubt in doubts if doubt)


def _grid_text(model: AnyConfig) -> str:
    if not isinstance(model, ModelConfig):
        return ""
    return f"{model.grid_size}³ voxels with {model.features} features, "
