"""Words for numbers and quantities."""

import pytest

from viewer.text.units import (
    coordinates,
    count,
    counted,
    degrees,
    duration,
    file_size,
    memory_size,
    number,
    path_time,
    percent,
    rough_count,
    scores,
    significant,
    speed,
    step_time,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000"), (-0.0, "0.000"), (1.23456, "1.235"), (-2.5, "−2.500"), (0.00012345, "0.000123")],
)
def test_numbers_have_no_more_digits_than_mean_something(value, text):
    assert number(value) == text


def test_coordinates_keep_their_width_when_a_sign_comes():
    assert len(coordinates((1, -2, 3))) == len(coordinates((1, 2, 3)))
    assert "-0.000" not in coordinates((0, -0.00001, 0)).replace("−", "-")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (39_700_000, "39.7 MB"),
        (999_960_000, "1.0 GB"),
        (123_000_000, "123 MB"),
    ],
)
def test_file_sizes_are_as_file_managers_write_them(size, text):
    assert file_size(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(512, "512 bytes"), (1536, "1.5 KiB"), (7.2 * 2**30, "7.2 GiB"), (340 * 2**20, "340 MiB")],
)
def test_memory_sizes_are_in_binary_units(size, text):
    assert memory_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (12, "12 s"),
        (95, "95 s"),
        (3000, "50 min"),
        (11_100, "3 h 05 min"),
        (200_000, "2.3 days"),
    ],
)
def test_durations_have_no_more_digits_than_an_estimate_has(seconds, text):
    assert duration(seconds) == text


def test_steps_are_told_as_time_or_as_speed():
    assert step_time(0.2341) == "234 ms"
    assert step_time(1.52) == "1.5 s"
    assert speed(4.26) == "4.3 steps/s"
    assert speed(0.4) == "2.5 s a step"


def test_counts_have_thin_spaces_between_thousands_and_agree_with_their_noun():
    assert count(12_800) == "12\u2009800"
    assert counted(1, "voxel") == "1 voxel"
    assert counted(1280, "voxel") == "1\u2009280 voxels"
    assert rough_count(12_345) == "12\u2009000"
    assert rough_count(7) == "7"


def test_shares_angles_and_scores_have_a_fixed_number_of_decimals():
    assert percent(0.456) == "46 %"
    assert percent(0.0123, 1) == "1.2 %"
    assert degrees(12.34) == "12.3°"
    assert scores(27.126, 0.9123) == "27.13 dB, SSIM 0.912"
    assert path_time(2.5) == "2.50 s"
    assert significant(-0.012345) == "−0.0123"
