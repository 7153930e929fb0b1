#include "core_port.h"

#include <fmt/format.h>

#include "../check/checker.h"
#include "../core.h"
#include "compute_unit.h"

namespace tltt::emu {

DataFormat CorePort::Format(uint32_t cb) { return core_.cb(cb).format(); }
uint32_t CorePort::PageSize(uint32_t cb) { return core_.cb(cb).page_size(); }

const std::byte* CorePort::FrontPage(uint32_t cb, uint32_t index) {
  CircularBuffer& buffer = core_.cb(cb);
  if (buffer.page_size() < TileBytes(buffer.format())) {
    CurrentRole().Fail(
        ErrorCategory::kBadProgram,
        fmt::format("c_{} has pages of {} bytes, but a {} tile takes {}.\nGive the circular buffer that page size.", cb,
                    buffer.page_size(), DataFormatName(buffer.format()), TileBytes(buffer.format())));
  }
  const std::byte* page = buffer.FrontPage(index);
  RoleContext& role = CurrentRole();
  if (Checker* checker = role.checker()) checker->OnUnpack(role, page, buffer.page_size());
  return page;
}

std::byte* CorePort::BackPage(uint32_t cb, uint32_t index, bool read_first) {
  CircularBuffer& buffer = core_.cb(cb);
  if (buffer.page_size() < TileBytes(buffer.format())) {
    CurrentRole().Fail(
        ErrorCategory::kBadProgram,
        fmt::format("c_{} has pages of {} bytes, but a {} tile takes {}.\nGive the circular buffer that page size.", cb,
                    buffer.page_size(), DataFormatName(buffer.format()), TileBytes(buffer.format())));
  }
  std::byte* page = buffer.BackPage(index);
  if (read_first && core_.data() && !core_.IsWritten(page, TileBytes(buffer.format()))) {
    CurrentRole().Fail(ErrorCategory::kUnwrittenRead,
                       fmt::format("the packer accumulates onto page {} of c_{}, which was never written.\n"
                                   "Pack the first partial result with pack_reconfig_l1_acc(0).",
                                   index, cb));
  }
  RoleContext& role = CurrentRole();
  if (Checker* checker = role.checker()) checker->OnPack(role, buffer, page, buffer.page_size(), read_first);
  buffer.MarkBackWritten(index);
  return page;
}

UnpackedTiles& CorePort::Unpacked() { return *core_.unpacked; }

void CorePort::Math(uint32_t unpack, uint32_t math, uint32_t steps) {
  CurrentRole().RecordSteps(TraceKind::kMath, false, unpack, math, steps);
}
void CorePort::Pack(uint32_t ticks) { CurrentRole().RecordSteps(TraceKind::kPack, true, ticks, 0, 1); }
void CorePort::Configure(bool pack, uint32_t cycles) { CurrentRole().Record(TraceKind::kConfigure, pack).a = cycles; }
void CorePort::HandOver(TraceKind kind) {
  if (Checker* checker = CurrentRole().checker()) {
    if (kind == TraceKind::kCommit) checker->OnDstCommit(CurrentRole());
    if (kind == TraceKind::kDstWait) checker->OnDstWait(CurrentRole());
  }
  CurrentRole().Record(kind, kind == TraceKind::kDstWait || kind == TraceKind::kRelease);
}
void CorePort::CountMatmulTiles(uint64_t tiles) { core_.matmul_tiles += tiles; }

void CorePort::Fail(ErrorCategory category, const std::string& text, uint32_t line) {
  RoleContext& role = CurrentRole();
  if (line != 0) role.SetLine(line);
  role.Fail(category, text);
}

void CorePort::Object(ErrorCategory category, const std::string& text, uint32_t line) {
  RoleContext& role = CurrentRole();
  if (line != 0) role.SetLine(line);
  role.Object(category, text);
}

std::unique_ptr<ComputeUnit> NewComputeUnit(TensixCore& core) {
  ComputeUnitConfig config;
  config.compute = core.compute_config();
  config.numerics = core.options().numerics;
  config.data = core.data();
  config.check = core.options().check;
  return std::make_unique<ComputeUnit>(core.chip(), config, std::make_unique<CorePort>(core));
}

}  // namespace tltt::emu
