# tilelang_DIR and tvm_ffi_DIR: the packages' folders in the build's Python, located without importing them (an import
# of TileLang takes over a second). They hold the headers and libraries that the compiler and the runtime build against.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
foreach(package tilelang tvm_ffi)
  if(NOT ${package}_DIR)
    execute_process(
      COMMAND ${Python3_EXECUTABLE} -c
        "import importlib.util as u, os; s = u.find_spec('${package}'); print(os.path.dirname(s.origin) if s else '', end='')"
      OUTPUT_VARIABLE ${package}_DIR COMMAND_ERROR_IS_FATAL ANY)
    if(NOT ${package}_DIR)
      message(FATAL_ERROR "Python package ${package} is not installed for ${Python3_EXECUTABLE}")
    endif()
  endif()
endforeach()
