// Conversions between row-major pages and tiles, block-wise: tilize_block, untilize_block, pack_untilize.
#include <fmt/format.h>

#include <cstring>

#include "compute_unit.h"
#include "costs.h"

namespace tltt::emu {
namespace {

uint32_t ElementBytes(DataFormat format) { return TileBytes(format) / kTileElements; }

bool IsBlockFloat(DataFormat format) { return TileBytes(format) % kTileElements != 0; }

// 32 values of one row between L1 and DST words. The faces of a tile hold 16 datums in a row, so a row goes through a
// tile image: its first row is at datums 0..15 of faces 0 and 1.
void UnpackRow(DataFormat format, const std::byte* from, float* words) {
  alignas(64) std::byte tile[4096];
  alignas(64) float rows[kTileElements];
  const uint32_t element = ElementBytes(format);
  std::memcpy(tile, from, 16 * element);
  std::memcpy(tile + 256 * element, from + 16 * element, 16 * element);
  UnpackTile(format, tile, rows);
  std::memcpy(words, rows, kTileCols * sizeof(float));
}

}  // namespace

void ComputeUnit::TilizeInit(uint32_t in, uint32_t block, uint32_t out, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kTilize;
  init.ct = block;
  init.call = [=] { return fmt::format("tilize_init(tt::CBIndex::c_{}, {}, tt::CBIndex::c_{})", in, block, out); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::TilizeUninit(uint32_t in, uint32_t out, uint32_t line) {
  (void)in;
  (void)out;
  RequireStarted("tilize_uninit", line);
  if (fpu_init_.kind == FpuInit::Kind::kTilize) fpu_init_ = FpuInit{};
  ChargeInit();
}

void ComputeUnit::UntilizeInit(uint32_t in, uint32_t out, uint32_t block_ct, uint32_t full_ct, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kUntilize;
  init.ct = block_ct;
  init.rt = full_ct;
  init.call = [=] {
    const std::string widths = fmt::format("<{}, {}>", block_ct, full_ct);
    if (in == kNoCb) return fmt::format("pack_untilize_dest_init{}(tt::CBIndex::c_{})", widths, out);
    if (out == kNoCb) return fmt::format("untilize_init(tt::CBIndex::c_{})", in);
    return fmt::format("pack_untilize_init{}(tt::CBIndex::c_{}, tt::CBIndex::c_{})", widths, in, out);
  };
  // The packer's part of this init stands beside what the matrix unit is set up for.
  if (in == kNoCb) {
    RequireStarted(init, line);
    init.line = line;
    pack_untilize_ = std::move(init);
    ChargeInit();
    return;
  }
  SetFpuInit(std::move(init), line);
  pack_untilize_ = fpu_init_;
}

void ComputeUnit::UntilizeUninit(uint32_t out, uint32_t line) {
  (void)out;
  RequireStarted("pack_untilize_uninit", line);
  pack_untilize_ = FpuInit{};
  if (fpu_init_.kind == FpuInit::Kind::kUntilize) fpu_init_ = FpuInit{};
  ChargeInit();
}

const std::byte* ComputeUnit::FrontRegion(const char* call, uint32_t cb, uint32_t pages, uint32_t line) {
  const std::byte* first = port_.FrontPage(cb, 0);
  const uint32_t page_size = port_.PageSize(cb);
  for (uint32_t i = 1; i < pages; ++i) {
    if (port_.FrontPage(cb, i) != first + uint64_t{i} * page_size) {
      Fail(ErrorCategory::kOutOfRange,
           fmt::format("{} reads {} pages of c_{} as one region, but they wrap around the end of the buffer.\n"
                       "Make its size a multiple of {} pages.",
                       call, pages, cb, pages),
           line);
    }
  }
  return first;
}

std::byte* ComputeUnit::BackRegion(const char* call, uint32_t cb, uint32_t pages, uint32_t line) {
  std::byte* first = port_.BackPage(cb, 0, false);
  const uint32_t page_size = port_.PageSize(cb);
  for (uint32_t i = 1; i < pages; ++i) {
    if (port_.BackPage(cb, i, false) != first + uint64_t{i} * page_size) {
      Fail(ErrorCategory::kOutOfRange,
           fmt::format("{} writes {} pages of c_{} as one region, but they wrap around the end of the buffer.\n"
                       "Make its size a multiple of {} pages.",
                       call, pages, cb, pages),
           line);
    }
  }
  return first;
}

void ComputeUnit::RequireIdle(const char* call, uint32_t line) {
  if (dst_.phase == DstPhase::kIdle) return;
  Fail(ErrorCategory::kDstMisuse,
       fmt::format("{} takes DST by itself, but it is held since line {}.\nCall it outside tile_regs_acquire() and "
                   "tile_regs_release().",
                   call, dst_.acquired_line),
       line);
}

void ComputeUnit::RequireRowMajorFormat(const char* call, uint32_t cb, uint32_t line) {
  if (!IsBlockFloat(port_.Format(cb))) return;
  Fail(ErrorCategory::kUnsupported,
       fmt::format("{}: c_{} holds {}, which has no row-major form.\nUse a 16- or 32-bit format.", call, cb,
                   DataFormatName(port_.Format(cb))),
       line);
}

void ComputeUnit::TilizeBlock(uint32_t in, uint32_t block, uint32_t out, uint32_t in_index, uint32_t out_index,
                              uint32_t line) {
  const char* call = "tilize_block";
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kTilize && in_index + block <= fpu_init_.ct,
      [&] { return fmt::format("tilize_init(tt::CBIndex::c_{}, {}, tt::CBIndex::c_{})", in, in_index + block, out); },
      line);
  RequireIdle(call, line);
  RequireSrcA(call, in, line);
  RequirePackFormat(call, out, line);
  RequireRowMajorFormat(call, in, line);
  const DataFormat format = port_.Format(in), out_format = port_.Format(out);
  const uint32_t width = fpu_init_.ct;  // tiles in a row of the input
  const uint64_t row_bytes = uint64_t{width} * kTileCols * ElementBytes(format);
  const auto pages = static_cast<uint32_t>((row_bytes * kTileRows + port_.PageSize(in) - 1) / port_.PageSize(in));
  const std::byte* source = FrontRegion(call, in, pages, line);
  const Rounding rounding = DstRounding(format, format);
  for (uint32_t t = 0; t < block; ++t) {
    std::byte* page = port_.BackPage(out, out_index + t, false);
    ChargePass(chip_.tilize);
    if (!config_.data) continue;
    alignas(64) float rows[kTileElements];
    for (uint32_t row = 0; row < kTileRows; ++row) {
      UnpackRow(format, source + row * row_bytes + uint64_t{in_index + t} * kTileCols * ElementBytes(format),
                rows + row * kTileCols);
    }
    if (!IsIntegerFormat(format)) RoundValues(rounding, rows, kTileElements);
    emu::PackTile(out_format, rows, page);
  }
}

void ComputeUnit::WriteRows(const float* rows, DataFormat format, std::byte* to, uint64_t row_bytes) {
  // Rows of the tile image in L1 lie in two faces; put them side by side.
  alignas(64) std::byte tile[4096];
  emu::PackTile(format, rows, tile);
  const uint32_t half = 16 * ElementBytes(format);
  for (uint32_t row = 0; row < kTileRows; ++row) {
    const std::byte* left = tile + ((row / 16) * 2 * 16 + row % 16) * uint64_t{half};
    std::memcpy(to + row * row_bytes, left, half);
    std::memcpy(to + row * row_bytes + half, left + 16 * half, half);
  }
}

void ComputeUnit::UntilizeBlock(uint32_t in, uint32_t block_rt, uint32_t out, uint32_t block_c_index, uint32_t block_ct,
                                uint32_t full_ct, uint32_t line) {
  const char* call = "untilize_block";
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kUntilize,
      [&] {
        return fmt::format("pack_untilize_init<{}, {}>(tt::CBIndex::c_{}, tt::CBIndex::c_{})", block_ct, full_ct, in,
                           out);
      },
      line);
  RequireIdle(call, line);
  RequireSrcA(call, in, line);
  RequirePackFormat(call, out, line);
  RequireRowMajorFormat(call, out, line);
  const DataFormat format = port_.Format(in), out_format = port_.Format(out);
  const uint64_t row_bytes = uint64_t{full_ct} * kTileCols * ElementBytes(out_format);
  if ((block_c_index + 1) * block_ct > full_ct) {
    Fail(ErrorCategory::kOutOfRange,
         fmt::format("{}: block {} of {} tiles lies beyond rows of {} tiles.", call, block_c_index, block_ct, full_ct),
         line);
  }
  const auto pages = static_cast<uint32_t>((row_bytes * kTileRows + port_.PageSize(out) - 1) / port_.PageSize(out));
  std::byte* target = BackRegion(call, out, pages, line);
  // Each of the block_rt rounds reads and writes the same tiles, as the unpacker's tile index restarts with each.
  for (uint32_t i = 0; i < block_rt * block_ct; ++i) ChargePass(chip_.untilize);
  const Rounding rounding = DstRounding(format, format);
  for (uint32_t c = 0; c < block_ct; ++c) {
    const std::byte* page = port_.FrontPage(in, c);
    if (!config_.data) continue;
    alignas(64) float rows[kTileElements];
    LoadSource(in, page, rows);
    if (!IsIntegerFormat(format)) RoundValues(rounding, rows, kTileElements);
    WriteRows(rows, out_format, target + uint64_t{block_c_index * block_ct + c} * kTileCols * ElementBytes(out_format),
              row_bytes);
  }
}

void ComputeUnit::PackUntilizeDest(uint32_t out, uint32_t block_rt, uint32_t block_c_index, uint32_t block_ct,
                                   uint32_t full_ct, uint32_t dst_offset, uint32_t line) {
  const char* call = "pack_untilize_dest";
  RequireStarted(call, line);
  if (pack_untilize_.kind != FpuInit::Kind::kUntilize || pack_untilize_.ct != block_ct ||
      pack_untilize_.rt != full_ct) {
    Fail(ErrorCategory::kMissingInit,
         fmt::format("pack_untilize_dest without its init.\nInsert pack_untilize_dest_init<{}, {}>(tt::CBIndex::c_{}) "
                     "before it.",
                     block_ct, full_ct, out),
         line);
  }
  RequirePhase(call, Unit::kPack, line);
  RequirePackFormat(call, out, line);
  RequireRowMajorFormat(call, out, line);
  if ((block_c_index + 1) * block_ct > full_ct) {
    Fail(ErrorCategory::kOutOfRange,
         fmt::format("{}: block {} of {} tiles lies beyond rows of {} tiles.", call, block_c_index, block_ct, full_ct),
         line);
  }
  const DataFormat format = port_.Format(out);
  const uint64_t row_bytes = uint64_t{full_ct} * kTileCols * ElementBytes(format);
  const auto pages =
      static_cast<uint32_t>((row_bytes * kTileRows * block_rt + port_.PageSize(out) - 1) / port_.PageSize(out));
  std::byte* target = BackRegion(call, out, pages, line);
  for (uint32_t r = 0; r < block_rt; ++r) {
    for (uint32_t c = 0; c < block_ct; ++c) {
      const uint32_t slot = dst_offset + r * block_ct + c;
      RequireWritten(call, slot, line);
      port_.Pack(CostTicks(chip_.untilize[1]));
      if (!config_.data) continue;
      WriteRows(dst_.tile(slot), format,
                target + r * kTileRows * row_bytes +
                    uint64_t{block_c_index * block_ct + c} * kTileCols * ElementBytes(format),
                row_bytes);
    }
  }
}

}  // namespace tltt::emu
