// The runtime arguments of a kernel that shares operands along an axis ("row" or "column"): whether its core is the one
// that reads and sends; where that core is on the NoC; the corners of the rectangle that it sends to, itself included.
#pragma once

#include <string>
#include <vector>

namespace tltt::compiler {

struct MulticastArgs {
  explicit MulticastArgs(const std::string& axis)
      : sends(axis + "_sends"),
        sender_x(axis + "_sender_x"),
        sender_y(axis + "_sender_y"),
        start_x(axis + "_start_x"),
        start_y(axis + "_start_y"),
        end_x(axis + "_end_x"),
        end_y(axis + "_end_y") {}
  std::string sends, sender_x, sender_y, start_x, start_y, end_x, end_y;
  std::vector<std::string> All() const { return {sends, sender_x, sender_y, start_x, start_y, end_x, end_y}; }
};

inline const std::vector<std::string>& MulticastAxes() {
  static const std::vector<std::string> axes{"row", "column"};
  return axes;
}

inline bool IsMulticastArg(const std::string& name) {
  for (const std::string& axis : MulticastAxes())
    for (const std::string& arg : MulticastArgs(axis).All())
      if (arg == name) return true;
  return false;
}

}  // namespace tltt::compiler
