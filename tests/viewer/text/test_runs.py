"""Words for a run."""

from dvox_core.training.run.status import Status
from viewer.text.runs import trouble


def test_what_went_wrong_says_what_to_do():
    assert trouble(Status(state="training")) == ""
    assert "Resume goes on from step 5." in trouble(Status(state="interrupted", snapshot_step=5))
    assert "begins it again" in trouble(Status(state="interrupted"))
    gpu = Status(state="failed", message="the GPU failed; without the GPU with --device cpu")
    assert trouble(gpu) == "the GPU failed; without the GPU by Train longer…"
    failed = Status(state="failed", message="the disk is full; go on from it with --resume")
    assert trouble(failed) == "the disk is full; go on from it by Resume"
