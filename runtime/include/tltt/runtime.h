// Running a Program on host tensors: argument checks, tilizing into the emulated DRAM, launch, and reading back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt {

class DeviceTensor;  // device_tensor.h

// A tensor of the caller, in host memory; or, where `resident` is set, one that lies on the chip already.
struct HostTensor {
  std::byte* data = nullptr;
  std::string dtype;             // "bfloat16", as Tensor::dtype spells it
  std::vector<int64_t> shape;    // elements
  std::vector<int64_t> strides;  // elements; any non-negative stride, the innermost one too
  std::string device = "cpu";
  const DeviceTensor* resident = nullptr;  // the other members are unused then
};

// An argument that does not fit the kernel; what() names the kernel, the argument and both sides.
class ArgumentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws ArgumentError unless `tensors` fit program.tensors in number, device, dtype and shape, and resident ones in
// their layout (not looked at without `layouts`). An output must not have elements that share memory (stride 0).
void CheckArguments(const Program& program, std::span<const HostTensor> tensors, bool layouts = true);

// An emulated chip that lives as long as the process, so that its memory is reused; `mutex` is held while it runs.
struct SharedDevice {
  SharedDevice(const Chip& chip, const emu::Options& options) : device(chip, options) {}
  std::mutex mutex;
  emu::Device device;
};

// What a device is for: runs with data, with or without all checks, or the predicted time alone, with or without a
// timeline.
enum class DeviceUse : uint8_t { kRun, kCheck, kTime, kTimeline };

emu::Options DeviceOptions(const std::string& numerics, DeviceUse use);

// The process's device of a chip and a numeric mode ("fast" or "faithful"); made at the first use.
std::shared_ptr<SharedDevice> DeviceFor(const std::string& chip, const std::string& numerics,
                                        DeviceUse use = DeviceUse::kRun);

// How a program is run: with or without all checks of the emulator, and once for each seed of a schedule (0: everything
// happens as early as it can). Outputs that differ between seeds are an Error.
struct Schedules {
  bool check = false;
  std::vector<uint64_t> seeds = {0};
};

// Runs `program` on its chip. Tensors with Access::kIn are only read. Of outputs, pages that the kernel did not
// write keep the caller's values. Throws ArgumentError and emu::Error; the tensors are untouched then.
emu::RunReport Launch(const Program& program, const std::string& numerics, std::span<const HostTensor> tensors,
                      const Schedules& schedules = {});

// The time that `program` would take on its chip: runs control flow and the clock, moves and computes no data.
emu::RunReport PredictTime(const Program& program, bool timeline);
// The same on a chip with faster parts; on a device of its own, so that several may be asked for at the same time.
emu::RunReport PredictTime(const Program& program, const emu::Speedup& speedup);

// The report as JSON text: the fields of RunReport under their names; with `cores` also those of each core and line,
// and the timeline as [x, y, unit, cause, kernel, line, begin, end].
std::string ReportJson(const emu::RunReport& report, bool cores);

}  // namespace tltt
