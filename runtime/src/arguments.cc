#include <string>

#include "tltt/device_tensor.h"
#include "tltt/runtime.h"

namespace tltt {
namespace {

std::string Join(const std::vector<int64_t>& values) {
  std::string text = "(";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + (values.size() == 1 ? ",)" : ")");
}

std::string Describe(const std::string& dtype, const std::vector<int64_t>& shape) { return dtype + Join(shape); }

// Whether the caller's dtype is one of those in which bytes of packed elements come: torch has no int4, and tells by
// its own type of two float4_e2m1fn in a byte what they are.
bool IsBytesOf(const Tensor& want, const std::string& dtype) {
  return !want.packed.empty() && (dtype == "int8" || dtype == "uint8" || dtype == want.packed + "x2");
}

std::string Names(const Program& program) {
  std::string text;
  for (const Tensor& tensor : program.tensors) text += (text.empty() ? "" : ", ") + tensor.name;
  return text;
}

}  // namespace

void CheckArguments(const Program& program, std::span<const HostTensor> tensors, bool layouts) {
  if (tensors.size() != program.tensors.size()) {
    throw ArgumentError(program.name + ": takes " + std::to_string(program.tensors.size()) + " tensors (" +
                        Names(program) + "), got " + std::to_string(tensors.size()));
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& want = program.tensors[i];
    const HostTensor& got = tensors[i];
    const std::string where = program.name + ": argument " + std::to_string(i + 1) + " `" + want.name + "`: ";
    if (got.resident) {
      const Tensor& lies = got.resident->layout();
      if (!layouts && (lies.dtype != want.dtype || lies.shape != want.shape)) {
        throw ArgumentError(where + "expected " + Describe(want.dtype, want.shape) + ", got " +
                            Describe(lies.dtype, lies.shape));
      }
      if (layouts && !SameLayout(lies, want)) {
        throw ArgumentError(where + "lies on the chip as " + DescribeLayout(lies) + ", but the kernel takes " +
                            DescribeLayout(want) +
                            "; annotate both kernels alike, or bring it to the host with to_host()");
      }
      if (got.resident->chip() != program.chip) {
        throw ArgumentError(where + "lies on a " + got.resident->chip() + ", but the kernel was compiled for a " +
                            program.chip);
      }
      continue;
    }
    if (got.device != "cpu") {
      throw ArgumentError(where + "is on device " + got.device + "; the emulated chip takes CPU tensors, pass `" +
                          want.name + ".cpu()`");
    }
    if (!(got.dtype == want.dtype || IsBytesOf(want, got.dtype)) || got.shape != want.shape) {
      const std::string packed =
          want.packed.empty() ? "" : " (bytes, each of which holds elements of " + want.packed + ")";
      throw ArgumentError(where + "expected " + Describe(want.dtype, want.shape) + packed + ", got " +
                          Describe(got.dtype, got.shape));
    }
    if (want.access == Access::kIn) continue;
    for (size_t d = 0; d < got.shape.size(); ++d) {
      if (got.strides[d] == 0 && got.shape[d] > 1) {
        throw ArgumentError(where + "is written by the kernel, but its elements share memory (stride 0 in dimension " +
                            std::to_string(d) + "); pass `" + want.name + ".contiguous()`");
      }
    }
  }
}

}  // namespace tltt
