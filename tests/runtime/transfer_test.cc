#include "transfer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "tltt/chip.h"

namespace tltt {
namespace {

class Transfer : public ::testing::Test {
 protected:
  emu::Device device_{ChipByName("n150")};

  static Tensor Make(std::vector<int64_t> shape, const char* dtype = "float32") {
    Tensor tensor;
    tensor.name = "t";
    tensor.dtype = dtype;
    tensor.shape = std::move(shape);
    tensor.format = *DataFormatOfDtype(dtype);
    tensor.page_size = TileBytes(tensor.format);
    return tensor;
  }

  static HostTensor View(std::vector<float>& values, const Tensor& tensor, std::vector<int64_t> strides) {
    HostTensor host;
    host.data = reinterpret_cast<std::byte*>(values.data());
    host.dtype = tensor.dtype;
    host.shape = tensor.shape;
    host.strides = std::move(strides);
    return host;
  }

  float At(const emu::Buffer& buffer, uint64_t page, int index) {
    float value;
    std::memcpy(&value, device_.Page(buffer, page) + index * sizeof(float), sizeof value);
    return value;
  }
};

std::vector<float> Counting(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

TEST_F(Transfer, CountsPagesOfEveryRank) {
  EXPECT_EQ(PageCount(Make({33, 65})), 2u * 3u);
  EXPECT_EQ(PageCount(Make({4, 5, 32, 32})), 20u);
  EXPECT_EQ(PageCount(Make({70})), 3u);
  EXPECT_EQ(PageCount(Make({})), 1u);
  Tensor batch_last = Make({64, 10, 32});
  batch_last.tile_axes = {0, 2};
  EXPECT_EQ(PageCount(batch_last), 10u * 2u);
  Tensor vectors = Make({5, 64});
  vectors.tile_axes = {-1, 1};
  EXPECT_EQ(PageCount(vectors), 5u * 2u);
}

TEST_F(Transfer, FacesLieWhereTheHardwareWantsThem) {
  const Tensor tensor = Make({32, 32});
  std::vector<float> values = Counting(1024);
  const emu::Buffer buffer = device_.Allocate(1, tensor.page_size);
  WriteToDevice(tensor, View(values, tensor, {32, 1}), buffer, device_);
  EXPECT_EQ(At(buffer, 0, 0), values[0]);
  EXPECT_EQ(At(buffer, 0, 15), values[15]);
  EXPECT_EQ(At(buffer, 0, 16), values[32]) << "row 1 of face 0";
  EXPECT_EQ(At(buffer, 0, 256), values[16]) << "face 1: columns 16..31";
  EXPECT_EQ(At(buffer, 0, 512), values[16 * 32]) << "face 2: rows 16..31";
  device_.Free(buffer);
}

TEST_F(Transfer, VectorsFillTiles) {
  Tensor tensor = Make({3, 192});
  tensor.vector = 96;  // three rows of 32
  EXPECT_EQ(PageCount(tensor), 3u * 2u);
  std::vector<float> values = Counting(3 * 192), back(3 * 192);
  const emu::Buffer buffer = device_.Allocate(6, tensor.page_size);
  WriteToDevice(tensor, View(values, tensor, {192, 1}), buffer, device_);
  EXPECT_EQ(At(buffer, 1, 16), values[96 + 32]) << "the second vector of the first row, its second row of 32";
  EXPECT_EQ(At(buffer, 5, 32), values[2 * 192 + 96 + 64]);
  EXPECT_EQ(At(buffer, 5, 48), 0.0F) << "rows beyond the vector";
  ReadFromDevice(tensor, buffer, device_, View(back, tensor, {192, 1}));
  EXPECT_EQ(back, values);
  device_.Free(buffer);
}

TEST_F(Transfer, EdgesReadAsZero) {
  const Tensor tensor = Make({33, 40});
  std::vector<float> values = Counting(33 * 40);
  const emu::Buffer buffer = device_.Allocate(4, tensor.page_size);
  WriteToDevice(tensor, View(values, tensor, {40, 1}), buffer, device_);
  EXPECT_EQ(At(buffer, 1, 7), values[39]);
  EXPECT_EQ(At(buffer, 1, 8), 0.0F);
  EXPECT_EQ(At(buffer, 2, 0), values[32 * 40]);
  EXPECT_EQ(At(buffer, 2, 16), 0.0F);
  device_.Free(buffer);
}

// Writes through one view and reads back through another; what came back is compared element by element.
TEST_F(Transfer, StridedViewsRoundTrip) {
  Tensor tensor = Make({3, 45, 50});
  const size_t count = 3 * 45 * 50;
  for (const std::vector<int>& axes : {std::vector<int>{}, {0, 2}, {2, 1}, {-1, 1}}) {
    tensor.tile_axes = axes;
    std::vector<float> in = Counting(count * 2), out(count * 3, -1.0F);
    const std::vector<int64_t> from{1, 6, 6 * 45}, to{45 * 50 * 3, 50 * 3, 3};
    const emu::Buffer buffer = device_.Allocate(PageCount(tensor), tensor.page_size);
    WriteToDevice(tensor, View(in, tensor, from), buffer, device_);
    ReadFromDevice(tensor, buffer, device_, View(out, tensor, to));
    size_t wrong = 0, touched = 0;
    for (int64_t i = 0; i < 3; ++i) {
      for (int64_t j = 0; j < 45; ++j) {
        for (int64_t k = 0; k < 50; ++k) {
          wrong += out[i * to[0] + j * to[1] + k * to[2]] != in[i * from[0] + j * from[1] + k * from[2]];
        }
      }
    }
    for (float value : out) touched += value != -1.0F;
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(touched, count) << "elements between the view's were written";
    device_.Free(buffer);
  }
}

TEST_F(Transfer, RowMajorPagesAreRows) {
  Tensor tensor = Make({4, 5});
  tensor.layout = TensorLayout::kRowMajor;
  tensor.page_size = 32;
  EXPECT_EQ(PageCount(tensor), 4u);
  std::vector<float> values = Counting(20), out(20);
  const emu::Buffer buffer = device_.Allocate(4, tensor.page_size);
  WriteToDevice(tensor, View(values, tensor, {5, 1}), buffer, device_);
  EXPECT_EQ(At(buffer, 2, 4), values[14]);
  EXPECT_EQ(At(buffer, 2, 5), 0.0F);
  ReadFromDevice(tensor, buffer, device_, View(out, tensor, {5, 1}));
  EXPECT_EQ(out, values);
  device_.Free(buffer);
}

TEST_F(Transfer, UnwrittenPagesKeepTheCallersValues) {
  const Tensor tensor = Make({32, 64});
  std::vector<float> values(32 * 64, 7.0F);
  const emu::Buffer buffer = device_.Allocate(2, tensor.page_size);
  ReadFromDevice(tensor, buffer, device_, View(values, tensor, {64, 1}));
  EXPECT_EQ(values, std::vector<float>(32 * 64, 7.0F));
  device_.Free(buffer);
}

TEST_F(Transfer, ForeignFormatsAreRefused) {
  Tensor tensor = Make({32, 32});
  tensor.format = DataFormat::kBfp8_b;
  EXPECT_EQ(PageCount(tensor), 1u) << "block floats take fp32";
  tensor.format = DataFormat::kInt32;
  EXPECT_THROW(PageCount(tensor), std::invalid_argument);
}

}  // namespace
}  // namespace tltt
