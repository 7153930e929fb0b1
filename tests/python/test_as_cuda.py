"""What a CUDA script finds within `on_tenstorrent`, and that nothing of it stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tilelang_tenstorrent.as_cuda import on_tenstorrent


@pytest.fixture
def cuda():
    with on_tenstorrent({}):
        yield


def test_devices_become_the_cpu(cuda):
    x = torch.randn(4, 4, device="cuda")
    y = torch.zeros(4, device=torch.device("cuda", 0), dtype=torch.float16)
    assert x.cpu().equal(x.cuda()) and x.is_cuda and y.to("cuda:0").is_cuda
    assert torch.nn.Linear(4, 4).cuda()(x).shape == (4, 4)
    assert torch.randn(2, device="cuda", generator=torch.Generator(device="cuda").manual_seed(1)).shape == (2,)
    with torch.device("cuda"):
        assert torch.ones(3).sum() == 3
    torch.set_default_device("cuda")
    assert torch.ones(3).sum() == 3
    torch.set_default_device("cpu")
    assert torch.ones(2, device=0).sum() == 2


def test_threads_of_a_script_have_the_device_too(cuda):
    with ThreadPoolExecutor() as pool:
        assert pool.submit(torch.ones, 2, device="cuda").result().sum() == 2


@pytest.mark.parametrize("divisor", [448.0, 3, -7.7, 1e-3, 0.0])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_a_division_by_a_number_is_a_product_with_its_reciprocal(cuda, dtype, divisor):
    x = (torch.randn(10007) * 50).to(dtype)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    want = (x.to(wide) * (torch.ones((), dtype=wide) / torch.tensor(divisor, dtype=wide))).to(dtype)
    out = torch.empty_like(x)
    torch.div(x, divisor, out=out)
    in_place = x.clone()
    in_place /= divisor
    results = (x / divisor, torch.div(x, divisor), x.true_divide(divisor), x.clone().div_(divisor), out, in_place)
    for result in results:
        assert result.dtype == dtype
        torch.testing.assert_close(result, want, rtol=0, atol=0, equal_nan=True)


def test_other_divisions_are_divisions(cuda):
    x, y = torch.randn(1009), torch.randn(1009)
    with torch._C.DisableTorchFunction():
        divided = x / y, torch.div(x, 3, rounding_mode="floor"), 3 / x, torch.complex(x, y) / 3
    results = x / y, torch.div(x, 3, rounding_mode="floor"), 3 / x, torch.complex(x, y) / 3
    for result, want in zip(results, divided, strict=True):
        assert torch.equal(result, want)
    whole = torch.arange(-50, 50)
    assert torch.equal(whole / 7, whole * (1 / torch.tensor(7.0)))
    z = x.clone().requires_grad_()
    (z / 448).sum().backward()
    assert torch.equal(z.grad, torch.full_like(x, 1) * (1 / torch.tensor(448.0)))


def test_seeds_are_those_of_the_cpu(cuda):
    torch.manual_seed(1)
    first = torch.rand(4, device="cuda")
    for seed in (torch.cuda.manual_seed, torch.cuda.manual_seed_all):
        seed(1)
        assert torch.equal(torch.rand(4), first)


def test_the_device_describes_the_chip(cuda):
    assert torch.cuda.is_available() and torch.cuda.device_count() == 1
    assert "n150" in torch.cuda.get_device_name()
    assert torch.cuda.get_device_properties(0).multi_processor_count == 64
    assert torch.cuda.get_device_capability() == (8, 0)
    free, total = torch.cuda.mem_get_info()
    assert 0 < free <= total == torch.cuda.get_device_properties(0).total_memory


def test_events_and_streams(cuda):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    with torch.cuda.stream(torch.cuda.Stream()):
        start.record()
        torch.cuda.synchronize()
        end.record()
    end.synchronize()
    assert start.elapsed_time(end) > 0


@pytest.mark.parametrize("target", ["cuda", "auto", {"kind": "cuda", "arch": "sm_90"}, "tenstorrent"])
def test_gpu_targets_become_ours(cuda, target):
    from tilelang.backend.target import determine_target

    assert determine_target(target, return_object=True).kind.name == "tenstorrent"


def test_everything_is_put_back():
    from tilelang.backend.target import determine_target

    before = torch.cuda.is_available, torch.cuda.Event, torch.Generator
    with on_tenstorrent({"arch": "blackhole"}):
        assert str(determine_target("cuda", return_object=True).attrs["chip"]) == "p150"
    assert before == (torch.cuda.is_available, torch.cuda.Event, torch.Generator)
    assert determine_target({"kind": "cuda", "arch": "sm_80"}, return_object=True).kind.name == "cuda"
    with pytest.raises((AssertionError, RuntimeError)):
        torch.zeros(1, device="cuda")
