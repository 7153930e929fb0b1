#include "l1_access.h"

#include <optional>

namespace tltt::emu {
namespace {

constexpr greg_t kTrapFlag = 0x100;
// Register numbers of x86-64's encoding as indices of gregs.
constexpr int kRegisters[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

struct Operand {
  int base = -1, index = -1;  // encoded registers, -1: none
  int scale = 1;
  int64_t displacement = 0;
  bool narrow = false;  // of 32 bits: the compiler knows that a kernel's addresses are no larger
};

// Instructions that read memory into a register and use that register for nothing else.
bool IsLoad(bool two_bytes, uint8_t opcode) {
  if (!two_bytes) return opcode == 0x8a || opcode == 0x8b || opcode == 0x63;
  return opcode == 0xb6 || opcode == 0xb7 || opcode == 0xbe || opcode == 0xbf || opcode == 0x10 || opcode == 0x28 ||
         opcode == 0x6e || opcode == 0x6f || opcode == 0x7e;
}

bool HasOperand(bool two_bytes, uint8_t opcode) {
  if (two_bytes) return opcode != 0x05 && (opcode & 0xf0) != 0x80;
  if (opcode < 0x40) return (opcode & 7) < 4;
  if (opcode >= 0x80 && opcode <= 0x8f) return true;
  switch (opcode) {
    case 0x63:
    case 0x69:
    case 0x6b:
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xf6:
    case 0xf7:
    case 0xfe:
    case 0xff:
      return true;
    default:
      return opcode >= 0xd8 && opcode <= 0xdf;
  }
}

// The memory operand of the instruction at `code`.
std::optional<Operand> Decode(const uint8_t* code) {
  bool narrow = false;
  for (; *code == 0x66 || *code == 0x67 || *code == 0xf2 || *code == 0xf3; ++code) narrow |= *code == 0x67;
  uint8_t rex = 0;
  if ((*code & 0xf0) == 0x40) rex = *code++;
  const bool two_bytes = *code == 0x0f;
  if (two_bytes) ++code;
  uint8_t opcode = *code++;
  if (two_bytes && (opcode == 0x38 || opcode == 0x3a)) return std::nullopt;
  if (!HasOperand(two_bytes, opcode)) return std::nullopt;
  const uint8_t modrm = *code++;
  const int mod = modrm >> 6, reg = (modrm >> 3 & 7) | (rex & 4) << 1;
  if (mod == 3) return std::nullopt;
  Operand operand;
  operand.narrow = narrow;
  operand.base = (modrm & 7) | (rex & 1) << 3;
  if ((modrm & 7) == 4) {
    const uint8_t sib = *code++;
    operand.base = (sib & 7) | (rex & 1) << 3;
    operand.index = (sib >> 3 & 7) | (rex & 2) << 2;
    operand.scale = 1 << (sib >> 6);
    if (operand.index == 4) operand.index = -1;
    if ((sib & 7) == 5 && mod == 0) operand.base = -1;
  } else if ((modrm & 7) == 5 && mod == 0) {
    return std::nullopt;  // relative to the instruction
  }
  if (mod == 1) operand.displacement = static_cast<int8_t>(*code);
  if (mod == 2 || operand.base < 0) {
    int32_t displacement;
    __builtin_memcpy(&displacement, code, sizeof displacement);
    operand.displacement = displacement;
  }
  // The register's value must be an address alone: not data that is stored, nor both parts of the address.
  const bool memory_alone = opcode == 0xc6 || opcode == 0xc7 || opcode == 0x80 || opcode == 0x81 || opcode == 0x83 ||
                            opcode == 0xf6 || opcode == 0xf7 || opcode == 0xfe || opcode == 0xff;
  const bool reg_is_data = two_bytes ? !IsLoad(true, opcode) && opcode != 0x11 && opcode != 0x29 && opcode != 0x7f
                                     : !IsLoad(false, opcode) && !memory_alone;
  if (reg_is_data && (reg == operand.base || reg == operand.index)) return std::nullopt;
  if (operand.base == operand.index) return std::nullopt;
  return operand;
}

}  // namespace

bool L1Access::Begin(greg_t* registers, uintptr_t address, uintptr_t begin, uintptr_t end, const std::byte* l1) {
  if (active_ || address < begin || address >= end) return false;
  const auto operand = Decode(reinterpret_cast<const uint8_t*>(registers[REG_RIP]));
  if (!operand) return false;
  const auto value = [&](int reg) { return reg < 0 ? 0 : registers[kRegisters[reg]]; };
  int64_t effective = value(operand->base) + value(operand->index) * operand->scale + operand->displacement;
  if (operand->narrow) effective &= 0xffffffff;
  if (effective < static_cast<int64_t>(begin) || effective >= static_cast<int64_t>(end)) return false;
  const bool by_base = operand->base >= 0;
  register_ = kRegisters[by_base ? operand->base : operand->index];
  original_ = registers[register_];
  // The image starts on a page, which every scale divides.
  moved_ = original_ + reinterpret_cast<greg_t>(l1) / (by_base ? 1 : operand->scale);
  registers[register_] = moved_;
  registers[REG_EFL] |= kTrapFlag;
  active_ = true;
  return true;
}

bool L1Access::End(greg_t* registers) {
  if (!active_) return false;
  active_ = false;
  registers[REG_EFL] &= ~kTrapFlag;
  // A load may have replaced the register.
  if (registers[register_] == moved_) registers[register_] = original_;
  return true;
}

}  // namespace tltt::emu
