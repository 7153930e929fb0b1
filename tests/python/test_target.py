"""Target strings, dicts and objects: one canonical Target, and clear refusals."""

import pytest
import tilelang  # noqa: F401
from tilelang.backend.module import create_backend_context
from tilelang.backend.target import determine_target
from tvm.target import Target

import tilelang_tenstorrent as tt


@pytest.mark.parametrize(
    ("given", "arch", "chip"),
    [
        ("tenstorrent", "wormhole_b0", "n150"),
        ("tenstorrent -arch=blackhole", "blackhole", "p150"),
        ({"kind": "tenstorrent", "chip": "p150"}, "blackhole", "p150"),
        ('{"kind": "tenstorrent", "arch": "blackhole"}', "blackhole", "p150"),
    ],
)
def test_spellings(given, arch, chip):
    target = determine_target(given, return_object=True)
    assert (str(target.attrs["arch"]), str(target.attrs["chip"])) == (arch, chip)


def test_equal_meanings_are_equal_targets():
    texts = {
        str(determine_target(given, return_object=True))
        for given in ("tenstorrent", "tenstorrent -arch=wormhole_b0", {"kind": "tenstorrent", "core_grid": (8, 8)})
    }
    assert len(texts) == 1


def test_cache_key_holds_our_build():
    assert tt.__version__ in str(determine_target("tenstorrent", return_object=True))


def test_target_object_passes_unchanged_through_a_context():
    target = determine_target({"kind": "tenstorrent", "core_grid": "4x2"}, return_object=True)
    context = create_backend_context(target)
    assert context.name == "tenstorrent"
    assert (int(context.target.attrs["grid_x"]), int(context.target.attrs["grid_y"])) == (4, 2)


def test_plain_target_object_is_completed():
    target = determine_target(Target({"kind": "tenstorrent"}), return_object=True)
    assert str(target.attrs["chip"]) == "n150"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"speed": 3}, "has no option speed"),
        ({"arch": "grayskull"}, "TT-Metalium has dropped Grayskull"),
        ({"chip": "n9000"}, "n9000"),
        ({"arch": "blackhole", "chip": "n150"}, "n150 is a wormhole_b0"),
        ({"core_grid": "64x64"}, "larger than"),
        ({"core_grid": "big"}, "expected columns x rows"),
        ({"math_fidelity": "HiFi7"}, "LoFi, HiFi2, HiFi3, HiFi4"),
        ({"mode": "card"}, "expected one of emulator, check, ttnn"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        determine_target({"kind": "tenstorrent", **options}, return_object=True)


def test_refusal_of_a_string_option():
    with pytest.raises(ValueError, match="cannot read"):
        determine_target("tenstorrent arch blackhole", return_object=True)
