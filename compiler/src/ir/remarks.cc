#include "ir/remarks.h"

#include "ir/attrs.h"
#include "ir/diagnostics.h"

namespace tltt::compiler {

std::vector<Remark> RemarksOf(const PrimFunc& func) {
  std::vector<Remark> out;
  if (auto stored = func->GetAttr<Array<Map<String, Any>>>(attr::kRemarks))
    for (const Map<String, Any>& remark : stored.value())
      out.push_back({remark.at("text").cast<String>(), remark.at("span").cast<Span>()});
  return out;
}

PrimFunc WithRemarks(PrimFunc func, const std::vector<Remark>& remarks) {
  std::vector<Remark> all = RemarksOf(func);
  for (const Remark& remark : remarks) {
    bool known = false;
    for (const Remark& other : all)
      known = known || (other.text == remark.text && (SamePlace(other.span, remark.span) || !remark.span.defined()));
    if (!known) all.push_back(remark);
  }
  if (all.empty()) return func;
  Array<Map<String, Any>> out;
  for (const Remark& remark : all)
    out.push_back(Map<String, Any>{{"text", String(remark.text)}, {"span", remark.span}});
  return WithAttr(std::move(func), attr::kRemarks, out);
}

}  // namespace tltt::compiler
