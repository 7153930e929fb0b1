# find_package(TT-Metalium) on the emulator: the target TT::Metalium that programs written against the SDK link.
# Set TT-Metalium_DIR to this folder, or CMAKE_PREFIX_PATH to the one above it.
cmake_minimum_required(VERSION 3.22)

get_filename_component(TLTT_HOSTAPI_DIR "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
get_filename_component(TLTT_PACKAGE_LIB_DIR "${TLTT_HOSTAPI_DIR}/../lib" ABSOLUTE)
if(NOT EXISTS "${TLTT_PACKAGE_LIB_DIR}/libtltt_hostapi.so")
  set(TT-Metalium_FOUND FALSE)
  set(TT-Metalium_NOT_FOUND_MESSAGE "${TLTT_PACKAGE_LIB_DIR} has no libtltt_hostapi.so: the installation is incomplete")
  return()
endif()

if(NOT TARGET TT::Metalium)
  add_library(TT::Metalium SHARED IMPORTED)
  set_target_properties(TT::Metalium PROPERTIES
    IMPORTED_LOCATION "${TLTT_PACKAGE_LIB_DIR}/libtltt_hostapi.so"
    IMPORTED_LINK_DEPENDENT_LIBRARIES ""
    INTERFACE_INCLUDE_DIRECTORIES "${TLTT_HOSTAPI_DIR}/include;${TLTT_HOSTAPI_DIR}/include/tt_metal"
    INTERFACE_COMPILE_FEATURES cxx_std_20)
  # The SDK hands its programs fmt; so does the emulator, where it is installed. Header-only, to need no library.
  find_package(fmt QUIET)
  if(TARGET fmt::fmt-header-only)
    set_property(TARGET TT::Metalium APPEND PROPERTY INTERFACE_LINK_LIBRARIES fmt::fmt-header-only)
  endif()
endif()
set(TT-Metalium_FOUND TRUE)
