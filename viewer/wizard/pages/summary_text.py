"""Times, sizes and the plan in words."""

from viewer.wizard.state import WizardState


def duration_text(seconds: float) -> str:
    """A time as people say it: no more digits than an estimate has."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    if hours < 10:
        return f"{hours:.1f} h"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def step_text(seconds: float) -> str:
    """The time of a step."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def size_text(size: int) -> str:
    """Bytes in decimal units, as disks are sold."""
    value, unit = (size / 1e9, "GB") if size >= 1e9 else (size / 1e6, "MB")
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def memory_text(size: int) -> str:
    """Bytes in GiB, as memory is counted."""
    return f"{size / 2**30:.1f} GiB"


def count_text(count: int) -> str:
    """A count with a thin space between thousands."""
    return f"{count:,}".replace(",", "\u2009")


def end_text(state: WizardState) -> str:
    """When the run ends."""
    run, cost = state.plan.run, state.cost
    ends = []
    if run.steps is not None:
        text = f"{count_text(run.steps)} steps"
        if cost is not None:
            text += f", about {duration_text(cost.step_seconds * run.steps)} here"
        ends.append(text)
    if run.minutes is not None:
        ends.append(f"{run.minutes:g} min")
    if run.patience:
        ends.append(f"{run.patience} validations without progress")
    return ", or ".join(ends) if ends else "never by itself"


def plan_facts(state: WizardState) -> list[tuple[str, str]]:
    """The plan, line by line: (label, text)."""
    plan, look = state.plan, state.look
    finding = plan.finding
    if finding is None:
        return []
    counts = look.plan.view_counts if look and look.plan else ()
    names = {"train": "training", "validation": "validation", "test": "test"}
    views = ", ".join(f"{count} {names.get(split, split)}" for split, count in counts)
    facts = [("Pictures", f"{finding.given}, {finding.source.format_name}: {views} views")]
    if look is not None:
        center = ", ".join(f"{value:.3g}" for value in look.placed.placement.center)
        facts.append(
            (
                "Grid",
                f"centre ({center}), side {look.placed.placement.scale:.3g}, near plane "
                f"{look.placed.near_plane:.3g}; cameras see {look.shares.mean():.0%} of it".replace(
                    "-", "−"
                ),
            )
        )
    model = plan.model
    changed = "" if plan.is_preset else ", changed"
    facts.append(
        (
            "Quality",
            f"{plan.preset}{changed}: {model.image_size} × {model.image_size} px, "
            f"{model.grid_size}³ voxels with {model.features} features, recipe "
            f"{plan.training.recipe}",
        )
    )
    cost = state.cost
    if cost is not None:
        parameters = f"{cost.parameters / 1e6:.1f} million parameters"
        memory = f"about {memory_text(cost.memory_bytes)} of memory"
        step = f"{step_text(cost.step_seconds)} a step on {cost.device}"
        facts.append(("Takes", f"{parameters}, {memory}, {step}"))
    facts.append(("Ends after", end_text(state)))
    return facts
