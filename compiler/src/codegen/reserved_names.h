// Names that a kernel's text cannot give to what the user named: words of C++ and what every emitted kernel has.
#pragma once

#include <set>
#include <string>

namespace tltt::compiler {

inline const std::set<std::string>& ReservedNames() {
  static const std::set<std::string> names = {
      // C++, without the words that Python reserves as well
      "alignas", "alignof", "asm", "auto", "bool", "case", "catch", "char", "char8_t", "char16_t", "char32_t",
      "concept", "const", "consteval", "constexpr", "constinit", "const_cast", "co_await", "co_return", "co_yield",
      "decltype", "default", "delete", "do", "double", "dynamic_cast", "enum", "explicit", "export", "extern", "false",
      "float", "friend", "goto", "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "nullptr",
      "operator", "private", "protected", "public", "register", "reinterpret_cast", "requires", "short", "signed",
      "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this", "thread_local",
      "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void",
      "volatile", "wchar_t", "xor", "bitand", "bitor", "compl", "and_eq", "or_eq", "xor_eq", "not_eq",
      // of every emitted kernel
      "kernel_main", "main", "std", "tt"};
  return names;
}

}  // namespace tltt::compiler
