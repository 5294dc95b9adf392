"""The options of configurations."""

from dataclasses import fields

import pytest

from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from viewer.wizard.config_options import options_of, parsed


def test_every_option_of_the_dataclasses_is_offered_with_its_words():
    for configuration in (ModelConfig, TrainingConfig):
        options = options_of(configuration)
        assert [option.name for option in options] == [item.name for item in fields(configuration)]
        assert all(option.help for option in options), [o.name for o in options if not o.help]
    by_name = {option.name: option for option in options_of(TrainingConfig)}
    assert by_name["recipe"].choices[:3] == ("paper", "direct", "guided")
    assert by_name["recipe"].choices[3:] == ("pix2pix", "tatarchenko", "worrall", "isola")
    assert by_name["learning_rate"].kind is float
    assert by_name["flips"].kind is bool
    assert by_name["l1_weight"].label == "L1 weight"
    assert parsed(by_name["learning_rate"], " 1e-3 ") == 1e-3
    with pytest.raises(ValueError, match="x"):
        parsed(by_name["seed"], "x")
