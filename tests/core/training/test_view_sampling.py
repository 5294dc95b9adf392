"""Which views each step takes."""

import torch

from dvox_core.data.view_sampling import TrainingViews, ViewSampling


def views(count: int) -> TrainingViews:
    distance = (torch.arange(count)[:, None] - torch.arange(count)).abs()
    return TrainingViews(
        pictures=torch.zeros(count, 3, 2, 2, dtype=torch.uint8),
        poses=tuple(torch.eye(4).double() for _ in range(count)),
        neighbours=distance.argsort(dim=1, stable=True),
    )


def sampling(count: int, *, nearest: bool = False, targets: int = 2, seed: int = 0) -> ViewSampling:
    return ViewSampling(
        views(count), targets=targets, nearest_targets=nearest, source_candidates=4, seed=seed
    )


def test_every_view_is_first_target_once_an_epoch() -> None:
    draws = [sampling(7).draw(step) for step in range(14)]
    first = [draw.targets[0] for draw in draws]
    assert sorted(first[:7]) == sorted(first[7:]) == list(range(7))
    assert first[:7] != first[7:]


def test_a_draw_depends_on_seed_and_step_alone() -> None:
    one, other = sampling(9), sampling(9)
    for step in range(20):
        other.draw(step * 3)
    assert [one.draw(step) for step in range(20)] == [other.draw(step) for step in range(20)]
    changed = sampling(9, seed=1)
    assert [one.draw(step) for step in range(20)] != [changed.draw(step) for step in range(20)]


def test_the_source_is_one_of_the_four_nearest_and_targets_differ_from_the_first() -> None:
    sampler = sampling(20, targets=3)
    sources = set()
    for step in range(200):
        draw = sampler.draw(step)
        assert draw.source != draw.targets[0]
        assert abs(draw.source - draw.targets[0]) <= 4
        assert draw.targets[0] not in draw.targets[1:]
        sources.add(draw.source - draw.targets[0])
    assert {-2, -1, 1, 2} <= sources


def test_nearest_targets_are_near_and_random_ones_are_everywhere() -> None:
    near = [sampling(30, nearest=True).draw(step).targets for step in range(100)]
    far = [sampling(30).draw(step).targets for step in range(100)]
    assert max(abs(a - b) for a, b in near) <= 4
    assert max(abs(a - b) for a, b in far) > 15


def test_two_views_are_enough() -> None:
    assert sampling(2).draw(0).targets in [(0, 1), (1, 0)]
