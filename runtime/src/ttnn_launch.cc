#include "ttnn_launch.h"

#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <cstring>
#include <vector>

#include "transfer.h"

namespace tltt {
namespace {

namespace ffi = tvm::ffi;

std::vector<std::byte*> PagePointers(const Tensor& tensor, char* data) {
  std::vector<std::byte*> pages(PageCount(tensor));
  for (size_t page = 0; page < pages.size(); ++page) {
    pages[page] = reinterpret_cast<std::byte*>(data) + page * tensor.page_size;
  }
  return pages;
}

}  // namespace

std::string LaunchOnTtnn(const Program& program, const FileMap& files, std::span<const HostTensor> tensors) {
  CheckArguments(program, tensors);
  ffi::Map<ffi::String, ffi::String> texts;
  for (const auto& [name, text] : files) texts.Set(name, text);
  ffi::Array<ffi::Bytes> sent;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    std::string bytes(PageCount(tensor) * tensor.page_size, '\0');
    FillPages(tensor, tensors[i], PagePointers(tensor, bytes.data()));
    sent.push_back(ffi::Bytes(std::move(bytes)));
  }
  const auto launch = ffi::Function::GetGlobalRequired("tltt.ttnn.launch");
  const auto answer = launch(texts, sent).cast<ffi::Array<ffi::Any>>();

  size_t next = 1;  // after the report: the tensors that were written
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    if (tensor.access == Access::kIn) continue;
    const auto bytes = answer[next++].cast<ffi::Bytes>();
    std::string pages(bytes.data(), bytes.size());
    if (pages.size() != PageCount(tensor) * tensor.page_size) {
      throw std::runtime_error("tensor " + tensor.name + " came back with " + std::to_string(pages.size()) + " bytes");
    }
    TakePages(tensor, PagePointers(tensor, pages.data()), tensors[i]);
  }
  return answer[0].cast<ffi::String>();
}

}  // namespace tltt
