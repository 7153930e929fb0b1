# Sources of the compute unit, for the emulator's library; included by emulator/CMakeLists.txt.
set(TLTT_COMPUTE_SOURCES
  src/compute/compute_fpu.cc
  src/compute/compute_api.cc
  src/compute/compute_sfpu.cc
  src/compute/compute_tilize.cc
  src/compute/compute_unit.cc
  src/compute/core_port.cc
  src/compute/faithful.cc
  src/compute/matmul_kernel.cc
  src/compute/scalar_ops.cc
  src/compute/tile_format.cc
  src/compute/tilize.cc
  src/compute/unpacked_tiles.cc
  src/compute/vector_ops.cc)

# Results must be the same bytes on every machine: the compiler may not fuse multiplications and additions by itself, and
# x86 targets between the baseline and AVX2 are left out (none of their machines matter, each costs build time).
set_source_files_properties(${TLTT_COMPUTE_SOURCES} PROPERTIES COMPILE_OPTIONS
  "-O2;-ffp-contract=off;-DHWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_AVX3_DL)")
# Libraries the compute unit needs: hwy (libhwy-dev) and fmt (libfmt-dev). Includes: device, src, include, program/include.
