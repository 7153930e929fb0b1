"""TileLang for Tenstorrent: ``import tilelang_tenstorrent`` adds ``target="tenstorrent"`` to TileLang.

A kernel compiled for it becomes a TT-Metalium program (reader.cpp, compute.cpp, writer.cpp, main.cpp, CMakeLists.txt,
tt.plan.json); calling it runs those very sources on an emulated chip and writes the results into the caller's CPU
tensors.
"""

from . import _native as _native  # loads the C++ libraries, after TileLang's own
from . import ttnn_runner as ttnn_runner  # what kernels of mode="ttnn" call
from .annotations import annotate_tt_layout, annotate_tt_schedule, block_sharded, height_sharded, width_sharded
from .backend import BACKEND
from .compiling import validate_module_for_tt
from .device_tensor import DeviceTensor, device_tensor, run
from .errors import EmulatorError
from .kernel import at_sizes, files, last_report, program_info, remarks, save
from .profiling import install as _install_profiling
from .tensor_args import install as _install_tensor_checks
from .timing import PredictedTime, predicted_time

__version__ = _native.VERSION

_install_profiling()
_install_tensor_checks()

__all__ = [
    "BACKEND",
    "DeviceTensor",
    "EmulatorError",
    "PredictedTime",
    "__version__",
    "annotate_tt_layout",
    "annotate_tt_schedule",
    "at_sizes",
    "block_sharded",
    "device_tensor",
    "files",
    "height_sharded",
    "last_report",
    "predicted_time",
    "program_info",
    "remarks",
    "run",
    "save",
    "validate_module_for_tt",
    "width_sharded",
]
