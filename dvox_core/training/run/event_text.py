"""Words an event of a training run as one line for people."""

from dvox_core.training.run import events
from dvox_core.training.run.events import Event


def event_text(event: Event) -> str:
    """One line about an event; "" for those that come too often, or that nobody needs to read."""
    match event:
        case events.Started():
            how = f"goes on from step {event.step}" if event.resumed else "begins"
            return f"training {how} on {event.device}"
        case events.Noted():
            return event.message
        case events.Validated():
            what = "validation" if event.is_of_scene else event.stage
            return f"step {event.step}: {what} {event.psnr:.2f} dB, SSIM {event.ssim:.3f}"
        case events.StageBegan():
            return f"step {event.step}: the {event.stage} is trained from now on"
        case events.SnapshotSaved():
            return f"step {event.step}: snapshot saved"
        case events.RolledBack():
            return (
                f"step {event.from_step}: {event.reason}; back to step {event.step} with "
                f"{event.learning_rate_factor:g} × the learning rate"
            )
        case events.LearningRateScaled():
            return f"step {event.step}: {event.factor:g} × the learning rate from now on"
        case events.Paused():
            return f"step {event.step}: paused"
        case events.Continued():
            return f"step {event.step}: continued"
        case events.Stopped():
            return f"step {event.step}: saved and stopped ({event.reason})"
        case events.Finished():
            return f"step {event.step}: finished ({event.reason})"
        case events.Failed():
            return f"step {event.step}: failed: {event.message}"
    return ""
