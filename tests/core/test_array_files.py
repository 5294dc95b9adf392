import numpy as np

from dvox_core.array_files import read_whole_arrays


def test_all_arrays_are_read_by_name(tmp_path):
    path = tmp_path / "kept.npz"
    np.savez_compressed(path, one=np.arange(3), two=np.ones((2, 2)))
    arrays = read_whole_arrays(path)
    assert arrays is not None
    assert sorted(arrays) == ["one", "two"]
    assert arrays["one"].tolist() == [0, 1, 2]
    assert arrays["two"].shape == (2, 2)


def test_a_file_that_is_missing_cut_off_or_overwritten_at_any_byte_never_raises(tmp_path):
    path = tmp_path / "kept.npz"
    assert read_whole_arrays(path) is None
    np.savez_compressed(path, one=np.arange(3))
    whole = path.read_bytes()
    damaged = 0
    for place in range(len(whole)):
        for changed in (0x00, 0x01, 0x8F, 0xFF):
            path.write_bytes(whole[:place] + bytes([changed]) + whole[place + 1 :])
            arrays = read_whole_arrays(path)
            damaged += arrays is None
        path.write_bytes(whole[:place])
        assert read_whole_arrays(path) is None
    assert damaged > len(whole)


def test_an_array_of_python_objects_is_not_read(tmp_path):
    path = tmp_path / "kept.npz"
    np.savez(path, one=np.array([{"runs": "code"}], dtype=object))
    assert read_whole_arrays(path) is None
