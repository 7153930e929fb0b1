// Program -> main.cpp, a TT-Metalium host program. Everything that differs by core is in one table.
#include <algorithm>

#include <fmt/format.h>

#include "host_source.h"
#include "plan_keys.h"
#include "tltt/plan.h"

namespace tltt {
namespace {

// A C++ identifier from any text: "cb in0" -> "cb_in0".
std::string Identifier(const std::string& text) {
  std::string out;
  for (const char c : text) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0]))) out = "_" + out;
  return out;
}

// Text for a comment: one line whatever the name holds.
std::string Plain(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == '\\'; }, '_');
  return text;
}

class HostProgram {
 public:
  // `folder`: where the kernels lie, "" or "1/".
  explicit HostProgram(const Program& program, std::string folder = "")
      : program_(program), folder_(std::move(folder)) {
    for (const Kernel& kernel : program.kernels) {
      if (!kernel.core_args.empty()) TableOf(kernel);
    }
  }

  std::string Text() {
    Head();
    out_ += kHostIncludes;
    Names();
    Line("constexpr const char* kPartitionMode = {};", Quoted(program_.work.mode));
    out_ += kHostTensors;
    Helpers({program_});
    ArgumentTables();
    Tensors();
    BuildProgram();
    Line("\nstd::string Summary() {{");
    Line(
        "  return std::string(kPartitionMode) + \" partition, \" + std::to_string(kCoreRuntimeArgs.size()) + \" "
        "cores\";");
    Line("}}");
    Line("\nvoid RunLaunches(distributed::MeshDevice& device, Elements& elements) {{");
    Line("  Launch(device, Tensors(), BuildProgram, elements);");
    Line("}}");
    out_ += kHostMain;
    return std::move(out_);
  }

  // One of several launches: what is its own, in a namespace.
  std::string LaunchText(const std::string& name) {
    Line("\nnamespace {} {{  // {} partition", name, Plain(program_.work.mode));
    ArgumentTables();
    Tensors();
    BuildProgram();
    Line("\n}}  // namespace {}", name);
    return std::move(out_);
  }

  // The whole of several launches; `whole` has the arguments, and the cores of all.
  std::string SequenceText(const std::vector<Program>& launches) {
    Head();
    out_ += kHostIncludes;
    Names();
    out_ += kHostTensors;
    Helpers(launches);
    for (size_t i = 0; i < launches.size(); ++i) {
      out_ += HostProgram(launches[i], std::to_string(i + 1) + "/").LaunchText(LaunchName(i));
    }
    out_ += kHostArguments;
    ArgumentsOf(launches);
    Line("\nstd::string Summary() {{ return \"{} launches\"; }}", launches.size());
    Line("\n// In order; tensors between launches go through the host.");
    Line("void RunLaunches(distributed::MeshDevice& device, Elements& elements) {{");
    for (size_t i = 0; i < launches.size(); ++i) {
      Line("  Launch(device, {0}::Tensors(), {0}::BuildProgram, elements);", LaunchName(i));
    }
    Line("}}");
    out_ += kHostMain;
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  // Texts behind one another, in lines of up to 120 columns.
  void Filled(const std::string& margin, const std::vector<std::string>& texts) {
    std::string line = margin;
    for (const std::string& text : texts) {
      if (line.size() > margin.size() && line.size() + text.size() > 120) {
        Line("{}", line.substr(0, line.find_last_not_of(' ') + 1));
        line = margin;
      }
      line += text + " ";
    }
    if (line.size() > margin.size()) Line("{}", line.substr(0, line.find_last_not_of(' ') + 1));
  }

  void Head() {
    Line(
        "// Host program of the TileLang kernel \"{}\" for {}: buffers, circular buffers, kernels, one run on device "
        "0.",
        Plain(program_.name), Plain(program_.arch));
    out_ += R"text(// usage: main [TENSOR=FILE ...] [--expect TENSOR=FILE ...] [--tolerance T]
// Files are numpy's (.npy) or hold just a tensor's elements, row-major. An input that is not named comes from
// data/TENSOR.npy beside this file, or is filled with sample data; an output goes to TENSOR.out.bin unless a file is
// named, and is compared with --expect's file or data/TENSOR.expected.npy. Exit code 0: all is as expected, or nothing was
// expected; 1: a result is not; 2: an error. Build against TT-Metalium 0.81 or the emulator: see CMakeLists.txt.
)text";
  }

  static std::string LaunchName(size_t index) { return fmt::format("launch_{}", index + 1); }

  size_t TableOf(const Kernel& kernel) {
    for (size_t i = 0; i < tables_.size(); ++i) {
      if (*tables_[i] == kernel.core_args) return i;
    }
    tables_.push_back(&kernel.core_args);
    return tables_.size() - 1;
  }

  static std::string Numbered(const char* name, size_t index) {
    return index == 0 ? name : name + std::to_string(index);
  }

  // Columns of a table by the names that its kernels give them.
  std::vector<std::string> ColumnNames(size_t table) const {
    size_t columns = 0;
    for (const auto& [core, row] : *tables_[table]) columns = std::max(columns, row.size());
    std::vector<std::string> names(columns);
    for (size_t i = 0; i < columns; ++i) names[i] = "arg" + std::to_string(i);
    for (const Kernel& kernel : program_.kernels) {
      if (kernel.core_args != *tables_[table]) continue;
      for (const RuntimeArg& arg : kernel.args) {
        if (arg.kind == RuntimeArg::Kind::kTensorAddress || arg.kind == RuntimeArg::Kind::kCommon) continue;
        const size_t column = arg.value + (arg.kind == RuntimeArg::Kind::kNocY ? 1 : 0);
        if (column < columns) names[column] = arg.name;
      }
    }
    return names;
  }

  void Names() {
    Line("\nconstexpr const char* kKernelName = {};", Quoted(program_.name));
    Line("constexpr tt::ARCH kArch = tt::ARCH::{};", program_.arch == "blackhole" ? "BLACKHOLE" : "WORMHOLE_B0");
    Line("constexpr const char* kArchName = {};", Quoted(program_.arch));
    const Core extent = Extent();
    Line("constexpr std::array<size_t, 2> kGrid = {{{{{}, {}}}}};  // columns and rows of cores that are used",
         extent.x, extent.y);
  }

  void ArgumentTables() {
    std::map<std::string, uint32_t> constants;
    for (const Kernel& kernel : program_.kernels) {
      for (const RuntimeArg& arg : kernel.args) {
        if (arg.kind == RuntimeArg::Kind::kCommon) constants.emplace(arg.name, arg.value);
      }
    }
    if (!constants.empty()) {
      Line("\n// Runtime arguments that are the same on every core.");
      Line("[[maybe_unused]] constexpr std::array<std::pair<const char*, uint32_t>, {}> kRuntimeConstants = {{{{",
           constants.size());
      for (const auto& [name, value] : constants) Line("    {{{}, {}}},", Quoted(name), value);
      Line("}}}};");
    }
    if (tables_.empty()) tables_.push_back(&kNoTable);
    for (size_t i = 0; i < tables_.size(); ++i) Table(i);
  }

  // Columns and rows up to the last core that is used.
  Core Extent() const {
    Core extent;
    for (const CoreRange& range : program_.core_ranges) {
      extent.x = std::max<uint16_t>(extent.x, range.start.x + range.width);
      extent.y = std::max<uint16_t>(extent.y, range.start.y + range.height);
    }
    return extent;
  }

  void Table(size_t index) {
    const std::vector<std::string> names = ColumnNames(index);
    const std::string rows = Numbered("kCoreRuntimeArgs", index), columns = Numbered("kRuntimeArgNames", index);
    std::vector<std::string> quoted;
    for (const std::string& name : names) quoted.push_back(Quoted(name));
    Line("\n// The runtime arguments that differ by core, one row for each core.");
    Line("constexpr std::array<const char*, {}> {} = {{{{{}}}}};", names.size(), columns, fmt::join(quoted, ", "));
    const auto& table = *tables_[index];
    // A program without per-core arguments still names the cores that it runs on.
    std::vector<std::pair<Core, std::vector<uint32_t>>> entries(table.begin(), table.end());
    if (entries.empty()) {
      for (const CoreRange& range : program_.core_ranges) {
        for (uint16_t y = 0; y < range.height; ++y) {
          for (uint16_t x = 0; x < range.width; ++x) {
            entries.push_back(
                {{static_cast<uint16_t>(range.start.x + x), static_cast<uint16_t>(range.start.y + y)}, {}});
          }
        }
      }
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first.y, a.first.x) < std::pair(b.first.y, b.first.x);
    });
    Line("constexpr std::array<CoreRow<{}.size()>, {}> {} = {{{{", columns, entries.size(), rows);
    std::vector<std::string> texts;
    for (const auto& [core, row] : entries) {
      std::vector<uint32_t> padded = row;
      padded.resize(names.size());
      texts.push_back(fmt::format("{{{}, {}, {{{{{}}}}}}},", core.x, core.y, fmt::join(padded, ", ")));
    }
    Filled("    ", texts);
    Line("}}}};");
    Line("static_assert({}.size() >= 1, \"a program runs on at least one core\");", rows);
    Line("static_assert({}[0].args.size() == {}.size(), \"a name for every column\");", rows, columns);
  }

  void Tensors() {
    Line("\n// In the order of the user's kernel.");
    Line("std::vector<KernelTensor> Tensors() {{");
    Line("  return {{");
    for (const Tensor& tensor : program_.tensors) Filled("      ", KernelTensorFields(tensor));
    Line("  }};");
    Line("}}");
  }

  // The function's tensors, each as the first launch has it.
  void ArgumentsOf(const std::vector<Program>& launches) {
    Line("\n// In the order of the user's kernel.");
    Line("std::vector<KernelTensor> Tensors() {{");
    Line("  return {{");
    for (const Tensor& argument : program_.tensors) {
      for (size_t i = 0; i < launches.size(); ++i) {
        const auto& tensors = launches[i].tensors;
        const auto found = std::find_if(tensors.begin(), tensors.end(),
                                        [&](const Tensor& tensor) { return tensor.name == argument.name; });
        if (found == tensors.end()) continue;
        Line("      Argument({}::Tensors()[{}], /*input=*/{}, /*output=*/{}),  // {}", LaunchName(i),
             found - tensors.begin(), argument.access != Access::kOut, argument.access != Access::kIn,
             Plain(argument.name));
        break;
      }
    }
    Line("  }};");
    Line("}}");
  }

  static std::string RangeText(const CoreRange& range) {
    return fmt::format("CoreRange({{{}, {}}}, {{{}, {}}})", range.start.x, range.start.y,
                       range.start.x + range.width - 1, range.start.y + range.height - 1);
  }

  static std::string RangesText(const std::vector<CoreRange>& ranges) {
    std::vector<std::string> texts;
    for (const CoreRange& range : ranges) texts.push_back(RangeText(range));
    return ranges.size() == 1 ? texts[0] : fmt::format("CoreRangeSet(std::vector{{{}}})", fmt::join(texts, ", "));
  }

  // "cores" for the program's own ranges, which most parts use.
  std::string CoresOf(const std::vector<CoreRange>& ranges) const {
    const std::string text = RangesText(ranges);
    return text == RangesText(program_.core_ranges) ? "cores" : text;
  }

  // Functions that only some programs call.
  void Helpers(const std::vector<Program>& launches) {
    bool unpack = false, noc = false;
    for (const Program& launch : launches) {
      for (const Kernel& kernel : launch.kernels) {
        unpack |= !kernel.compute.unpack_to_dest_fp32.empty();
        for (const RuntimeArg& arg : kernel.args) {
          noc |= arg.kind == RuntimeArg::Kind::kNocX || arg.kind == RuntimeArg::Kind::kNocY;
        }
      }
    }
    if (unpack) out_ += kHostUnpack;
    if (noc) out_ += kHostNoc;
  }

  void BuildProgram() {
    Line("\nProgram BuildProgram([[maybe_unused]] const distributed::MeshDevice& device, const Buffers& buffers) {{");
    Line("  Program program = CreateProgram();");
    Line("  const {} cores = {};", program_.core_ranges.size() == 1 ? "CoreRange" : "CoreRangeSet",
         RangesText(program_.core_ranges));
    std::vector<std::string> names;
    for (size_t i = 0; i < program_.tensors.size(); ++i) {
      const char* first = i == 0 ? "[[maybe_unused]] const auto " : "";
      names.push_back(
          fmt::format("{}&{} = buffers[{}]{}", first, TensorName(i), i, i + 1 < program_.tensors.size() ? "," : ";"));
    }
    Filled("  ", names);
    Line("");
    for (const CircularBuffer& buffer : program_.circular_buffers) CircularBufferLine(buffer);
    for (const Semaphore& semaphore : program_.semaphores) {
      Line("  if (CreateSemaphore(program, {}, {}) != {}) throw std::runtime_error(\"semaphore {} has another id\");",
           CoresOf(semaphore.cores), semaphore.initial_value, semaphore.id, semaphore.id);
    }
    Line("");
    for (size_t i = 0; i < program_.kernels.size(); ++i) KernelLines(i);
    RuntimeArgs();
    Line("  return program;");
    Line("}}");
  }

  // Names of tensors and kernels may be equal, or be words of C++: a suffix keeps them apart.
  std::string TensorName(size_t index) const { return Identifier(program_.tensors[index].name) + "_buffer"; }

  std::string KernelName(size_t index) const {
    const std::string name = Identifier(program_.kernels[index].name) + "_kernel";
    for (size_t other = 0; other < index; ++other) {
      if (Identifier(program_.kernels[other].name) + "_kernel" == name) return name + std::to_string(index);
    }
    return name;
  }

  void CircularBufferLine(const CircularBuffer& buffer) {
    std::vector<std::string> indices;
    for (const CircularBufferFormat& format : buffer.formats) {
      indices.push_back(fmt::format("{{tt::CBIndex::c_{}, tt::DataFormat::{}, {}}}", format.index,
                                    DataFormatName(format.format), format.page_size));
    }
    Line("  AddCircularBuffer(program, {}, {}, {{{}}}{});  // {}", CoresOf(buffer.cores), buffer.total_size,
         fmt::join(indices, ", "), buffer.tensor ? ", " + TensorName(*buffer.tensor) : "", Plain(buffer.name));
  }

  // "CompileArgs({A_buffer}, {1, 2})"; nothing for a kernel without compile-time arguments.
  std::string CompileArgsText(const Kernel& kernel) const {
    std::vector<std::string> tensors;
    size_t words = 0;
    for (const uint32_t tensor : kernel.accessors) {
      tensors.push_back(TensorName(tensor));
      words += AccessorArgs(program_.tensors[tensor]).size();
    }
    if (kernel.compile_time_args.empty()) return "";
    const auto rest = kernel.compile_time_args.begin() + static_cast<ptrdiff_t>(words);
    const bool numbers = rest < kernel.compile_time_args.end();
    return fmt::format("CompileArgs({{{}}}{})", fmt::join(tensors, ", "),
                       numbers ? fmt::format(", {{{}}}", fmt::join(rest, kernel.compile_time_args.end(), ", ")) : "");
  }

  void KernelLines(size_t index) {
    const Kernel& kernel = program_.kernels[index];
    const bool compute = kernel.role == Role::kCompute;
    const bool named = !kernel.args.empty() || !kernel.core_args.empty() || !kernel.common_args.empty();
    Line("  {}CreateKernel(program, Beside({}), {},", named ? "const KernelHandle " + KernelName(index) + " = " : "",
         Quoted(folder_ + kernel.path), CoresOf(kernel.cores));
    std::vector<std::string> lines;
    if (compute) {
      lines.push_back(fmt::format(
          "ComputeConfig{{.math_fidelity = MathFidelity::{}, .fp32_dest_acc_en = {}, .dst_full_sync_en = {}",
          NameIn(kFidelities, kernel.compute.math_fidelity), kernel.compute.fp32_dest_acc_en,
          kernel.compute.dst_full_sync_en));
      std::vector<std::string> unpacked;
      for (const uint32_t cb : kernel.compute.unpack_to_dest_fp32) {
        unpacked.push_back(fmt::format("tt::CBIndex::c_{}", cb));
      }
      if (!unpacked.empty()) {
        lines.push_back(fmt::format(".unpack_to_dest_mode = UnpackFp32({{{}}})", fmt::join(unpacked, ", ")));
      }
      lines.push_back(fmt::format(".math_approx_mode = {}", kernel.compute.math_approx_mode));
    } else {
      const bool reader = kernel.role == Role::kReader;
      lines.push_back(
          fmt::format("DataMovementConfig{{.processor = DataMovementProcessor::RISCV_{}, .noc = NOC::NOC_{}",
                      reader ? 1 : 0, reader ? 0 : 1));
    }
    if (const std::string args = CompileArgsText(kernel); !args.empty()) lines.push_back(".compile_args = " + args);
    AddExtras(kernel, lines);
    const std::string margin(compute ? 20 : 25, ' ');
    Line("      {}}});", fmt::join(lines, ",\n" + margin));
  }

  // The designated initializers that follow compile_args.
  static void AddExtras(const Kernel& kernel, std::vector<std::string>& lines) {
    if (!kernel.defines.empty()) {
      std::vector<std::string> pairs;
      for (const auto& [name, value] : kernel.defines)
        pairs.push_back(fmt::format("{{{}, {}}}", Quoted(name), Quoted(value)));
      lines.push_back(fmt::format(".defines = {{{}}}", fmt::join(pairs, ", ")));
    }
    if (!kernel.named_compile_time_args.empty()) {
      std::vector<std::string> pairs;
      for (const auto& [name, value] : kernel.named_compile_time_args) {
        pairs.push_back(fmt::format("{{{}, {}}}", Quoted(name), value));
      }
      lines.push_back(fmt::format(".named_compile_args = {{{}}}", fmt::join(pairs, ", ")));
    }
  }

  std::string ArgText(const RuntimeArg& arg) const {
    switch (arg.kind) {
      case RuntimeArg::Kind::kTensorAddress:
        return fmt::format("AddressOf({})", TensorName(arg.value));
      case RuntimeArg::Kind::kCommon:
        return fmt::format("/*{}=*/{}", Identifier(arg.name), arg.value);
      case RuntimeArg::Kind::kPerCore:
        return fmt::format("args[{}]", arg.value);
      case RuntimeArg::Kind::kNocX:
      case RuntimeArg::Kind::kNocY:
        return fmt::format("NocOf(device, args[{}], args[{}]).{}", arg.value, arg.value + 1,
                           arg.kind == RuntimeArg::Kind::kNocX ? "x" : "y");
    }
    return "";
  }

  void RuntimeArgs() {
    Line("");
    for (size_t i = 0; i < program_.kernels.size(); ++i) {
      const Kernel& kernel = program_.kernels[i];
      if (!kernel.common_args.empty()) {
        Line("  SetCommonRuntimeArgs(program, {}, {{{}}});", KernelName(i), fmt::join(kernel.common_args, ", "));
      }
      if (kernel.core_args.empty() && !kernel.args.empty()) {
        Line("  SetRuntimeArgs(program, {}, {}, {{{}}});", KernelName(i), CoresOf(kernel.cores), ArgsText(kernel));
      }
    }
    for (size_t table = 0; table < tables_.size(); ++table) {
      if (tables_[table]->empty()) continue;
      Line("  for (const auto& [x, y, args] : {}) {{", Numbered("kCoreRuntimeArgs", table));
      Line("    const CoreCoord core{{x, y}};");
      for (size_t i = 0; i < program_.kernels.size(); ++i) {
        const Kernel& kernel = program_.kernels[i];
        if (kernel.core_args != *tables_[table]) continue;
        // A table may have rows for cores that another of its kernels is not on.
        const bool guarded = !CoversTable(kernel);
        const std::string guard =
            guarded ? fmt::format("if (CoreRangeSet({}).contains(core)) ", CoresOf(kernel.cores)) : "";
        if (kernel.args.empty()) {
          Line("    {}SetRuntimeArgs(program, {}, core, std::vector<uint32_t>(args.begin(), args.end()));", guard,
               KernelName(i));
        } else {
          Line("    {}SetRuntimeArgs(program, {}, core, {{{}}});", guard, KernelName(i), ArgsText(kernel));
        }
      }
      Line("  }}");
    }
  }

  std::string ArgsText(const Kernel& kernel) const {
    std::vector<std::string> values;
    for (const RuntimeArg& arg : kernel.args) values.push_back(ArgText(arg));
    return fmt::format("{}", fmt::join(values, ", "));
  }

  static bool CoversTable(const Kernel& kernel) {
    return std::all_of(kernel.core_args.begin(), kernel.core_args.end(), [&kernel](const auto& row) {
      return std::any_of(kernel.cores.begin(), kernel.cores.end(),
                         [&row](const CoreRange& range) { return range.Contains(row.first); });
    });
  }

  inline static const std::map<Core, std::vector<uint32_t>> kNoTable;

  const Program& program_;
  const std::string folder_;
  std::vector<const std::map<Core, std::vector<uint32_t>>*> tables_;
  std::string out_;
};

}  // namespace

std::string WriteHostProgram(const Program& program) { return HostProgram(program).Text(); }

Access JoinAccess(const std::vector<Access>& uses) {
  const bool written = std::any_of(uses.begin(), uses.end(), [](Access use) { return use != Access::kIn; });
  if (!written) return Access::kIn;
  return uses.front() == Access::kOut ? Access::kOut : Access::kInOut;
}

FileMap WriteSequenceHost(const std::string& name, const std::vector<std::string>& arguments,
                          const std::vector<Program>& launches) {
  Program whole = launches.front();
  whole.name = name;
  whole.core_ranges.clear();
  for (const Program& launch : launches) {
    whole.core_ranges.insert(whole.core_ranges.end(), launch.core_ranges.begin(), launch.core_ranges.end());
  }
  whole.tensors.clear();
  for (const std::string& argument : arguments) {
    std::vector<Access> uses;
    const Tensor* first = nullptr;
    for (const Program& launch : launches) {
      for (const Tensor& tensor : launch.tensors) {
        if (tensor.name != argument) continue;
        if (!first) first = &tensor;
        uses.push_back(tensor.access);
      }
    }
    if (!first) continue;  // no launch uses it
    whole.tensors.push_back(*first);
    whole.tensors.back().access = JoinAccess(uses);
  }
  return {{kHostFile, HostProgram(whole).SequenceText(launches)}, {kBuildFile, WriteHostBuild(whole)}};
}

}  // namespace tltt
