#include "ir/ops.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>

#include "ir/diagnostics.h"

namespace tltt::compiler {

namespace {

constexpr std::string_view kDataflow = "api/dataflow/dataflow_api.h";
constexpr std::string_view kCbApi = "api/compute/cb_api.h";
constexpr std::string_view kStartup = "api/compute/compute_kernel_hw_startup.h";
constexpr std::string_view kMatmul = "api/compute/matmul.h";
constexpr std::string_view kBinary = "api/compute/eltwise_binary.h";
constexpr std::string_view kBcast = "api/compute/bcast.h";
constexpr std::string_view kCopy = "api/compute/tile_move_copy.h";
constexpr std::string_view kTranspose = "api/compute/transpose.h";
constexpr std::string_view kPack = "api/compute/pack.h";
constexpr std::string_view kReg = "api/compute/reg_api.h";
constexpr std::string_view kReconfig = "api/compute/reconfig_data_format.h";
constexpr std::string_view kSfpu = "api/compute/compute_kernel_api.h";
constexpr std::string_view kSfpuBinary = "api/compute/eltwise_binary_sfpu.h";
constexpr std::string_view kMaxMin = "api/compute/binary_max_min.h";
constexpr std::string_view kComp = "api/compute/eltwise_unary/comp.h";
constexpr std::string_view kWhere = "api/compute/eltwise_unary/where.h";
constexpr std::string_view kTrigonometry = "api/compute/eltwise_unary/trigonometry.h";
constexpr std::string_view kRounding = "api/compute/eltwise_unary/rounding.h";
constexpr std::string_view kFill = "api/compute/eltwise_unary/fill.h";
constexpr std::string_view kTypecast = "api/compute/eltwise_unary/typecast.h";
constexpr std::string_view kBitwise = "api/compute/binary_bitwise_sfpu.h";
constexpr std::string_view kShift = "api/compute/binary_shift.h";
constexpr std::string_view kBinaryComp = "api/compute/binary_comp.h";
constexpr std::string_view kScalar = "api/compute/eltwise_unary/binop_with_scalar.h";

// Block operations: no device call of their own; passes D3 and D5 expand them.
constexpr std::string_view kBlockOps[] = {
    "tt.read_to_cb",  // (cb, region[, axis]): a tensor region into the CB; "row", "column": one core reads for all of
                      // them
    "tt.write_from_cb",  // (cb, region): writer moves the CB's block to a tensor region
                         // Both with the cb alone (D1): the block lies on the core's shard of the tensor
    "tt.cb_arrive",      // (cb): compute's view of tt.read_to_cb
    "tt.mm.mma",         // (c, a, b, transpose_b, clear, rows, cols, inner, sub_rows, sub_cols)
    "tt.tile.store",     // (cb, expr): every tile of the block gets the value of expr
    "tt.tile.load",  // (cb, pattern[, row, col[, True]]): the tile at the same place, of the whole block or of the part
                     // from tile (row, col) on; "tile", "row", "col", "scalar", "transpose". True: tiles beside the
                     // block are its nearest one
    "tt.tile.insert",   // (condition, a, b): as tt.tile.where, b being what the buffer stored to holds
    "tt.tile.cast",     // (x, dtype): rounds to dtype
    "tt.tile.fill",     // (value): a constant, or an integer expression that the core computes
    "tt.tile.reduce",   // (kind, dim, x, rows, cols, valid): x over rows x cols tiles, reduced to a column or a row of
                        // tiles, to one element ("all") or to one of the matrices that lie one below the other
                        // ("batch"); of the last tile `valid` elements count (0: all)
    "tt.tile.index",    // (i, j, offset): i * row + j * column + offset of each element of the block; i, j constants
    "tt.tile.compare",  // (relation, a, b): 1 where it holds, else 0; "eq", "ne", "lt", "le", "gt", "ge"
    "tt.tile.where",    // (condition, a, b): a where the condition is not 0, else b
    "tt.fpu.add", "tt.fpu.subtract", "tt.fpu.multiply", "tt.fpu.divide", "tt.tile.max", "tt.tile.min", "tt.tile.pow",
    "tt.tile.fmod", "tt.tile.atan2",
    "tt.tile.ieee_divide",  // as tt.fpu.divide, and never by reciprocals
    "tt.sfpu.unary",        // (name, x)
    "tt.word.fill",         // (value): an integer of 32 bits, which the core computes
    "tt.word.binary",       // (name, a, b): of integers of 32 bits; "add", "max_int32", "lt_uint32" (1 or 0), ...
    "tt.tile.convert",      // (name, x): between integers of 32 bits and floats; "i32_to_f32", "f32_to_u32", ...
    "tt.riscv_memory",      // (cb, role): the L1 of a RISC-V core's rows and pages
    "tt.tiles_to_rows",     // (cb, buffer, batches, rows, cols, tiles_transposed): a CB's front block to rows in L1
    "tt.rows_to_tiles",     // (cb, buffer, batches, rows, cols, tiles_transposed): rows in L1 to a CB's back block
    "tt.element",           // (tensor, page, place): an element, through a copy of its page in L1
    "tt.set_element",       // (tensor, page, place, value)
    "tt.tile_element",      // (row, col): place of an element in its tile
    "tt.philox",            // (seed, sequence, n): number n of a sequence of random ones (passes/random_numbers.h)
    "tt.forget",            // (tensor): what was written goes to the tensor, its page is read anew
    "tt.as_index",          // (number): a place in a tensor, as a number that is never negative
    "tt.send_scalar",       // (cb, number): the reader's number, to compute
    "tt.receive_scalar",    // (cb): the reader's next number
    "tt.turn_memory",       // (semaphore): the core's turns at tensors that all cores update (ir/turns.h)
    "tt.take_turn",         // (): waits for the turn, if the core does not have it
    "tt.pass_turn",         // (block): behind a block, gives the turn to the next core
    "tt.get_arg_val",       // (name): runtime argument by name; E1 fixes its slot
    "tt.f32_bits",          // (value): the bit pattern of an fp32 constant, as vector-unit parameters are passed
    "tt.index_tile",        // (cb, i, j): a tile whose element (r, c) is i * r + j * c, filled once
    "tt.f32_of_int",        // (value): as tt.f32_bits, of a number that the core computes
    "tt.init",              // (callee, args...): an init call of the table below
};

// Comparisons of integers of 32 bits, "tt.lt_uint32_word_tile" and so on; whether two are equal does not depend on
// their sign.
std::vector<DeviceOp> WithWordComparisons(std::vector<DeviceOp> ops) {
  static std::deque<std::string> texts;  // what the table refers to
  auto text = [](const std::string& s) -> std::string_view { return texts.emplace_back(s); };
  for (const std::string relation : {"eq", "ne", "lt", "le", "gt", "ge"}) {
    for (const bool is_signed : {true, false}) {
      if (!is_signed && (relation == "eq" || relation == "ne")) continue;
      const std::string format = is_signed ? "<DataFormat::Int32>" : "<DataFormat::UInt32>";
      ops.push_back({text("tt." + relation + (is_signed ? "_int32" : "_uint32") + "_word_tile"),
                     text(relation + "_int_tile" + format), kBinaryComp, text(relation + "_int_tile_init" + format), "",
                     'S', "", "", "012"});
    }
  }
  return ops;
}

// Function-local: the registration below runs before this file's other initialisers.
const std::vector<DeviceOp>& DeviceOpTable() {
  static const std::vector<DeviceOp> ops = WithWordComparisons({
      // Circular buffers, both sides; compute kernels take them from cb_api.h.
      {"tt.cb_reserve_back", "cb_reserve_back", kCbApi},
      {"tt.cb_push_back", "cb_push_back", kCbApi},
      {"tt.cb_wait_front", "cb_wait_front", kCbApi},
      {"tt.cb_pop_front", "cb_pop_front", kCbApi},
      {"tt.get_write_ptr", "get_write_ptr", kDataflow},
      {"tt.get_read_ptr", "get_read_ptr", kDataflow},
      // NoC.
      {"tt.noc_async_read_page", "noc_async_read_page", kDataflow},
      {"tt.noc_async_read_barrier", "noc_async_read_barrier", kDataflow},
      {"tt.noc_async_write_page", "noc_async_write_page", kDataflow},
      {"tt.noc_async_writes_flushed", "noc_async_writes_flushed", kDataflow},
      {"tt.noc_async_write_barrier", "noc_async_write_barrier", kDataflow},
      {"tt.noc_async_write_multicast", "noc_async_write_multicast", kDataflow},
      {"tt.noc_async_atomic_barrier", "noc_async_atomic_barrier", kDataflow},
      {"tt.get_noc_addr", "get_noc_addr", kDataflow},
      {"tt.get_noc_multicast_addr", "get_noc_multicast_addr", kDataflow},
      {"tt.get_semaphore", "get_semaphore", kDataflow},
      {"tt.semaphore_pointer", "reinterpret_cast<volatile tt_l1_ptr uint32_t*>", kDataflow},
      {"tt.noc_semaphore_wait", "noc_semaphore_wait", kDataflow},
      {"tt.noc_semaphore_set", "noc_semaphore_set", kDataflow},
      {"tt.noc_semaphore_inc", "noc_semaphore_inc", kDataflow},
      {"tt.noc_semaphore_set_multicast", "noc_semaphore_set_multicast", kDataflow},
      {"tt.zero_page", "zero_page", kDataflow},
      {"tt.fill_index_tile", "fill_index_tile<uint16_t>", kDataflow},
      {"tt.fill_index_tile_fp32", "fill_index_tile<uint32_t>", kDataflow},
      // DST hand-over between math and packer.
      {"tt.tile_regs_acquire", "tile_regs_acquire", kReg},
      {"tt.tile_regs_commit", "tile_regs_commit", kReg},
      {"tt.tile_regs_wait", "tile_regs_wait", kReg},
      {"tt.tile_regs_release", "tile_regs_release", kReg},
      // Configuration.
      {"tt.hw_startup", "compute_kernel_hw_startup", kStartup},
      {"tt.hw_startup_matmul", "compute_kernel_hw_startup<SrcOrder::Reverse>", kStartup},
      {"tt.reconfig_srca", "reconfig_data_format_srca", kReconfig},
      {"tt.reconfig_srcb", "reconfig_data_format_srcb", kReconfig},
      {"tt.pack_reconfig", "pack_reconfig_data_format", kReconfig},
      {"tt.pack_reconfig_l1_acc", "pack_reconfig_l1_acc", kPack},
      // FPU: (cb.., tile.., dst). Matmul reads in0 through SrcB and in1 through SrcA.
      {"tt.matmul_block", "matmul_block", kMatmul, "matmul_block_init", "015678", 'F', "1", "0"},
      {"tt.matmul_tiles", "matmul_tiles", kMatmul, "matmul_init", "01", 'F', "1", "0"},
      {"tt.add_tiles", "add_tiles", kBinary, "add_init", "01", 'F', "0", "1"},
      {"tt.sub_tiles", "sub_tiles", kBinary, "sub_init", "01", 'F', "0", "1"},
      {"tt.mul_tiles", "mul_tiles", kBinary, "mul_init", "01", 'F', "0", "1"},
      {"tt.add_tiles_bcast_rows", "add_tiles_bcast_rows", kBcast, "add_bcast_rows_init", "01", 'F', "0", "1"},
      {"tt.sub_tiles_bcast_rows", "sub_tiles_bcast_rows", kBcast, "sub_bcast_rows_init", "01", 'F', "0", "1"},
      {"tt.mul_tiles_bcast_rows", "mul_tiles_bcast_rows", kBcast, "mul_bcast_rows_init", "01", 'F', "0", "1"},
      {"tt.add_tiles_bcast_cols", "add_tiles_bcast_cols", kBcast, "add_bcast_cols_init", "01", 'F', "0", "1"},
      {"tt.sub_tiles_bcast_cols", "sub_tiles_bcast_cols", kBcast, "sub_bcast_cols_init", "01", 'F', "0", "1"},
      {"tt.mul_tiles_bcast_cols", "mul_tiles_bcast_cols", kBcast, "mul_bcast_cols_init", "01", 'F', "0", "1"},
      {"tt.copy_tile", "copy_tile", kCopy, "copy_init", "0", 'F', "0", ""},
      {"tt.transpose_tile", "transpose_tile", kTranspose, "transpose_init", "0", 'F', "0", ""},
      {"tt.unary_bcast_row", "unary_bcast<BroadcastType::ROW>", kBcast, "unary_bcast_init<BroadcastType::ROW>", "0",
       'F', "", "0"},
      {"tt.unary_bcast_col", "unary_bcast<BroadcastType::COL>", kBcast, "unary_bcast_init<BroadcastType::COL>", "0",
       'F', "", "0"},
      {"tt.unary_bcast_scalar", "unary_bcast<BroadcastType::SCALAR>", kBcast, "unary_bcast_init<BroadcastType::SCALAR>",
       "0", 'F', "", "0"},
      // Packer: (dst, cb, tile).
      {"tt.pack_tile", "pack_tile<true>", kPack, "", "", 'P'},
      // Vector unit on DST slots.
      {"tt.add_binary_tile", "add_binary_tile", kSfpuBinary, "add_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.sub_binary_tile", "sub_binary_tile", kSfpuBinary, "sub_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.mul_binary_tile", "mul_binary_tile", kSfpuBinary, "mul_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.div_binary_tile", "div_binary_tile", kSfpuBinary, "div_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.binary_max_tile", "binary_max_tile", kMaxMin, "binary_max_tile_init", "", 'S', "", "", "012"},
      {"tt.binary_min_tile", "binary_min_tile", kMaxMin, "binary_min_tile_init", "", 'S', "", "", "012"},
      {"tt.add_unary_tile", "add_unary_tile", kScalar, "binop_with_scalar_tile_init", "", 'S'},
      {"tt.sub_unary_tile", "sub_unary_tile", kScalar, "binop_with_scalar_tile_init", "", 'S'},
      {"tt.rsub_unary_tile", "rsub_unary_tile", kScalar, "binop_with_scalar_tile_init", "", 'S'},
      {"tt.mul_unary_tile", "mul_unary_tile", kScalar, "binop_with_scalar_tile_init", "", 'S'},
      {"tt.unary_max_tile", "unary_max_tile", kSfpu, "unary_max_tile_init", "", 'S'},
      {"tt.unary_min_tile", "unary_min_tile", kSfpu, "unary_min_tile_init", "", 'S'},
      {"tt.unary_eq_tile", "unary_eq_tile", kComp, "unary_eq_tile_init", "", 'S'},
      {"tt.eq_binary_tile", "eq_binary_tile", kSfpuBinary, "eq_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.unary_ne_tile", "unary_ne_tile", kComp, "unary_ne_tile_init", "", 'S'},
      {"tt.ne_binary_tile", "ne_binary_tile", kSfpuBinary, "ne_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.unary_lt_tile", "unary_lt_tile", kComp, "unary_lt_tile_init", "", 'S'},
      {"tt.lt_binary_tile", "lt_binary_tile", kSfpuBinary, "lt_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.unary_le_tile", "unary_le_tile", kComp, "unary_le_tile_init", "", 'S'},
      {"tt.le_binary_tile", "le_binary_tile", kSfpuBinary, "le_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.unary_gt_tile", "unary_gt_tile", kComp, "unary_gt_tile_init", "", 'S'},
      {"tt.gt_binary_tile", "gt_binary_tile", kSfpuBinary, "gt_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.unary_ge_tile", "unary_ge_tile", kComp, "unary_ge_tile_init", "", 'S'},
      {"tt.ge_binary_tile", "ge_binary_tile", kSfpuBinary, "ge_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.where_tile_fp32", "where_tile<DataFormat::Float32>", kWhere, "where_tile_init", "", 'S', "", "", "0123"},
      {"tt.where_tile_16", "where_tile<DataFormat::Float16_b>", kWhere, "where_tile_init", "", 'S', "", "", "0123"},
      {"tt.nez_tile", "nez_tile", kComp, "nez_tile_init", "", 'S'},
      {"tt.eqz_tile", "eqz_tile", kComp, "eqz_tile_init", "", 'S'},
      {"tt.fill_tile_bitcast", "fill_tile_bitcast", kFill, "fill_tile_init", "", 'S'},
      {"tt.fill_tile", "fill_tile", kFill, "fill_tile_init", "", 'S'},
      {"tt.copy_dest_fp32", "copy_dest_values<DataFormat::Float32>", "api/compute/copy_dest_values.h",
       "copy_dest_values_init", "", 'S', "", "", "01"},
      {"tt.copy_dest_bf16", "copy_dest_values<DataFormat::Float16_b>", "api/compute/copy_dest_values.h",
       "copy_dest_values_init", "", 'S', "", "", "01"},
      {"tt.typecast_bf16", "typecast_tile<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Float16_b>", kTypecast,
       "typecast_tile_init<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Float16_b>", "", 'S'},
      {"tt.typecast_fp16", "typecast_tile<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Float16>", kTypecast,
       "typecast_tile_init<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Float16>", "", 'S'},
      // Integers of 32 bits in DST.
      {"tt.add_word_tile", "add_int_tile<DataFormat::Int32>", "api/compute/add_int_sfpu.h", "add_int_tile_init", "",
       'S', "", "", "012"},
      {"tt.sub_word_tile", "sub_int_tile<DataFormat::Int32>", "api/compute/sub_int_sfpu.h", "sub_int_tile_init", "",
       'S', "", "", "012"},
      {"tt.mul_word_tile", "mul_int_tile<DataFormat::Int32>", "api/compute/mul_int_sfpu.h",
       "mul_int_tile_init<DataFormat::Int32>", "", 'S', "", "", "012"},
      {"tt.max_int32_word_tile", "binary_max_int32_tile", kMaxMin, "binary_max_int32_tile_init", "", 'S', "", "",
       "012"},
      {"tt.min_int32_word_tile", "binary_min_int32_tile", kMaxMin, "binary_min_int32_tile_init", "", 'S', "", "",
       "012"},
      {"tt.max_uint32_word_tile", "binary_max_uint32_tile", kMaxMin, "binary_max_uint32_tile_init", "", 'S', "", "",
       "012"},
      {"tt.min_uint32_word_tile", "binary_min_uint32_tile", kMaxMin, "binary_min_uint32_tile_init", "", 'S', "", "",
       "012"},
      {"tt.and_word_tile", "bitwise_and_binary_tile<DataFormat::Int32>", kBitwise, "binary_bitwise_tile_init", "", 'S',
       "", "", "012"},
      {"tt.or_word_tile", "bitwise_or_binary_tile<DataFormat::Int32>", kBitwise, "binary_bitwise_tile_init", "", 'S',
       "", "", "012"},
      {"tt.xor_word_tile", "bitwise_xor_binary_tile<DataFormat::Int32>", kBitwise, "binary_bitwise_tile_init", "", 'S',
       "", "", "012"},
      {"tt.shift_left_word_tile", "binary_left_shift_tile<DataFormat::Int32>", kShift, "binary_shift_tile_init", "",
       'S', "", "", "012"},
      {"tt.shift_right_int32_word_tile", "binary_right_shift_tile<DataFormat::Int32>", kShift, "binary_shift_tile_init",
       "", 'S', "", "", "012"},
      {"tt.shift_right_uint32_word_tile", "binary_logical_right_shift_tile<DataFormat::UInt32>", kShift,
       "binary_shift_tile_init", "", 'S', "", "", "012"},
      {"tt.typecast_i32_to_f32", "typecast_tile<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float32>", kTypecast,
       "typecast_tile_init<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float32>", "", 'S'},
      {"tt.typecast_u32_to_f32", "typecast_tile<(uint32_t)DataFormat::UInt32, (uint32_t)DataFormat::Float32>",
       kTypecast, "typecast_tile_init<(uint32_t)DataFormat::UInt32, (uint32_t)DataFormat::Float32>", "", 'S'},
      {"tt.typecast_f32_to_i32", "typecast_tile<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Int32>", kTypecast,
       "typecast_tile_init<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::Int32>", "", 'S'},
      {"tt.typecast_f32_to_u32", "typecast_tile<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::UInt32>",
       kTypecast, "typecast_tile_init<(uint32_t)DataFormat::Float32, (uint32_t)DataFormat::UInt32>", "", 'S'},
      {"tt.fill_tile_int", "fill_tile_int<DataFormat::Int32>", kFill, "fill_tile_init", "", 'S'},
      {"tt.copy_dest_int32", "copy_dest_values<DataFormat::Int32>", "api/compute/copy_dest_values.h",
       "copy_dest_values_init", "", 'S', "", "", "01"},
      {"tt.where_tile_int32", "where_tile<DataFormat::Int32>", kWhere, "where_tile_init", "", 'S', "", "", "0123"},
      {"tt.sfpu_reduce_sum_row", "sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_ROW>", kSfpu,
       "sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>", "", 'S'},
      {"tt.sfpu_reduce_sum_col", "sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_COL>", kSfpu,
       "sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>", "", 'S'},
      {"tt.sfpu_reduce_max_row", "sfpu_reduce<PoolType::MAX, DataFormat::Float32, ReduceDim::REDUCE_ROW>", kSfpu,
       "sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>", "", 'S'},
      {"tt.sfpu_reduce_max_col", "sfpu_reduce<PoolType::MAX, DataFormat::Float32, ReduceDim::REDUCE_COL>", kSfpu,
       "sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>", "", 'S'},
      {"tt.sfpu_reduce_min_row", "sfpu_reduce<PoolType::MIN, DataFormat::Float32, ReduceDim::REDUCE_ROW>", kSfpu,
       "sfpu_reduce_init<PoolType::MIN, DataFormat::Float32>", "", 'S'},
      {"tt.sfpu_reduce_min_col", "sfpu_reduce<PoolType::MIN, DataFormat::Float32, ReduceDim::REDUCE_COL>", kSfpu,
       "sfpu_reduce_init<PoolType::MIN, DataFormat::Float32>", "", 'S'},
      {"tt.relu_tile", "relu_tile", "api/compute/eltwise_unary/relu.h", "relu_tile_init", "", 'S'},
      {"tt.abs_tile", "abs_tile", kSfpu, "abs_tile_init", "", 'S'},
      {"tt.negative_tile", "negative_tile", "api/compute/eltwise_unary/negative.h", "negative_tile_init", "", 'S'},
      {"tt.exp_tile", "exp_tile", "api/compute/eltwise_unary/exp.h", "exp_tile_init", "", 'S'},
      {"tt.exp_approx_tile", "exp_tile<true>", "api/compute/eltwise_unary/exp.h", "exp_tile_init<true>", "", 'S'},
      {"tt.exp2_tile", "exp2_tile", kSfpu, "exp2_tile_init", "", 'S'},
      // e^(x ln 2): the approximation takes a factor with its init.
      {"tt.exp2_approx_tile", "exp_tile<true>", "api/compute/eltwise_unary/exp.h", "exp_tile_init<true, 0x3f317218>",
       "", 'S'},
      {"tt.log_tile", "log_tile", kSfpu, "log_tile_init", "", 'S'},
      {"tt.log1p_tile", "log1p_tile", "api/compute/eltwise_unary/log1p.h", "log1p_tile_init", "", 'S'},
      {"tt.sqrt_tile", "sqrt_tile", "api/compute/eltwise_unary/sqrt.h", "sqrt_tile_init", "", 'S'},
      {"tt.rsqrt_tile", "rsqrt_tile", "api/compute/eltwise_unary/rsqrt.h", "rsqrt_tile_init", "", 'S'},
      {"tt.recip_tile", "recip_tile", "api/compute/eltwise_unary/recip.h", "recip_tile_init", "", 'S'},
      {"tt.tanh_tile", "tanh_tile", kSfpu, "tanh_tile_init", "", 'S'},
      {"tt.tanh_approx_tile", "tanh_tile<true>", kSfpu, "tanh_tile_init<true>", "", 'S'},
      {"tt.sigmoid_approx_tile", "sigmoid_tile<VectorMode::RC, true>", kSfpu, "sigmoid_tile_init<true>", "", 'S'},
      {"tt.sigmoid_tile", "sigmoid_tile", kSfpu, "sigmoid_tile_init", "", 'S'},
      {"tt.erf_tile", "erf_tile<false>", "api/compute/eltwise_unary/erf_erfc.h", "erf_tile_init<false>", "", 'S'},
      {"tt.sin_tile", "sin_tile", kTrigonometry, "sin_tile_init", "", 'S'},
      {"tt.cos_tile", "cos_tile", kTrigonometry, "cos_tile_init", "", 'S'},
      {"tt.floor_tile", "floor_tile", kRounding, "rounding_op_tile_init", "", 'S'},
      {"tt.ceil_tile", "ceil_tile", kRounding, "rounding_op_tile_init", "", 'S'},
      {"tt.trunc_tile", "trunc_tile", kRounding, "rounding_op_tile_init", "", 'S'},
      {"tt.tan_tile", "tan_tile", kTrigonometry, "tan_tile_init", "", 'S'},
      {"tt.asin_tile", "asin_tile", kTrigonometry, "asin_tile_init", "", 'S'},
      {"tt.acos_tile", "acos_tile", kTrigonometry, "acos_tile_init", "", 'S'},
      {"tt.atan_tile", "atan_tile", kTrigonometry, "atan_tile_init", "", 'S'},
      {"tt.sinh_tile", "sinh_tile", kTrigonometry, "sinh_tile_init", "", 'S'},
      {"tt.cosh_tile", "cosh_tile", kTrigonometry, "cosh_tile_init", "", 'S'},
      {"tt.asinh_tile", "asinh_tile", kTrigonometry, "asinh_tile_init", "", 'S'},
      {"tt.acosh_tile", "acosh_tile", kTrigonometry, "acosh_tile_init", "", 'S'},
      {"tt.atanh_tile", "atanh_tile", kTrigonometry, "atanh_tile_init", "", 'S'},
      {"tt.isnan_tile", "isnan_tile", "api/compute/eltwise_unary/isinf_isnan.h", "isnan_tile_init", "", 'S'},
      {"tt.isinf_tile", "isinf_tile", "api/compute/eltwise_unary/isinf_isnan.h", "isinf_tile_init", "", 'S'},
      {"tt.isfinite_tile", "isfinite_tile", "api/compute/eltwise_unary/isinf_isnan.h", "isfinite_tile_init", "", 'S'},
      {"tt.round_tile", "round_tile", kRounding, "rounding_op_tile_init", "", 'S'},
      {"tt.sign_tile", "sign_tile", kSfpu, "sign_tile_init", "", 'S'},
      {"tt.signbit_tile", "signbit_tile", kSfpu, "signbit_tile_init", "", 'S'},
      {"tt.square_tile", "square_tile", kSfpu, "square_tile_init", "", 'S'},
      {"tt.log_with_base_tile", "log_with_base_tile", kSfpu, "log_with_base_tile_init", "", 'S'},
      {"tt.power_tile", "power_tile", kSfpu, "power_tile_init", "", 'S'},
      {"tt.rpow_tile", "rpow_tile", "api/compute/eltwise_unary/rpow.h", "rpow_tile_init", "", 'S'},
      {"tt.power_binary_tile", "power_binary_tile", kSfpuBinary, "power_binary_tile_init", "", 'S', "", "", "012"},
      {"tt.fmod_binary_tile", "fmod_binary_tile", "api/compute/binary_fmod.h", "fmod_binary_tile_init", "", 'S', "", "",
       "012"},
      {"tt.atan2_binary_tile", "atan2_binary_tile", "api/compute/atan2.h", "atan2_binary_tile_init", "", 'S', "", "",
       "012"},
  });
  return ops;
}

const std::vector<UnaryOp>& UnaryOpTable() {
  static const std::vector<UnaryOp> ops = {
      {"", "relu", "tt.relu_tile", {}},
      {"", "negative", "tt.negative_tile", {}},
      {"", "recip", "tt.recip_tile", {}},
      {"", "nez", "tt.nez_tile", {}},
      {"", "eqz", "tt.eqz_tile", {}},
      {"", "sign", "tt.sign_tile", {}},
      {"", "signbit", "tt.signbit_tile", {}},
      {"", "square", "tt.square_tile", {}},
      {"tirx.fabs", "abs", "tt.abs_tile", {}},
      {"tirx.exp", "exp", "tt.exp_tile", {}},
      {"tirx.exp2", "exp2", "tt.exp2_tile", {}},
      {"tirx.exp10", "exp10", "tt.rpow_tile", 10.0},
      {"tirx.log", "log", "tt.log_tile", {}},
      {"tirx.log2", "log2", "tt.log_with_base_tile", 1 / std::log(2.0)},
      {"tirx.log10", "log10", "tt.log_with_base_tile", 1 / std::log(10.0)},
      {"tirx.log1p", "log1p", "tt.log1p_tile", {}},
      {"tirx.sqrt", "sqrt", "tt.sqrt_tile", {}},
      {"tirx.rsqrt", "rsqrt", "tt.rsqrt_tile", {}},
      {"tirx.tanh", "tanh", "tt.tanh_tile", {}},
      {"tirx.sigmoid", "sigmoid", "tt.sigmoid_tile", {}},
      {"tirx.erf", "erf", "tt.erf_tile", {}},
      {"tirx.sin", "sin", "tt.sin_tile", {}},
      {"tirx.cos", "cos", "tt.cos_tile", {}},
      {"tirx.tan", "tan", "tt.tan_tile", {}},
      {"tirx.asin", "asin", "tt.asin_tile", {}},
      {"tirx.acos", "acos", "tt.acos_tile", {}},
      {"tirx.atan", "atan", "tt.atan_tile", {}},
      {"tirx.sinh", "sinh", "tt.sinh_tile", {}},
      {"tirx.cosh", "cosh", "tt.cosh_tile", {}},
      {"tirx.asinh", "asinh", "tt.asinh_tile", {}},
      {"tirx.acosh", "acosh", "tt.acosh_tile", {}},
      {"tirx.atanh", "atanh", "tt.atanh_tile", {}},
      {"tirx.floor", "floor", "tt.floor_tile", {}},
      {"tirx.ceil", "ceil", "tt.ceil_tile", {}},
      {"tirx.trunc", "trunc", "tt.trunc_tile", {}},
      {"tirx.nearbyint", "nearbyint", "tt.round_tile", {}},
      {"tirx.isnan", "isnan", "tt.isnan_tile", {}},
      {"tirx.isinf", "isinf", "tt.isinf_tile", {}},
      {"tirx.isfinite", "isfinite", "tt.isfinite_tile", {}},
      // TileLang's fast variants and those with a rounding mode: the same operation.
      {"tl.__exp", "__exp", "tt.exp_tile", {}},
      {"tl.__exp10", "__exp10", "tt.rpow_tile", 10.0},
      {"tl.__log", "__log", "tt.log_tile", {}},
      {"tl.__log2", "__log2", "tt.log_with_base_tile", 1 / std::log(2.0)},
      {"tl.__log10", "__log10", "tt.log_with_base_tile", 1 / std::log(10.0)},
      {"tl.__sin", "__sin", "tt.sin_tile", {}},
      {"tl.__cos", "__cos", "tt.cos_tile", {}},
      {"tl.__tan", "__tan", "tt.tan_tile", {}},
      {"tl.fast_rcp", "fast_rcp", "tt.recip_tile", {}},
      {"tl.ieee_frsqrt", "ieee_frsqrt", "tt.rsqrt_tile", {}},
  };
  return ops;
}

void RegisterOp(std::string_view name) {
  OpRegEntry::RegisterOrGet(String(std::string(name)))
      .set_name()
      .set_num_inputs(-1)
      .set_attr<TScriptPrinterName>("TScriptPrinterName", String(std::string(name)))
      .set_attr<TCallEffectKind>("TCallEffectKind", Integer(static_cast<int>(CallEffectKind::kOpaque)));
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  for (std::string_view name : kBlockOps) RegisterOp(name);
  for (const DeviceOp& op : DeviceOpTable()) RegisterOp(op.name);
}

const std::vector<DeviceOp>& DeviceOps() { return DeviceOpTable(); }
const std::vector<BinaryFunction>& BinaryFunctions() {
  static const std::vector<BinaryFunction> functions = {
      {"tirx.pow", "pow", "tt.tile.pow"},
      {"tirx.fmod", "fmod", "tt.tile.fmod"},
      {"tirx.atan2", "atan2", "tt.tile.atan2"},
  };
  return functions;
}

const std::vector<UnaryOp>& UnaryOps() { return UnaryOpTable(); }

const DeviceOp* FindDeviceOp(const std::string& name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const DeviceOp*> map;
    for (const DeviceOp& op : DeviceOps()) map.emplace(op.name, &op);
    return map;
  }();
  auto it = by_name.find(name);
  return it == by_name.end() ? nullptr : it->second;
}

const UnaryOp* FindUnaryByTir(const std::string& tir_op) {
  const auto& ops = UnaryOps();
  auto it =
      std::find_if(ops.begin(), ops.end(), [&](const UnaryOp& op) { return !op.tir.empty() && op.tir == tir_op; });
  return it == ops.end() ? nullptr : &*it;
}

const UnaryOp* FindUnary(const std::string& name) {
  const auto& ops = UnaryOps();
  auto it = std::find_if(ops.begin(), ops.end(), [&](const UnaryOp& op) { return op.name == name; });
  return it == ops.end() ? nullptr : &*it;
}

const Op& TtOp(const std::string& name) { return Op::Get(name); }

PrimExpr TtCall(const std::string& name, Array<PrimExpr> args, DataType dtype) {
  return Call(dtype, TtOp(name), std::move(args));
}

Stmt TtStmt(const std::string& name, Array<PrimExpr> args, Span span) {
  return Evaluate(TtCall(name, std::move(args)), std::move(span));
}

std::string OpName(const CallNode* call) {
  const auto* op = call->op.as<OpNode>();
  return op ? std::string(op->name) : std::string();
}

bool IsRegion(const CallNode* call) {
  const std::string name = OpName(call);
  return name == "tl.region" || name == "tl.tileop.region";
}

const CallNode* AsThreadIndex(const PrimExpr& expr) {
  const auto* call = expr.as<CallNode>();
  return call && OpName(call).find("launch_thread_idx") != std::string::npos ? call : nullptr;
}

const CallNode* AsTt(const PrimExpr& expr, std::string_view name) {
  const auto* call = expr.as<CallNode>();
  if (!call) return nullptr;
  std::string found = OpName(call);
  if (name.empty() ? found.rfind("tt.", 0) == 0 : found == name) return call;
  return nullptr;
}

const CallNode* AsTt(const Stmt& stmt, std::string_view name) {
  const auto* eval = stmt.as<EvaluateNode>();
  return eval ? AsTt(eval->value, name) : nullptr;
}

std::string StrArg(const CallNode* call, size_t index) {
  const auto* s = call->args[index].as<StringImmNode>();
  if (!s) BrokenContract("ops", OpName(call) + ": argument " + std::to_string(index) + " is no name");
  return s->value;
}

int64_t IntArg(const CallNode* call, size_t index) {
  const auto* i = call->args[index].as<IntImmNode>();
  if (!i) BrokenContract("ops", OpName(call) + ": argument " + std::to_string(index) + " is no constant");
  return i->value;
}

}  // namespace tltt::compiler
