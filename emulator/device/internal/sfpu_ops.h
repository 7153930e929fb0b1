// Operations of the vector unit (SFPU), by the names that kernels use. One list feeds the enumerations of the device
// headers and the emulator's tables of names, inits and costs.
#pragma once

#include <cstdint>

namespace tltt::emu {

// X(id, name of the init call, 1 if it programs constants or code that the next programming init replaces)
// clang-format off: two tables, several rows a line
#define TLTT_SFPU_INITS(X) \
  X(kRelu, "relu_tile_init()", 0) X(kReluMin, "relu_min_tile_init()", 0) X(kReluMax, "relu_max_tile_init()", 0) \
  X(kLeakyRelu, "leaky_relu_tile_init()", 0) X(kPrelu, "prelu_tile_init()", 0) X(kElu, "elu_tile_init()", 0) \
  X(kCelu, "celu_tile_init()", 0) X(kSelu, "selu_tile_init()", 0) X(kThreshold, "threshold_tile_init()", 0) \
  X(kHardtanh, "hardtanh_tile_init()", 0) X(kHardsigmoid, "hardsigmoid_tile_init()", 1) \
  X(kHardshrink, "hardshrink_tile_init()", 0) X(kSoftshrink, "softshrink_tile_init()", 0) \
  X(kSoftsign, "softsign_tile_init()", 1) X(kSoftplus, "softplus_tile_init()", 0) X(kMish, "mish_tile_init<>()", 1) \
  X(kHardmish, "hardmish_tile_init()", 0) X(kSoftcap, "softcap_tile_init()", 1) \
  X(kTanhshrink, "tanhshrink_tile_init()", 1) X(kLogsigmoid, "logsigmoid_tile_init()", 1) \
  X(kExp, "exp_tile_init()", 1) \
  X(kExpApproximate, "exp_tile_init<true>()", 1) X(kExp2, "exp2_tile_init()", 1) X(kExpm1, "expm1_tile_init()", 1) \
  X(kLog, "log_tile_init()", 1) X(kLogWithBase, "log_with_base_tile_init()", 1) X(kLog1p, "log1p_tile_init()", 1) \
  X(kSqrt, "sqrt_tile_init()", 1) X(kRsqrt, "rsqrt_tile_init()", 1) X(kRecip, "recip_tile_init()", 1) \
  X(kCbrt, "cbrt_tile_init()", 1) X(kPower, "power_tile_init()", 1) X(kPowerIterative, "power_iterative_tile_init()", 0) \
  X(kRpow, "rpow_tile_init()", 1) X(kRdiv, "rdiv_tile_init()", 1) X(kRsub, "rsub_tile_init()", 0) \
  X(kRsubInt32, "rsub_unary_int32_tile_init()", 0) \
  X(kAbs, "abs_tile_init()", 0) X(kNegative, "negative_tile_init()", 0) X(kSign, "sign_tile_init()", 0) \
  X(kSignbit, "signbit_tile_init()", 0) X(kSquare, "square_tile_init()", 0) X(kHeaviside, "heaviside_tile_init()", 0) \
  X(kIdentity, "identity_tile_init()", 0) X(kSigmoid, "sigmoid_tile_init()", 1) X(kTanh, "tanh_tile_init()", 1) \
  X(kSigmoidApproximate, "sigmoid_tile_init<true>()", 1) X(kTanhApproximate, "tanh_tile_init<true>()", 1) \
  X(kGeluApproximate, "gelu_tile_init()", 1) \
  X(kTanhDerivative, "tanh_derivative_tile_init()", 1) X(kGelu, "gelu_tile_init<false>()", 1) \
  X(kGeluTanh, "gelu_tanh_tile_init()", 1) X(kSilu, "silu_tile_init()", 1) X(kErf, "erf_tile_init()", 1) \
  X(kErfc, "erfc_tile_init()", 1) X(kSin, "sin_tile_init()", 1) X(kCos, "cos_tile_init()", 1) X(kTan, "tan_tile_init()", 1) \
  X(kAsin, "asin_tile_init()", 1) X(kAcos, "acos_tile_init()", 1) X(kAtan, "atan_tile_init()", 1) \
  X(kSinh, "sinh_tile_init()", 1) X(kCosh, "cosh_tile_init()", 1) X(kAsinh, "asinh_tile_init()", 1) \
  X(kAcosh, "acosh_tile_init()", 1) X(kAtanh, "atanh_tile_init()", 1) X(kRounding, "rounding_op_tile_init()", 0) \
  X(kClamp, "clamp_tile_init()", 0) X(kFill, "fill_tile_init()", 0) X(kTypecast, "typecast_tile_init<IN, OUT>()", 1) \
  X(kGtz, "gtz_tile_init()", 0) X(kNez, "nez_tile_init()", 0) X(kGez, "gez_tile_init()", 0) X(kLtz, "ltz_tile_init()", 0) \
  X(kEqz, "eqz_tile_init()", 0) X(kLez, "lez_tile_init()", 0) X(kUnaryEq, "unary_eq_tile_init()", 0) \
  X(kUnaryNe, "unary_ne_tile_init()", 0) X(kUnaryLt, "unary_lt_tile_init()", 0) X(kUnaryGt, "unary_gt_tile_init()", 0) \
  X(kUnaryLe, "unary_le_tile_init()", 0) X(kUnaryGe, "unary_ge_tile_init()", 0) \
  X(kLogicalNot, "logical_not_tile_init()", 0) X(kIsinf, "isinf_tile_init()", 0) X(kIsposinf, "isposinf_tile_init()", 0) \
  X(kIsneginf, "isneginf_tile_init()", 0) X(kIsnan, "isnan_tile_init()", 0) X(kIsfinite, "isfinite_tile_init()", 0) \
  X(kBinopWithScalar, "binop_with_scalar_tile_init()", 0) X(kUnaryMax, "unary_max_tile_init()", 1) \
  X(kUnaryMin, "unary_min_tile_init()", 1) X(kUnaryMaxInt32, "unary_max_int32_tile_init()", 1) \
  X(kUnaryMinInt32, "unary_min_int32_tile_init()", 1) X(kRemainder, "remainder_tile_init(value, 1/value)", 1) \
  X(kFmod, "fmod_tile_init(value, 1/value)", 1) X(kBitwiseAnd, "bitwise_and_tile_init()", 0) \
  X(kBitwiseOr, "bitwise_or_tile_init()", 0) X(kBitwiseXor, "bitwise_xor_tile_init()", 0) \
  X(kBitwiseNot, "bitwise_not_tile_init()", 0) X(kLeftShift, "left_shift_tile_init()", 0) \
  X(kRightShift, "right_shift_tile_init()", 0) X(kCopyDest, "copy_dest_values_init()", 0) X(kWhere, "where_tile_init()", 0) \
  X(kAddcmul, "addcmul_tile_init()", 0) X(kAddcdiv, "addcdiv_tile_init()", 1) X(kMac, "mac_tile_init<>()", 0) \
  X(kLerp, "lerp_tile_init()", 0) X(kMask, "mask_tile_init()", 0) X(kAddBinary, "add_binary_tile_init()", 0) \
  X(kSubBinary, "sub_binary_tile_init()", 0) X(kMulBinary, "mul_binary_tile_init()", 0) \
  X(kDivBinary, "div_binary_tile_init()", 1) X(kRsubBinary, "rsub_binary_tile_init()", 0) \
  X(kPowerBinary, "power_binary_tile_init()", 1) X(kFmodBinary, "fmod_binary_tile_init()", 0) \
  X(kAtan2Binary, "atan2_binary_tile_init()", 1) X(kEqBinary, "eq_binary_tile_init()", 0) \
  X(kNeBinary, "ne_binary_tile_init()", 0) X(kLtBinary, "lt_binary_tile_init()", 0) X(kGtBinary, "gt_binary_tile_init()", 0) \
  X(kLeBinary, "le_binary_tile_init()", 0) X(kGeBinary, "ge_binary_tile_init()", 0) \
  X(kMaxBinary, "binary_max_tile_init()", 1) X(kMinBinary, "binary_min_tile_init()", 1) \
  X(kMaxBinaryInt32, "binary_max_int32_tile_init()", 1) X(kMinBinaryInt32, "binary_min_int32_tile_init()", 1) \
  X(kMaxBinaryUInt32, "binary_max_uint32_tile_init()", 1) X(kMinBinaryUInt32, "binary_min_uint32_tile_init()", 1) \
  X(kAddInt, "add_int_tile_init()", 0) X(kSubInt, "sub_int_tile_init()", 0) X(kRsubInt, "rsub_int_tile_init()", 0) \
  X(kMulInt, "mul_int_tile_init<FORMAT>()", 1) X(kDivInt32, "div_int32_tile_init()", 1) \
  X(kEqInt, "eq_int_tile_init<FORMAT>()", 0) X(kNeInt, "ne_int_tile_init<FORMAT>()", 0) \
  X(kLtInt, "lt_int_tile_init<FORMAT>()", 0) X(kGtInt, "gt_int_tile_init<FORMAT>()", 0) \
  X(kLeInt, "le_int_tile_init<FORMAT>()", 0) X(kGeInt, "ge_int_tile_init<FORMAT>()", 0) \
  X(kBinaryBitwise, "binary_bitwise_tile_init()", 0) X(kBinaryShift, "binary_shift_tile_init()", 0) \
  X(kReduce, "sfpu_reduce_init<POOL, FORMAT>()", 1) X(kBcastCol, "sfpu_bcast_col_init()", 0) \
  X(kBcastRow, "sfpu_bcast_row_init()", 0)

enum class SfpuInit : std::uint8_t {
#define TLTT_X(id, name, programs) id,
  TLTT_SFPU_INITS(TLTT_X)
#undef TLTT_X
  kCount
};

// X(id, name, init it needs, cycles per tile, cycles per tile in approximate mode)
// Cycles: measured Wormhole figures where published (hardware figures, section compute), else 32 per vector instruction.
#define TLTT_SFPU_UNARY_OPS(X) \
  X(kRelu, "relu_tile", kRelu, 96, 96) X(kReluMin, "relu_min_tile", kReluMin, 96, 96) \
  X(kReluMax, "relu_max_tile", kReluMax, 160, 160) X(kLeakyRelu, "leaky_relu_tile", kLeakyRelu, 160, 160) \
  X(kReluInt32, "relu_tile_int32", kRelu, 96, 96) X(kReluMinInt32, "relu_min_tile_int32", kReluMin, 96, 96) \
  X(kReluMaxInt32, "relu_max_tile_int32", kReluMax, 160, 160) \
  X(kPrelu, "prelu_tile", kPrelu, 160, 160) X(kElu, "elu_tile", kElu, 700, 300) X(kCelu, "celu_tile", kCelu, 700, 300) \
  X(kSelu, "selu_tile", kSelu, 700, 300) X(kThreshold, "threshold_tile", kThreshold, 128, 128) \
  X(kHardtanh, "hardtanh_tile", kHardtanh, 160, 160) X(kHardsigmoid, "hardsigmoid_tile", kHardsigmoid, 160, 160) \
  X(kHardshrink, "hardshrink_tile", kHardshrink, 160, 160) X(kSoftshrink, "softshrink_tile", kSoftshrink, 192, 192) \
  X(kSoftsign, "softsign_tile", kSoftsign, 700, 400) X(kSoftplus, "softplus_tile", kSoftplus, 1400, 1400) \
  X(kMish, "mish_tile", kMish, 1800, 1400) X(kHardmish, "hardmish_tile", kHardmish, 256, 256) \
  X(kSoftcap, "softcap_tile", kSoftcap, 1000, 1000) X(kTanhshrink, "tanhshrink_tile", kTanhshrink, 850, 850) \
  X(kExp, "exp_tile", kExp, 578, 578) \
  X(kExpApproximate, "exp_tile<true>", kExpApproximate, 71, 71) X(kExp2, "exp2_tile", kExp2, 863, 863) X(kExpm1, "expm1_tile", kExpm1, 700, 300) \
  X(kLog, "log_tile", kLog, 800, 800) X(kLogWithBase, "log_with_base_tile", kLogWithBase, 850, 850) \
  X(kLog1p, "log1p_tile", kLog1p, 900, 900) X(kSqrt, "sqrt_tile", kSqrt, 880, 560) \
  X(kRsqrt, "rsqrt_tile", kRsqrt, 1008, 688) X(kRecip, "recip_tile", kRecip, 1059, 400) X(kCbrt, "cbrt_tile", kCbrt, 900, 900) \
  X(kPower, "power_tile", kPower, 1800, 1800) X(kPowerIterative, "power_iterative_tile", kPowerIterative, 300, 300) \
  X(kRpow, "rpow_tile", kRpow, 1000, 1000) X(kRdiv, "rdiv_tile", kRdiv, 1200, 1200) X(kRsub, "rsub_tile", kRsub, 96, 96) \
  X(kRsubInt32, "rsub_unary_int32_tile", kRsubInt32, 96, 96) \
  X(kAbs, "abs_tile", kAbs, 146, 146) X(kAbsInt32, "abs_tile_int32", kAbs, 146, 146) \
  X(kNegative, "negative_tile", kNegative, 96, 96) X(kNegativeInt32, "negative_tile_int32", kNegative, 96, 96) \
  X(kSign, "sign_tile", kSign, 192, 192) X(kSignbit, "signbit_tile", kSignbit, 180, 180) \
  X(kSquare, "square_tile", kSquare, 96, 96) X(kHeaviside, "heaviside_tile", kHeaviside, 192, 192) \
  X(kIdentity, "identity_tile", kIdentity, 124, 124) X(kSigmoid, "sigmoid_tile", kSigmoid, 1247, 1247) \
  X(kSigmoidApproximate, "sigmoid_tile<VectorMode::RC, true>", kSigmoidApproximate, 221, 221) \
  X(kTanhApproximate, "tanh_tile<true>", kTanhApproximate, 160, 160) \
  X(kGeluApproximate, "gelu_tile", kGeluApproximate, 223, 223) \
  X(kTanh, "tanh_tile", kTanh, 767, 767) X(kTanhDerivative, "tanh_derivative_tile", kTanhDerivative, 830, 224) \
  X(kGelu, "gelu_tile<false>", kGelu, 2849, 2849) X(kGeluTanh, "gelu_tanh_tile", kGeluTanh, 2014, 2014) \
  X(kSilu, "silu_tile", kSilu, 1387, 1387) X(kErf, "erf_tile", kErf, 1200, 1200) X(kErfc, "erfc_tile", kErfc, 1300, 1300) \
  X(kSin, "sin_tile", kSin, 838, 838) X(kCos, "cos_tile", kCos, 966, 966) X(kTan, "tan_tile", kTan, 1400, 1400) \
  X(kAsin, "asin_tile", kAsin, 1500, 1500) X(kAcos, "acos_tile", kAcos, 1500, 1500) X(kAtan, "atan_tile", kAtan, 1672, 1672) \
  X(kSinh, "sinh_tile", kSinh, 1400, 1400) X(kCosh, "cosh_tile", kCosh, 1400, 1400) X(kAsinh, "asinh_tile", kAsinh, 1800, 1800) \
  X(kAcosh, "acosh_tile", kAcosh, 1800, 1800) X(kAtanh, "atanh_tile", kAtanh, 1800, 1800) \
  X(kFloor, "floor_tile", kRounding, 520, 520) X(kCeil, "ceil_tile", kRounding, 520, 520) \
  X(kTrunc, "trunc_tile", kRounding, 400, 400) X(kRound, "round_tile", kRounding, 600, 600) \
  X(kFrac, "frac_tile", kRounding, 450, 450) X(kClamp, "clamp_tile", kClamp, 160, 160) \
  X(kClampInt32, "clamp_tile_int32", kClamp, 160, 160) X(kFillBits, "fill_tile", kFill, 64, 64) \
  X(kTypecast, "typecast_tile", kTypecast, 192, 192) X(kGtz, "gtz_tile", kGtz, 160, 160) X(kNez, "nez_tile", kNez, 160, 160) \
  X(kGez, "gez_tile", kGez, 160, 160) X(kLtz, "ltz_tile", kLtz, 160, 160) X(kEqz, "eqz_tile", kEqz, 160, 160) \
  X(kLez, "lez_tile", kLez, 160, 160) X(kGtzInt, "gtz_tile_int32", kGtz, 160, 160) X(kNezInt, "nez_tile_int32", kNez, 160, 160) \
  X(kGezInt, "gez_tile_int32", kGez, 160, 160) X(kLtzInt, "ltz_tile_int32", kLtz, 160, 160) \
  X(kEqzInt, "eqz_tile_int32", kEqz, 160, 160) X(kLezInt, "lez_tile_int32", kLez, 160, 160) \
  X(kUnaryEq, "unary_eq_tile", kUnaryEq, 160, 160) X(kUnaryNe, "unary_ne_tile", kUnaryNe, 160, 160) \
  X(kUnaryLt, "unary_lt_tile", kUnaryLt, 160, 160) X(kUnaryGt, "unary_gt_tile", kUnaryGt, 160, 160) \
  X(kUnaryLe, "unary_le_tile", kUnaryLe, 160, 160) X(kUnaryGe, "unary_ge_tile", kUnaryGe, 160, 160) \
  X(kUnaryEqInt, "unary_eq_tile_int32", kUnaryEq, 160, 160) X(kUnaryNeInt, "unary_ne_tile_int32", kUnaryNe, 160, 160) \
  X(kUnaryLtInt, "unary_lt_tile_int32", kUnaryLt, 160, 160) X(kUnaryGtInt, "unary_gt_tile_int32", kUnaryGt, 160, 160) \
  X(kUnaryLeInt, "unary_le_tile_int32", kUnaryLe, 160, 160) X(kUnaryGeInt, "unary_ge_tile_int32", kUnaryGe, 160, 160) \
  X(kLogicalNot, "logical_not_tile", kLogicalNot, 160, 160) X(kLogicalNotInt, "logical_not_tile", kLogicalNot, 160, 160) \
  X(kIsinf, "isinf_tile", kIsinf, 224, 224) X(kIsposinf, "isposinf_tile", kIsposinf, 192, 192) \
  X(kIsneginf, "isneginf_tile", kIsneginf, 192, 192) X(kIsnan, "isnan_tile", kIsnan, 192, 192) \
  X(kIsfinite, "isfinite_tile", kIsfinite, 192, 192) X(kAddUnary, "add_unary_tile", kBinopWithScalar, 96, 96) \
  X(kSubUnary, "sub_unary_tile", kBinopWithScalar, 96, 96) X(kMulUnary, "mul_unary_tile", kBinopWithScalar, 96, 96) \
  X(kDivUnary, "div_unary_tile", kBinopWithScalar, 96, 96) X(kRsubUnary, "rsub_unary_tile", kBinopWithScalar, 96, 96) \
  X(kAddUnaryInt, "add_unary_tile_int32", kBinopWithScalar, 96, 96) \
  X(kSubUnaryInt, "sub_unary_tile_int32", kBinopWithScalar, 96, 96) \
  X(kUnaryMax, "unary_max_tile", kUnaryMax, 96, 96) X(kUnaryMin, "unary_min_tile", kUnaryMin, 96, 96) \
  X(kUnaryMaxInt, "unary_max_int32_tile", kUnaryMaxInt32, 96, 96) \
  X(kUnaryMinInt, "unary_min_int32_tile", kUnaryMinInt32, 96, 96) X(kRemainder, "remainder_tile", kRemainder, 500, 500) \
  X(kFmod, "fmod_tile", kFmod, 500, 500) X(kBitwiseAnd, "bitwise_and_tile", kBitwiseAnd, 96, 96) \
  X(kBitwiseOr, "bitwise_or_tile", kBitwiseOr, 96, 96) X(kBitwiseXor, "bitwise_xor_tile", kBitwiseXor, 96, 96) \
  X(kBitwiseNot, "bitwise_not_tile", kBitwiseNot, 96, 96) X(kLeftShift, "left_shift_tile", kLeftShift, 96, 96) \
  X(kRightShift, "right_shift_tile", kRightShift, 128, 128)

// X(id, name, init it needs, cycles per tile, cycles per tile in approximate mode)
#define TLTT_SFPU_BINARY_OPS(X) \
  X(kAdd, "add_binary_tile", kAddBinary, 128, 128) X(kSub, "sub_binary_tile", kSubBinary, 128, 128) \
  X(kMul, "mul_binary_tile", kMulBinary, 128, 128) X(kDiv, "div_binary_tile", kDivBinary, 1347, 1347) \
  X(kRsubB, "rsub_binary_tile", kRsubBinary, 128, 128) X(kPow, "power_binary_tile", kPowerBinary, 2400, 2400) \
  X(kFmodB, "fmod_binary_tile", kFmodBinary, 1800, 1800) X(kAtan2, "atan2_binary_tile", kAtan2Binary, 2200, 2200) \
  X(kEq, "eq_binary_tile", kEqBinary, 192, 192) X(kNe, "ne_binary_tile", kNeBinary, 192, 192) \
  X(kLt, "lt_binary_tile", kLtBinary, 192, 192) X(kGt, "gt_binary_tile", kGtBinary, 192, 192) \
  X(kLe, "le_binary_tile", kLeBinary, 192, 192) X(kGe, "ge_binary_tile", kGeBinary, 192, 192) \
  X(kMax, "binary_max_tile", kMaxBinary, 128, 128) X(kMin, "binary_min_tile", kMinBinary, 128, 128) \
  X(kMaxInt, "binary_max_int32_tile", kMaxBinaryInt32, 128, 128) X(kMinInt, "binary_min_int32_tile", kMinBinaryInt32, 128, 128) \
  X(kMaxUInt, "binary_max_uint32_tile", kMaxBinaryUInt32, 128, 128) \
  X(kMinUInt, "binary_min_uint32_tile", kMinBinaryUInt32, 128, 128) X(kAddInt, "add_int_tile", kAddInt, 128, 128) \
  X(kSubInt, "sub_int_tile", kSubInt, 128, 128) X(kRsubIntB, "rsub_int_tile", kRsubInt, 128, 128) \
  X(kMulInt, "mul_int_tile", kMulInt, 600, 600) X(kDivInt, "div_int32_tile", kDivInt32, 2000, 2000) \
  X(kEqInt, "eq_int_tile", kEqInt, 192, 192) X(kNeInt, "ne_int_tile", kNeInt, 192, 192) X(kLtInt, "lt_int_tile", kLtInt, 192, 192) \
  X(kGtInt, "gt_int_tile", kGtInt, 192, 192) X(kLeInt, "le_int_tile", kLeInt, 192, 192) X(kGeInt, "ge_int_tile", kGeInt, 192, 192) \
  X(kLtUInt, "lt_int_tile", kLtInt, 192, 192) X(kGtUInt, "gt_int_tile", kGtInt, 192, 192) \
  X(kLeUInt, "le_int_tile", kLeInt, 192, 192) X(kGeUInt, "ge_int_tile", kGeInt, 192, 192) \
  X(kAndB, "bitwise_and_binary_tile", kBinaryBitwise, 128, 128) X(kOrB, "bitwise_or_binary_tile", kBinaryBitwise, 128, 128) \
  X(kXorB, "bitwise_xor_binary_tile", kBinaryBitwise, 128, 128) X(kShl, "binary_left_shift_tile", kBinaryShift, 192, 192) \
  X(kShr, "binary_right_shift_tile", kBinaryShift, 224, 224) \
  X(kShrLogical, "binary_logical_right_shift_tile", kBinaryShift, 192, 192) \
  X(kLogsigmoid, "logsigmoid_tile", kLogsigmoid, 1400, 1400) X(kCopyB, "copy_dest_values", kCopyDest, 64, 64) \
  X(kMask, "mask_tile", kMask, 128, 128) X(kMaskPosinf, "mask_posinf_tile", kMask, 128, 128)

#define TLTT_SFPU_TERNARY_OPS(X) \
  X(kWhere, "where_tile", kWhere, 160, 160) X(kAddcmul, "addcmul_tile", kAddcmul, 224, 224) \
  X(kAddcdiv, "addcdiv_tile", kAddcdiv, 1400, 1400) X(kMac, "mac_tile", kMac, 160, 160) X(kLerp, "lerp_tile", kLerp, 224, 224)
// clang-format on

enum class SfpuOp : std::uint8_t {
#define TLTT_X(id, name, init, cycles, approximate_cycles) id,
  TLTT_SFPU_UNARY_OPS(TLTT_X) TLTT_SFPU_BINARY_OPS(TLTT_X) TLTT_SFPU_TERNARY_OPS(TLTT_X)
#undef TLTT_X
      kCount
};

}  // namespace tltt::emu
