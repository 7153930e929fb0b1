#include "kernel_compiler.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

extern char** environ;

namespace tltt::emu {

namespace fs = std::filesystem;

namespace {

std::atomic<uint64_t> temporary_count{0};  // with the process id: names of files under construction

// Two 64-bit FNV-1a sums: a key of 128 bits. The cache also keeps the text and compares it.
std::string Hash(std::string_view text) {
  uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (unsigned char c : text) {
    a = (a ^ c) * 0x100000001b3u;
    b = (b ^ (c + 0x9eu)) * 0x100000001b3u;
    b = (b << 7) | (b >> 57);
  }
  return fmt::format("{:016x}{:016x}", a, b);
}

std::optional<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

[[noreturn]] void Unusable(const std::string& text) {
  throw Error(ErrorCategory::kKernelCompile,
              fmt::format("{}: {}", ErrorCategoryName(ErrorCategory::kKernelCompile), text));
}

void WriteFile(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (out.flush()) return;
  std::error_code ignored;
  fs::remove(path, ignored);
  Unusable(fmt::format("can't write {}: {}\n  to fix: free some space, or name another folder with TLTT_CACHE_DIR",
                       path.string(), strerror(errno)));
}

// What lies beside a compiled object: its text, and what the object has to be.
std::string Recorded(const std::string& unit, const std::string& object) {
  return unit + "// object " + Hash(object) + "\n";
}

// The compiler's failure is none of the kernel's where it could not write.
void RequireSpace(const std::string& folder, const std::string& messages) {
  for (const char* sign :
       {"No space left on device", "File too large", "Disk quota exceeded", "Read-only file system"}) {
    if (messages.find(sign) == std::string::npos) continue;
    Unusable(
        fmt::format("the C++ compiler can't write into {}: {}\n  to fix: free some space there and in the folder of "
                    "temporary files, or name another folder with TLTT_CACHE_DIR",
                    folder, sign));
  }
}

// Complete or not at all, also beside other processes.
void WriteFileAtomically(const fs::path& path, std::string_view text) {
  fs::path temporary = path;
  temporary += fmt::format(".{}.{}", getpid(), temporary_count++);
  WriteFile(temporary, text);
  fs::rename(temporary, path);
}

// A folder is executable too, and no program.
bool IsProgram(const std::string& file) { return access(file.c_str(), X_OK) == 0 && !fs::is_directory(file); }

std::optional<std::string> FindInPath(const std::string& command) {
  if (command.find('/') != std::string::npos) return IsProgram(command) ? std::optional(command) : std::nullopt;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder + "/" + command;
    if (IsProgram(candidate)) return candidate;
  }
  return std::nullopt;
}

// A child process whose output goes to a file.
class Process {
 public:
  Process(const std::vector<std::string>& command, const fs::path& log) {
    std::vector<char*> argv;
    for (const std::string& a : command) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    int error = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) Unusable(fmt::format("can't start the C++ compiler {}: {}", command[0], strerror(error)));
  }
  bool Succeeded() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = 0;
};

// The kernel's entry in the object at `path`, which stays loaded.
KernelEntry Load(const std::string& path, const Kernel& kernel, void** handle) {
  *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!*handle) Unusable(fmt::format("kernel {} can't be loaded: {}", kernel.path, dlerror()));
  for (const char* name : {"_Z11kernel_mainv", "_ZN11tltt_kernel10tltt_main_Ev", "kernel_main"}) {
    if (void* entry = dlsym(*handle, name)) return reinterpret_cast<KernelEntry>(entry);
  }
  Unusable(fmt::format("kernel {} defines no kernel_main\n  to fix: void kernel_main() {{ ... }}", kernel.path));
}

// Whether the object has variables: sections that are allocated and writable, and are not the linker's own.
bool HasVariables(const std::string& path) {
  std::string file = ReadFile(path).value_or("");
  Elf64_Ehdr header;
  if (file.size() < sizeof header) return false;
  std::memcpy(&header, file.data(), sizeof header);
  auto section = [&](size_t i) {
    Elf64_Shdr s{};
    size_t at = header.e_shoff + i * header.e_shentsize;
    if (at + sizeof s <= file.size()) std::memcpy(&s, file.data() + at, sizeof s);
    return s;
  };
  const Elf64_Shdr names = section(header.e_shstrndx);
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr s = section(i);
    if (s.sh_size == 0 || (s.sh_flags & (SHF_ALLOC | SHF_WRITE)) != (SHF_ALLOC | SHF_WRITE)) continue;
    std::string_view name = file.data() + names.sh_offset + s.sh_name;
    if (name.starts_with(".data") ? !name.starts_with(".data.rel.ro") : name.starts_with(".bss")) return true;
  }
  return false;
}

// Precompiled headers are large, and each version of the device headers leaves its own; processes that were killed
// leave temporary files ("<key>.<process>.<number>.cc"): old ones go. What is missed is built again.
void RemoveOld(const fs::path& folder) {
  constexpr auto kKept = std::chrono::hours(72);
  std::error_code ignored;  // another process may be faster
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool temporary = std::count(name.begin(), name.end(), '.') >= 3;
    if (entry.path().extension() != ".gch" && !temporary) continue;
    auto written = entry.last_write_time(ignored);
    if (!ignored && fs::file_time_type::clock::now() - written > kKept) fs::remove(entry.path(), ignored);
  }
}

// Runs body(i) for i < count on as many threads as there are processors.
template <typename Body>
void InParallel(size_t count, const Body& body) {
  size_t threads = std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> errors(count);  // an exception that left a thread would end the process
  auto work = [&] {
    for (size_t i; (i = next++) < count;) {
      try {
        body(i);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }
  };
  std::vector<std::thread> pool;
  for (size_t t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  for (std::thread& t : pool) t.join();
  for (const std::exception_ptr& e : errors) {
    if (e) std::rethrow_exception(e);
  }
}

}  // namespace

std::shared_ptr<void> LoadPrivately(const std::string& object, const Kernel& kernel, KernelEntry* entry) {
  // The loader knows files by their inode: a second copy needs a second file.
  std::string copy = fmt::format("{}.{}.{}", object, getpid(), temporary_count++);
  fs::copy_file(object, copy);
  void* handle = nullptr;
  *entry = Load(copy, kernel, &handle);
  fs::remove(copy);
  return {handle, [](void* h) { dlclose(h); }};
}

struct KernelCompiler::Job {
  const Kernel* kernel;
  std::string prelude, prelude_path;  // text, and the file that is included first
  std::string unit, key;
  fs::path object, source;
};

KernelCompiler::KernelCompiler(const Chip& chip, std::string cache_dir, bool check)
    : chip_(&chip), cache_dir_(std::move(cache_dir)), check_(check) {}

void KernelCompiler::Prepare() {
  if (prepared_) return;
  // A compiler launcher or flags may stand in $CXX too: "ccache g++".
  std::vector<std::vector<std::string>> candidates;
  if (const char* cxx = std::getenv("CXX")) {
    std::istringstream words(cxx);
    std::vector<std::string> command{std::istream_iterator<std::string>(words), {}};
    // The kernels' flags and precompiled headers are g++'s.
    if (!command.empty() && command.back().find("clang") == std::string::npos) candidates.push_back(command);
  }
  candidates.push_back({"g++"});
  candidates.push_back({"c++"});
  for (const auto& candidate : candidates) {
    std::optional<std::string> found = FindInPath(candidate[0]);
    if (!found) continue;
    compiler_ = candidate;
    compiler_[0] = fs::canonical(*found).filename() == "ccache" ? *found : fs::canonical(*found).string();
    struct stat info{};
    stat(compiler_[0].c_str(), &info);
    compiler_id_ = fmt::format("{} {} {}", fmt::join(compiler_, " "), info.st_size, info.st_mtime);
    break;
  }
  if (compiler_.empty()) {
    Unusable(
        "no C++ compiler is found: emulated kernels are compiled for this machine\n"
        "  to fix: install g++ (Debian: apt-get install g++), or set CXX");
  }

  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&tltt::emu::CurrentRole), &info) == 0)
    Unusable("can't find the emulator's own library");
  library_ = fs::absolute(info.dli_fname);
  fs::path beside = fs::path(library_).parent_path().parent_path() / "device";
  device_dir_ = fs::exists(beside / "tltt_device.h") ? beside.string() : TLTT_DEVICE_DIR;
  if (!fs::exists(fs::path(device_dir_) / "tltt_device.h")) {
    Unusable(fmt::format("the device headers are neither in {} nor in {}: the installation is incomplete",
                         beside.string(), TLTT_DEVICE_DIR));
  }
  std::set<fs::path> headers;
  for (const auto& entry : fs::recursive_directory_iterator(device_dir_)) {
    if (entry.is_regular_file()) headers.insert(entry.path());
  }
  std::string all;
  for (const fs::path& p : headers)
    all += p.lexically_relative(device_dir_).string() + '\0' + ReadFile(p).value_or("") + '\0';
  headers_id_ = Hash(all);

  if (cache_dir_.empty()) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    fs::path base = cache && *cache ? fs::path(cache)
                    : home && *home ? fs::path(home) / ".cache"
                                    : fs::temp_directory_path();
    cache_dir_ = base / "tilelang-tenstorrent" / "kernels";
  }
  std::error_code error;
  fs::create_directories(cache_dir_, error);
  if (error) Unusable(fmt::format("can't create the cache folder {}: {}", cache_dir_, error.message()));
  prepared_ = true;
}

std::string KernelCompiler::Prelude(const Kernel& kernel) const {
  bool compute = kernel.role == Role::kCompute;
  std::string text = fmt::format("#define {} 1\n", chip_->arch == "blackhole" ? "ARCH_BLACKHOLE" : "ARCH_WORMHOLE");
  text += "#define KERNEL_BUILD 1\n#define TLTT_EMULATOR 1\n";
  text += fmt::format("#define NOC_INDEX {}\n", kernel.role == Role::kWriter ? 1 : 0);
  text += fmt::format("#define NUM_DRAM_BANKS {}\n", chip_->dram_banks);
  text += compute                        ? "#define COMPILE_FOR_TRISC 1\n"
          : kernel.role == Role::kReader ? "#define COMPILE_FOR_NCRISC 1\n"
                                         : "#define COMPILE_FOR_BRISC 1\n";
  text += fmt::format("#include \"{}\"\n", compute ? "internal/prelude_compute.h" : "internal/prelude_dataflow.h");
  return text;
}

namespace {

// Formats of the kernel's circular buffers by index, for get_tile_size where a kernel wants it as a constant. An index
// without a circular buffer, or with different formats on different cores, has none.
std::string FormatList(const Kernel& kernel, std::span<const tltt::CircularBuffer> circular_buffers) {
  constexpr int kNone = 255;
  std::vector<int> formats(32, kNone);
  std::vector<bool> seen(formats.size());
  for (const tltt::CircularBuffer& buffer : circular_buffers) {
    const bool mine = std::any_of(kernel.cores.begin(), kernel.cores.end(), [&](const CoreRange& k) {
      return std::any_of(buffer.cores.begin(), buffer.cores.end(), [&](const CoreRange& b) {
        return k.start.x < b.start.x + b.width && b.start.x < k.start.x + k.width && k.start.y < b.start.y + b.height &&
               b.start.y < k.start.y + k.height;
      });
    });
    for (const CircularBufferFormat& f : buffer.formats) {
      if (!mine || f.index >= formats.size()) continue;
      const int format = static_cast<int>(f.format);
      formats[f.index] = seen[f.index] && formats[f.index] != format ? kNone : format;
      seen[f.index] = true;
    }
  }
  return fmt::format("{}", fmt::join(formats, ", "));
}

}  // namespace

std::string KernelCompiler::Unit(const Kernel& kernel, std::span<const tltt::CircularBuffer> circular_buffers) const {
  std::string text;
  if (kernel.role == Role::kCompute) {
    // Constants, not macros: kernels ask whether their program defines such a macro.
    const ComputeConfig& c = kernel.compute;
    text += fmt::format(
        "constexpr int MATH_FIDELITY = {};\nconstexpr bool APPROX = {};\nconstexpr bool DST_ACCUM_MODE = {};\n",
        static_cast<int>(c.math_fidelity), c.math_approx_mode, c.fp32_dest_acc_en);
  } else {
    text += fmt::format("#define TLTT_CB_FORMATS {}\n", FormatList(kernel, circular_buffers));
  }
  if (!kernel.compile_time_args.empty()) {
    text += fmt::format("#define KERNEL_COMPILE_TIME_ARGS {}\n", fmt::join(kernel.compile_time_args, ", "));
  }
  if (!kernel.named_compile_time_args.empty()) {
    text += "#define KERNEL_COMPILE_TIME_ARG_MAP";
    const char* separator = " ";
    for (const auto& [name, value] : kernel.named_compile_time_args) {
      text += fmt::format("{}{{\"{}\", {}}}", separator, name, value);
      separator = ", ";
    }
    text += "\n";
  }
  for (const auto& [name, value] : kernel.defines) text += fmt::format("#define {} {}\n", name, value);
  // Newer kernels define kernel_main, older compute kernels MAIN in NAMESPACE.
  text += "#include \"internal/unit.h\"\n";
  text += fmt::format("#line 1 \"{}\"\n", kernel.path);
  text += kernel.source;
  text += "\n";
  return text;
}

std::vector<std::string> KernelCompiler::Flags(const Kernel& kernel) const {
  std::vector<std::string> flags = {"-std=gnu++20",
                                    "-O1",
                                    "-fPIC",
                                    "-w",
                                    "-fpermissive",
                                    "-fno-exceptions",
                                    "-fasynchronous-unwind-tables",
                                    "-fno-gnu-unique",
                                    "-fno-strict-aliasing",
                                    "-fvisibility-inlines-hidden",
                                    "-fsanitize-coverage=trace-pc",
                                    "-fno-diagnostics-color",
                                    "-I" + device_dir_};
  // The instrumentation of ThreadSanitizer without its library: device_api.cc has the functions that it calls.
  if (check_ && kernel.role != Role::kCompute) flags.push_back("-fsanitize=thread");
  return flags;
}

void KernelCompiler::BuildPrecompiled(std::span<Job> jobs) {
  std::vector<const Job*> missing;
  for (const Job& job : jobs) {
    bool known =
        std::any_of(missing.begin(), missing.end(), [&](const Job* m) { return m->prelude_path == job.prelude_path; });
    if (!known && !fs::exists(job.prelude_path + ".gch")) missing.push_back(&job);
  }
  if (!missing.empty()) RemoveOld(cache_dir_);
  InParallel(missing.size(), [&](size_t i) {
    const Job& job = *missing[i];
    WriteFileAtomically(job.prelude_path, job.prelude);
    std::string output = fmt::format("{}.gch.{}.{}", job.prelude_path, getpid(), temporary_count++);
    std::vector<std::string> command = compiler_;
    for (const std::string& f : Flags(*job.kernel)) command.push_back(f);
    for (const char* f : {"-x", "c++-header"}) command.push_back(f);
    command.insert(command.end(), {job.prelude_path, "-o", output});
    std::string log = output + ".log";
    bool good = Process(command, log).Succeeded();
    std::string messages = ReadFile(log).value_or("");
    fs::remove(log);
    if (!good) {
      fs::remove(output);
      RequireSpace(cache_dir_, messages);
      Unusable(fmt::format("the device headers do not compile with {}:\n{}", compiler_[0], messages));
    }
    fs::rename(output, job.prelude_path + ".gch");
  });
}

std::vector<RoleKernel> KernelCompiler::Compile(const Program& program, double* seconds) {
  Prepare();
  const std::vector<Kernel>& kernels = program.kernels;
  std::vector<Job> jobs;
  std::vector<std::string> keys;
  for (const Kernel& kernel : kernels) {
    Job job{.kernel = &kernel,
            .prelude = Prelude(kernel),
            .prelude_path = {},
            .unit = Unit(kernel, program.circular_buffers),
            .key = {},
            .object = {},
            .source = {}};
    std::string environment =
        fmt::format("{}\n{}\n{}\n{}", compiler_id_, headers_id_, fmt::join(Flags(kernel), " "), job.prelude);
    job.prelude_path = fmt::format("{}/{}.h", cache_dir_, Hash(environment));
    job.key = Hash(environment + '\0' + job.unit);
    job.object = fs::path(cache_dir_) / (job.key + ".so");
    job.source = fs::path(cache_dir_) / (job.key + ".cc");
    keys.push_back(job.key);
    if (loaded_.count(job.key)) continue;
    if (std::any_of(jobs.begin(), jobs.end(), [&](const Job& j) { return j.key == job.key; })) continue;
    jobs.push_back(std::move(job));
  }

  std::vector<Job> to_build;
  for (const Job& job : jobs) {
    // An object that is cut short or damaged would end the process when it is loaded.
    const std::optional<std::string> object = ReadFile(job.object);
    if (!object || ReadFile(job.source) != Recorded(job.unit, *object)) to_build.push_back(job);
  }
  if (!to_build.empty()) {
    auto start = std::chrono::steady_clock::now();
    BuildPrecompiled(to_build);
    InParallel(to_build.size(), [&](size_t i) {
      const Job& job = to_build[i];
      // The text is written last: an object without its text does not count.
      std::string base = fmt::format("{}/{}.{}.{}", cache_dir_, job.key, getpid(), temporary_count++);
      WriteFile(base + ".cc", job.unit);
      std::vector<std::string> command = compiler_;
      for (const std::string& f : Flags(*job.kernel)) command.push_back(f);
      command.insert(command.end(), {"-include", job.prelude_path, "-shared", "-pipe", "-Wl,-Bsymbolic", "-nostdlib",
                                     base + ".cc", "-o", base + ".so", library_, "-lgcc"});
      bool good = Process(command, base + ".log").Succeeded();
      std::string messages = ReadFile(base + ".log").value_or("");
      fs::remove(base + ".log");
      if (!good) {
        fs::remove(base + ".cc");
        fs::remove(base + ".so");
        RequireSpace(cache_dir_, messages);
        throw Error(ErrorCategory::kKernelCompile, fmt::format("{}: the {} kernel {} does not compile:\n{}",
                                                               ErrorCategoryName(ErrorCategory::kKernelCompile),
                                                               RoleName(job.kernel->role), job.kernel->path, messages));
      }
      WriteFile(base + ".cc", Recorded(job.unit, ReadFile(base + ".so").value_or("")));
      fs::rename(base + ".so", job.object);
      fs::rename(base + ".cc", job.source);
    });
    *seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  for (const Job& job : jobs) {
    void* handle;
    RoleKernel loaded{nullptr, Load(job.object, *job.kernel, &handle), {}};
    if (HasVariables(job.object)) loaded.private_object = job.object;
    loaded_[job.key] = loaded;
  }

  std::vector<RoleKernel> result;
  for (size_t i = 0; i < kernels.size(); ++i) {
    result.push_back(loaded_.at(keys[i]));
    result.back().kernel = &kernels[i];
  }
  return result;
}

}  // namespace tltt::emu
