// Program -> CMakeLists.txt, which makes the emitted folder a project of its own.
#include <algorithm>

#include <fmt/format.h>

#include "host_source.h"

namespace tltt {
namespace {

constexpr char kText[] = R"text(cmake_minimum_required(VERSION 3.22)
project(tt_kernel LANGUAGES CXX)

option(USE_REAL_METALIUM "Build against the TT-Metalium SDK at TT_METAL_HOME instead of the emulator" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(USE_REAL_METALIUM)
  set(sdk "$ENV{TT_METAL_HOME}")
  if(sdk STREQUAL "")
    message(FATAL_ERROR "TT_METAL_HOME environment variable not set, with USE_REAL_METALIUM=ON: it names the folder "
                        "of a built TT-Metalium SDK. Without one, leave USE_REAL_METALIUM off: main then runs on the emulator.")
  endif()
  if(NOT EXISTS "${sdk}/tt_metal/api/tt-metalium/host_api.hpp" AND NOT EXISTS "${sdk}/include/tt-metalium/host_api.hpp")
    message(FATAL_ERROR "TT_METAL_HOME=${sdk} has no tt-metalium/host_api.hpp: it is not a TT-Metalium SDK")
  endif()
  find_package(TT-Metalium CONFIG QUIET NO_DEFAULT_PATH
    PATHS "${sdk}" "${sdk}/build" "${sdk}/build/lib" "${sdk}/build/lib64" "${sdk}/lib" "${sdk}/lib64")
  if(NOT TARGET TT::Metalium)
    message(FATAL_ERROR "TT_METAL_HOME=${sdk} has the headers, but no CMake package TT-Metalium: build the SDK first "
                        "(./build_metal.sh in that folder)")
  endif()
  message(STATUS "Building with REAL TT-Metalium APIs: ${sdk}")
else()
  # TLTT_HOME is the folder of the installed Python package tilelang_tenstorrent.
  if(NOT TLTT_HOME)
    set(TLTT_HOME "$ENV{TLTT_HOME}")
  endif()
  if(TLTT_HOME STREQUAL "")
    find_program(TLTT_PYTHON NAMES python3 python)
    if(TLTT_PYTHON)
      execute_process(
        COMMAND ${TLTT_PYTHON} -c
          "import importlib.util as u; s = u.find_spec('tilelang_tenstorrent'); print(s.submodule_search_locations[0] if s else '', end='')"
        OUTPUT_VARIABLE TLTT_HOME ERROR_QUIET)
    endif()
  endif()
  if(NOT EXISTS "${TLTT_HOME}/hostapi/cmake/TT-MetaliumConfig.cmake")
    message(FATAL_ERROR "The emulator is not found: pip install tilelang-tenstorrent into the Python on PATH "
                        "(${TLTT_PYTHON}), or name the package's folder with -DTLTT_HOME=...")
  endif()
  find_package(TT-Metalium CONFIG REQUIRED NO_DEFAULT_PATH PATHS "${TLTT_HOME}/hostapi/cmake")
  message(STATUS "Building with MOCK TT-Metalium APIs: the emulator in ${TLTT_HOME}")
endif()

add_executable(main main.cpp)
target_link_libraries(main PRIVATE TT::Metalium)
# Which chip the emulator stands for; the SDK takes the card that it finds.
target_compile_definitions(main PRIVATE TLTT_CHIP="@CHIP@")

# ctest runs it, with the inputs and expected outputs in the folder data, where there is one.
enable_testing()
add_test(NAME main COMMAND main)
)text";

}  // namespace

std::string WriteHostBuild(const Program& program) {
  std::string text = fmt::format(
      "# Builds main.cpp, the host program of the TileLang kernel \"{}\":\n"
      "#   cmake -B build && cmake --build build && ./build/main\n"
      "# runs it on the emulator of tilelang_tenstorrent. With a card, and TT_METAL_HOME naming a built TT-Metalium "
      "SDK:\n"
      "#   cmake -B build -DUSE_REAL_METALIUM=ON && cmake --build build && ./build/main\n",
      program.name);
  const auto line_end = text.begin() + static_cast<ptrdiff_t>(text.find(":\n#"));
  std::replace_if(text.begin(), line_end, [](unsigned char c) { return c < 0x20; }, '_');  // a name may hold anything
  text += kText;
  constexpr std::string_view kSlot = "@CHIP@";
  text.replace(text.find(kSlot), kSlot.size(), program.chip);
  return text;
}

}  // namespace tltt
