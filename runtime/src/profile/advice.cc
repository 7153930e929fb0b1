// What to change, from what bounds the kernel. Every rule says why it should help; tests/python/test_profile.py follows
// them and looks whether it did.
#include <fmt/format.h>

#include <algorithm>

#include "analysis.h"

namespace tltt::profile {
namespace {

using emu::Cause;
using emu::Unit;

// What math_approx shortens to an extent that a kernel feels; the approximations have template arguments.
constexpr const char* kApproximable[] = {"exp_tile(", "exp2_tile(", "tanh_tile(", "sigmoid_tile("};

class Advisor {
 public:
  Advisor(const Analysis& a, const Bound& bound) : a_(a), bound_(bound) {
    for (const Kernel& kernel : a.program->kernels) {
      if (kernel.role == Role::kCompute) compute_ = &kernel.compute;
    }
  }

  std::vector<Advice> Run() {
    Cores();
    for (const std::string& part : bound_.parts) {
      if (part == "math") Math();
      if (part == "unpack") Unpack();
      if (part == "pack") Pack();
      if (part == "dram" || part == "noc") Bandwidth();
      if (part == "issue") Issue();
      if (part == "latency") Waiting();
    }
    if (bound_.kind == "waiting" || a_.Gain("noc") + a_.Gain("dram") + a_.Gain("issue") > 0.15) Waiting();
    return std::move(advice_);
  }

 private:
  template <typename... Args>
  void Add(const char* code, std::map<std::string, std::string> options, fmt::format_string<Args...> text,
           Args&&... args) {
    const auto same = [&](const Advice& advice) { return advice.code == code; };
    if (std::any_of(advice_.begin(), advice_.end(), same)) return;
    advice_.push_back({code, fmt::format(text, std::forward<Args>(args)...), std::move(options)});
  }

  // Whether every core has something to do, and equally much.
  void Cores() {
    int64_t blocks = 1;
    for (int64_t extent : a_.program->work.grid_blocks) blocks *= extent;
    const auto all = int64_t{a_.program->grid.x} * a_.program->grid.y;
    const auto used = static_cast<int64_t>(a_.report->cores.size());
    if (used < all && blocks <= used) {
      Add("more_blocks", {}, "Launch more blocks: {} of {} cores have one. Blocks of half the size use more cores.",
          used, all);
    } else if (bound_.kind == "imbalance") {
      Add("even_blocks", {},
          "Give every core equally much: {} blocks on {} cores end after {:.0f} % of the time on average. A number of "
          "blocks that is a multiple of {} divides evenly; where blocks differ in work (causal masks), policy "
          "\"block_cyclic\" of annotate_tt_schedule spreads the long ones, and smaller blocks make the last one short.",
          blocks, used, 100 * a_.balance, used);
    }
  }

  void Math() {
    if (compute_ && a_.matmul_share > 0.3 && compute_->math_fidelity != MathFidelity::kLoFi) {
      const bool full = compute_->math_fidelity == MathFidelity::kHiFi4;
      const MathFidelity lower = full ? MathFidelity::kHiFi2 : MathFidelity::kLoFi;
      const char* name = full ? "HiFi2" : "LoFi";
      Add("fidelity", {{"math_fidelity", name}},
          "Lower the fidelity: products take {:.0f} % of the math unit's work, at {} cycles a tile; math_fidelity={} "
          "takes "
          "{} and keeps {} bits of the operands' mantissas.",
          100 * a_.matmul_share, Cycles(compute_->math_fidelity), name, Cycles(lower),
          full ? "all of bfloat16's" : "5 to 7");
    }
    if (compute_ && a_.matmul_share < 0.7 &&
        std::any_of(
            std::begin(kApproximable), std::end(kApproximable), [&](const char* call) { return ComputeCalls(call); })) {
      Add("approximate", {{"math_approx", "true"}},
          "Approximate functions: {:.0f} % of the math unit's work is not in products. math_approx=true takes "
          "an eighth to a fifth of the cycles for exp, tanh and sigmoid, which are then up to 3 %, 0.02 and 0.11 off.",
          100 * (1 - a_.matmul_share));
    }
    if (a_.matmul_share > 0 && a_.matmul_share < 0.7 && ComputeCalls("sfpu_reduce")) {
      Add("larger_steps", {},
          "Take more in a step of the loop: products are {:.0f} % of the math unit's work, and what every step does to "
          "vectors (row maxima, sums, rescaling) takes whole tiles for a column of numbers. A step of twice the size "
          "does that half as often.",
          100 * a_.matmul_share);
    }
    if (ComputeCalls("exp2_tile(")) {
      Add("natural_exponential", {},
          "Write T.exp(x * 0.6931472) for T.exp2(x): exp2 is the longer one on this vector unit.");
    }
    if (a_.Share(Unit::kMath, Cause::kDst) > 0.15)
      Add("dst_sections", {},
          "The math unit also waits for the packer: fewer, larger stores of intermediate blocks help.");
  }

  void Unpack() {
    if (AnyInput32()) {
      Add("narrow_operands", {},
          "Use 16-bit operands: float32 tiles take the unpackers twice as long; bfloat16 inputs with a float32 "
          "accumulator "
          "keep most of the accuracy.");
    }
    Add("square_blocks", {},
        "Make output blocks larger and closer to square: in a product the operand with fewer tiles stays in its source "
        "register while the other one passes, so a block of r x c tiles unpacks r * c + min(r, c) tiles for r * c "
        "products.");
  }

  void Pack() {
    Add("fewer_k_steps", {},
        "Take more of K in a step: a sum that does not fit DST is packed to L1 and added there in every step, so "
        "block_K of "
        "twice the size packs half as often. An output block that fits DST ({} tiles) is packed once.",
        DstTiles());
  }

  void Bandwidth() {
    const double reads = static_cast<double>(a_.report->dram_read_bytes);
    const double repeats = a_.input_bytes > 0 ? reads / a_.input_bytes : 0;
    if (repeats > 1.5) {
      Add("larger_blocks", {},
          "Read less: inputs of {:.1f} MB are read {:.1f} times over. Output blocks of twice the size in both "
          "directions "
          "read half as much; where the grid of blocks divides evenly over the cores, neighbours share their reads by "
          "multicast.",
          a_.input_bytes / 1e6, repeats);
    }
    if (AnyInput32())
      Add("narrow_operands", {}, "Use 16-bit tensors: float32 moves twice the bytes of bfloat16 through DRAM and NoC.");
    if (repeats <= 1.5 && std::max(a_.dram_mean, a_.noc_max) > 0.5) {
      Add("keep_in_l1", {},
          "Every byte is read about once: fuse this kernel with the one before or after it, or keep tensors in L1 "
          "(annotate_tt_layout with a shard in L1), so that they do not travel through DRAM.");
    }
  }

  void Issue() {
    Add("fewer_commands", {},
        "The RISC-V core spends its time on commands: share reads by multicast (a grid of blocks that divides evenly "
        "over the "
        "cores) or keep operands in L1; element-wise parts on a data-movement core (see the remarks) are slow by "
        "nature and "
        "are best rewritten as tile operations.");
  }

  void Waiting() {
    const bool semaphores = !a_.program->semaphores.empty();
    double signals = 0;
    for (Unit unit : {Unit::kReader, Unit::kWriter}) signals = std::max(signals, a_.Share(unit, Cause::kSemaphore));
    if (semaphores && signals > 0.2) {
      Add("fewer_k_steps", {},
          "Take more of K in a step: every step costs a hand-shake between the cores that share an operand ({:.0f} % "
          "of the "
          "time); block_K of twice the size needs half as many.",
          100 * signals);
      Add("multicast_off", {{"multicast", "false"}},
          "Or read without multicast (multicast=false): every core then reads for itself and waits for nobody, which "
          "pays "
          "while DRAM is at work only {:.0f} % of the time.",
          100 * a_.dram_mean);
    }
    Add("larger_transfers", {},
        "Ask for more at once: every block is awaited before the next is asked for, so larger blocks keep more bytes "
        "on the "
        "way; block_K of twice the size halves the number of waits.");
    bool shallow = false;
    for (const BufferUse& buffer : a_.buffers)
      shallow |= buffer.producer == Unit::kReader && buffer.full > 0.1 && buffer.empty > 0.1;
    if (shallow) {
      Add("more_stages", {},
          "Raise num_stages of T.Pipelined: input buffers are now full, now empty; room for another block evens that "
          "out.");
    }
  }

  bool ComputeCalls(const char* call) const {
    return std::any_of(a_.program->kernels.begin(), a_.program->kernels.end(), [&](const Kernel& kernel) {
      return kernel.role == Role::kCompute && kernel.source.find(call) != std::string::npos;
    });
  }
  bool AnyInput32() const {
    return std::any_of(a_.program->tensors.begin(), a_.program->tensors.end(),
                       [](const Tensor& t) { return t.access != Access::kOut && t.format == DataFormat::kFloat32; });
  }
  uint32_t Cycles(MathFidelity fidelity) const { return a_.chip->matmul_tile[static_cast<size_t>(fidelity)]; }
  uint32_t DstTiles() const {
    return a_.chip->dst_tiles_16b / (compute_ && compute_->dst_full_sync_en ? 1 : 2) /
           (compute_ && compute_->fp32_dest_acc_en ? 2 : 1);
  }

  const Analysis& a_;
  const Bound& bound_;
  const ComputeConfig* compute_ = nullptr;
  std::vector<Advice> advice_;
};

}  // namespace

std::vector<Advice> Advise(const Analysis& analysis, const Bound& bound) { return Advisor(analysis, bound).Run(); }

}  // namespace tltt::profile
