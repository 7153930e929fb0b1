// A compiled kernel as the runtime runs it: programs that are launched one after the other. Mostly it is one; a
// function of several T.Kernel launches is a folder for each, "1/", "2/", ..., and tt.launches.json beside them.
#pragma once

#include <string>
#include <vector>

#include "tltt/plan.h"
#include "tltt/runtime.h"

namespace tltt {

struct Sequence {
  struct Part {
    FileMap files;
    Program program;
    std::vector<size_t> slots;  // of each tensor of `program` in `tensors`
  };

  // Throws PlanError.
  static Sequence Read(const FileMap& files);
  static Sequence Of(Program program);  // of one, without files

  Program whole;                    // name, chip and arguments of the call; of a plain kernel the program itself
  std::vector<Tensor> temporaries;  // behind the arguments in the numbering of slots
  std::vector<Part> parts;
};

// Runs the programs in order on tensors for whole.tensors; returns the report as JSON text, in which numbers are sums
// and "launches" holds each one's report. Tensors stay on the chip from launch to launch where both want them in one
// layout. All launches run by one schedule after the other, and must leave the same bytes. Throws as Launch does.
std::string LaunchSequence(const Sequence& sequence, const std::string& numerics, std::span<const HostTensor> tensors,
                           const Schedules& schedules);
// The same on the device that TT-Metalium finds; tensors go through the host between launches.
std::string LaunchSequenceOnTtnn(const Sequence& sequence, std::span<const HostTensor> tensors);
std::string PredictSequence(const Sequence& sequence, bool timeline);

}  // namespace tltt
