// A2: the tile page in which each tensor travels.
//
// Before: tt.buffer.A = {dtype: "bfloat16", ...}
// After:  attrs += { tt.cb.A = {page_size: 2048, depth: 2, data_format: "Float16_b"} }
//
// depth is the default number of blocks that a circular buffer fed from the tensor holds; C3 raises it to the
// pipeline's number of stages and lowers it where L1 is short.
#include "ir/diagnostics.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {

Pass PropagateTTLayout() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    for (const TensorRecord& t : TensorsOf(func)) {
      Map<String, Any> cb{{"page_size", Integer(t.PageBytes())},
                          {"depth", Integer(t.cb_depth ? t.cb_depth : 2)},
                          {"data_format", String(DataFormatName(t.Format()))}};
      func = WithAttr(std::move(func), attr::kCbPrefix + t.name, cb);
    }
    return func;
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.PropagateTTLayout", {});
}

}  // namespace tltt::compiler
