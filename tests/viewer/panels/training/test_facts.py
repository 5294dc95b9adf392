"""The facts about a run."""

from dvox_core.training.run.status import Status
from viewer.panels.training.facts import run_facts


def test_figures_have_units_and_no_more_digits_than_mean_something():
    config = {"run": {"steps": 20_000}, "training": {"learning_rate": 1e-3}}
    status = Status(
        state="training",
        step=12_400,
        steps_per_second=4.26,
        elapsed_seconds=2880,
        eta_seconds=1790,
        psnr=22.274,
        ssim=0.8123,
        learning_rate_factor=0.5,
        cpu_percent=187.2,
        memory_mb=1530,
    )
    assert {fact.label: fact.value for fact in run_facts(status, config)} == {
        "Step": "12\u2009400 of 20\u2009000",
        "Speed": "4.3 steps/s",
        "Trained for": "48 min",
        "Time left": "30 min",
        "Learning rate": "0.0005 (0.5 × 0.001)",
        "Last scores": "22.27 dB, SSIM 0.812",
        "Takes": "CPU 187 %, 1.5 GiB",
    }
