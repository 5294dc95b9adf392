"""Facts and arrays that are kept between runs."""

import numpy as np
import pytest

from dvox_core.fact_cache import cache_folder, keep_arrays, keep_facts, read_arrays, read_facts


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))


def test_what_was_kept_is_read_under_its_key_alone():
    keep_facts("times", {"a": 1}, {"ms": 3.5})
    assert read_facts("times", {"a": 1}) == {"ms": 3.5}
    assert read_facts("times", {"a": 2}) == read_facts("sizes", {"a": 1}) == {}
    arrays = {"bits": np.arange(5, dtype=np.uint8), "places": np.eye(3)}
    keep_arrays("trust", {"scene": "x"}, arrays)
    kept = read_arrays("trust", {"scene": "x"})
    assert kept.keys() == arrays.keys()
    assert all((kept[name] == arrays[name]).all() for name in arrays)
    assert kept["bits"].dtype == np.uint8
    assert read_arrays("trust", {"scene": "y"}) == {}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x80\x04pickle"])
def test_a_damaged_file_of_arrays_counts_as_none(content):
    keep_arrays("trust", {"scene": "x"}, {"bits": np.zeros(3)})
    (path,) = cache_folder().glob("trust-*.npz")
    path.write_bytes(content)
    assert read_arrays("trust", {"scene": "x"}) == {}


def test_arrays_of_another_key_under_the_same_name_are_not_taken():
    keep_arrays("trust", {"scene": "x"}, {"bits": np.zeros(3)})
    (path,) = cache_folder().glob("trust-*.npz")
    np.savez_compressed(path, key=np.array('{"scene": "y"}'), bits=np.ones(3))
    assert read_arrays("trust", {"scene": "x"}) == {}


def test_where_nothing_can_be_kept_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "file" / "cache"))
    keep_arrays("trust", {}, {"bits": np.zeros(3)})
    assert read_arrays("trust", {}) == {}
