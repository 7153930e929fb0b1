// C++ that kernels with loops over elements carry along: number formats, pages of tensors, tiles as rows.
#pragma once

namespace tltt::compiler::element_text {

inline constexpr char kBf16[] = R"(
// bfloat16 in memory, float in arithmetic; rounds to nearest, ties to even.
struct bf16 {
    uint16_t bits;
    bf16() = default;
    bf16(float x) {
        const uint32_t u = std::bit_cast<uint32_t>(x);
        const bool nan = (u & 0x7fffffff) > 0x7f800000;
        bits = static_cast<uint16_t>(nan ? u >> 16 | 0x40 : (u + 0x7fff + (u >> 16 & 1)) >> 16);
    }
    operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};
)";

inline constexpr char kFp16[] = R"(
// float16 in memory, float in arithmetic; rounds to nearest, ties to even.
struct fp16 {
    uint16_t bits;
    fp16() = default;
    fp16(float x) {
        const uint32_t u = std::bit_cast<uint32_t>(x), magnitude = u & 0x7fffffff;
        uint32_t h;
        if (magnitude > 0x7f800000) {
            h = 0x7e00;  // NaN
        } else if (magnitude >= 0x477ff000) {
            h = 0x7c00;  // beyond the largest: infinity
        } else if (magnitude < 0x38800000) {  // subnormal: the last place of 0.5f + x counts 2^-24
            h = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;
        } else {
            h = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
        }
        bits = static_cast<uint16_t>(u >> 16 & 0x8000) | static_cast<uint16_t>(h);
    }
    operator float() const {
        const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
        uint32_t u = (magnitude << 13) + 0x38000000;
        if (magnitude >= 0x7c00) u = magnitude << 13 | 0x7f800000;
        if (magnitude < 0x400) u = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude | 0x3f000000) - 0.5f);
        return std::bit_cast<float>(sign | u);
    }
};
)";

inline constexpr char kFp8[] = R"(
// Floats of 8 bits in memory, float in arithmetic; round to nearest, ties to even. What is too large becomes the largest
// number.
template <uint32_t kMantissa, uint32_t kBias, uint32_t kLargest>
struct fp8 {
    uint8_t bits;
    fp8() = default;
    fp8(float x) {
        constexpr uint32_t kShift = 23 - kMantissa, kSmallest = (128 - kBias) << 23, kRebias = (127 - kBias) << 23;
        constexpr uint32_t kAnchor = (151 - kBias - kMantissa) << 23;  // its last place is that of subnormals
        const uint32_t u = std::bit_cast<uint32_t>(x), magnitude = u & 0x7fffffff;
        uint32_t q;
        if (magnitude < kSmallest) {
            q = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + std::bit_cast<float>(kAnchor)) - kAnchor;
        } else {
            q = (magnitude - kRebias + (1u << (kShift - 1)) - 1 + (magnitude >> kShift & 1)) >> kShift;
        }
        if (q > kLargest) q = kLargest;
        if (magnitude > 0x7f800000) q = 0x7f;  // NaN
        bits = static_cast<uint8_t>((u >> 24 & 0x80) | q);
    }
    operator float() const {
        const uint32_t sign = static_cast<uint32_t>(bits & 0x80) << 24, magnitude = bits & 0x7f;
        uint32_t u = (magnitude << (23 - kMantissa)) + ((127 - kBias) << 23);
        if (magnitude < 1u << kMantissa) {
            const float place = std::bit_cast<float>((128 - kBias - kMantissa) << 23);
            u = std::bit_cast<uint32_t>(static_cast<float>(magnitude) * place);
        }
        if (magnitude > kLargest) u = magnitude == 0x7c ? 0x7f800000 : 0x7fc00000;
        return std::bit_cast<float>(sign | u);
    }
};
using fp8_e4m3 = fp8<3, 7, 0x7e>;
using fp8_e5m2 = fp8<2, 15, 0x7b>;
)";

inline constexpr char kFp8E8m0[] = R"(
// A power of two in a byte, float in arithmetic. A number becomes the least power of two that is not below its
// magnitude, or the largest one; there is no zero, no sign and no infinity.
struct fp8_e8m0 {
    uint8_t bits;
    fp8_e8m0() = default;
    fp8_e8m0(float x) {
        const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffff;
        uint32_t exponent = (magnitude >> 23) + ((magnitude & 0x7fffff) != 0);
        if (magnitude <= 0x00400000) exponent = 0;  // 2^-127, which floats have as a subnormal, or less
        if (exponent > 0xfe) exponent = 0xfe;
        bits = static_cast<uint8_t>(magnitude > 0x7f800000 ? 0xff : exponent);
    }
    operator float() const {
        const uint32_t u = bits == 0 ? 0x00400000 : bits == 0xff ? 0x7fc00000 : static_cast<uint32_t>(bits) << 23;
        return std::bit_cast<float>(u);
    }
};
)";

inline constexpr char kFp4[] = R"(
// float4_e2m1fn in the lowest bits of a byte, float in arithmetic; rounds to nearest, ties to even. What is too large
// becomes 6, and so does NaN.
struct fp4_e2m1 {
    uint8_t bits;
    fp4_e2m1() = default;
    fp4_e2m1(float x) {
        const uint32_t u = std::bit_cast<uint32_t>(x), magnitude = u & 0x7fffffff;
        uint32_t q = 7;
        if (magnitude < 0x3f800000) {  // below 1 a place is 1/2, as in the last bit of 2^22 + x
            q = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 4194304.0f) - 0x4a800000;
        } else if (magnitude < 0x40e00000) {  // 7, behind which all is too large
            q = (magnitude - 0x3f000000 + 0x1fffff + (magnitude >> 22 & 1)) >> 22;
        }
        if (q > 7) q = 7;
        bits = static_cast<uint8_t>((magnitude > 0x7f800000 ? 0 : u >> 28 & 8) | q);
    }
    operator float() const {
        const uint32_t sign = static_cast<uint32_t>(bits & 8) << 28, magnitude = bits & 7;
        const uint32_t u = magnitude == 0 ? 0 : magnitude == 1 ? 0x3f000000 : (magnitude << 22) + 0x3f000000;
        return std::bit_cast<float>(sign | u);
    }
};
)";

inline constexpr char kTileElement[] = R"(
// Place of element (row, col) in its 32x32 tile: four faces of 16x16, one after the other.
inline uint32_t tile_element(uint32_t row, uint32_t col) {
    return (row & 16) << 5 | (col & 16) << 4 | (row & 15) << 4 | (col & 15);
}
)";

inline constexpr char kElements[] = R"(
// A tensor element by element, through a copy of one page in L1. What is written goes out as runs of bytes, so that
// cores which write other elements of the page do not disturb each other.
template <typename T, typename Accessor>
class Elements {
   public:
    Elements(const Accessor& tensor, uint32_t l1_addr) : tensor_(tensor), l1_addr_(l1_addr) {}

    T get(uint32_t page, uint32_t at) {
        if (page != page_ || !complete_) {
            flush();
            noc_async_read_page(page, tensor_, l1_addr_);
            noc_async_read_barrier();
            asm volatile("" ::: "memory");
            page_ = page;
            complete_ = true;
        }
        return reinterpret_cast<const T*>(l1_addr_)[at];
    }
    void set(uint32_t page, uint32_t at, T value) {
        const uint32_t byte = at * sizeof(T);
        if (page != page_ || byte < begin_ || byte > end_) {
            flush();
            complete_ = complete_ && page == page_;
            page_ = page;
            begin_ = end_ = byte;
        }
        reinterpret_cast<T*>(l1_addr_)[at] = value;
        if (byte == end_) end_ += sizeof(T);
    }
    void forget() {
        flush();
        page_ = kNone;
    }

   private:
    void flush() {
        if (begin_ == end_) return;
        asm volatile("" ::: "memory");
        noc_async_write(l1_addr_ + begin_, tensor_.get_noc_addr(page_, begin_), end_ - begin_);
        noc_async_write_barrier();
        begin_ = end_ = 0;
    }

    static constexpr uint32_t kNone = 0xffffffff;
    const Accessor& tensor_;
    uint32_t l1_addr_;
    uint32_t page_ = kNone;
    bool complete_ = false;           // all of the page is in L1, not only what was written
    uint32_t begin_ = 0, end_ = 0;  // bytes written and not yet sent
};
template <typename T, typename Accessor>
Elements<T, Accessor> make_elements(const Accessor& tensor, uint32_t l1_addr) {
    return {tensor, l1_addr};
}
)";

inline constexpr char kTurn[] = R"(
// The core's turn at tensors that all cores update. One core has it at a time; it goes around all cores once for each
// block, in an order that never changes, and with it go sums of floats.
class Turn {
   public:
    // `begins`: has the first turn of all. Number of blocks of the core behind this one, and of the first core.
    Turn(uint32_t semaphore, bool begins, uint64_t next, uint32_t next_blocks, uint64_t first, uint32_t first_blocks)
        : semaphore_(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore)),
          given_(begins),
          next_(next),
          next_blocks_(next_blocks),
          first_(first),
          first_blocks_(first_blocks) {}

    void take() {
        if (held_) return;
        if (!given_) {
            noc_semaphore_wait(semaphore_, 1);
            noc_semaphore_set(semaphore_, 0);
        }
        given_ = false;
        held_ = true;
    }
    // Behind the core's block number `block`: what it wrote has arrived before the next core begins.
    void pass(uint32_t block) {
        take();
        held_ = false;
        noc_async_write_barrier();
        if (block < next_blocks_) {
            noc_semaphore_inc(next_, 1);
        } else if (block + 1 < first_blocks_) {
            noc_semaphore_inc(first_, 1);
        }
    }

   private:
    volatile tt_l1_ptr uint32_t* semaphore_;
    bool given_, held_ = false;
    uint64_t next_;
    uint32_t next_blocks_;
    uint64_t first_;
    uint32_t first_blocks_;
};
)";

inline constexpr char kRowsAndTiles[] = R"(
// body(place among the tiles, row, col, inside) for every element of the tiles that hold batches of rows x cols.
template <typename Body>
inline void for_tiles(uint32_t batches, uint32_t rows, uint32_t cols, bool transposed, Body body) {
    const uint32_t tile_rows = (rows + 31) / 32, tile_cols = (cols + 31) / 32;
    for (uint32_t b = 0; b < batches; ++b) {
        for (uint32_t r = 0; r < tile_rows * 32; ++r) {
            for (uint32_t c = 0; c < tile_cols * 32; ++c) {
                const uint32_t tile = transposed ? c / 32 * tile_rows + r / 32 : r / 32 * tile_cols + c / 32;
                const uint32_t place = (b * tile_rows * tile_cols + tile) * 1024 + tile_element(r, c);
                body(place, (b * rows + r) * cols + c, r < rows && c < cols);
            }
        }
    }
}
template <typename T>
inline void tiles_to_rows(uint32_t l1_addr, T* to, uint32_t batches, uint32_t rows, uint32_t cols, bool transposed) {
    const T* from = reinterpret_cast<const T*>(l1_addr);
    for_tiles(batches, rows, cols, transposed, [&](uint32_t place, uint32_t at, bool inside) {
        if (inside) to[at] = from[place];
    });
}
template <typename T>
inline void rows_to_tiles(const T* from, uint32_t l1_addr, uint32_t batches, uint32_t rows, uint32_t cols,
                          bool transposed) {
    T* to = reinterpret_cast<T*>(l1_addr);
    for_tiles(batches, rows, cols, transposed, [&](uint32_t place, uint32_t at, bool inside) {
        to[place] = inside ? from[at] : T(0);  // beyond the edge tiles hold zeros
    });
    asm volatile("" ::: "memory");
}
)";

inline constexpr char kPhilox[] = R"(
// Number n of a sequence of random ones: Philox4x32 with 10 rounds, four numbers to a block.
inline uint32_t philox(uint64_t seed, uint64_t sequence, uint64_t n) {
    const auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
    const auto high = [](uint64_t x) { return static_cast<uint32_t>(x >> 32); };
    uint32_t block[4] = {low(n >> 2), high(n >> 2), low(sequence), high(sequence)};
    uint32_t key[2] = {low(seed), high(seed)};
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = uint64_t{0xD2511F53} * block[0], b = uint64_t{0xCD9E8D57} * block[2];
        const uint32_t first = high(b) ^ block[1] ^ key[0], third = high(a) ^ block[3] ^ key[1];
        block[0] = first, block[1] = low(b), block[2] = third, block[3] = low(a);
        key[0] += 0x9E3779B9, key[1] += 0xBB67AE85;
    }
    return block[n & 3];
}
)";

inline constexpr char kFloorDiv[] = R"(
// Division that rounds down, and its remainder, which has the divisor's sign.
template <typename T>
inline T floor_div(T a, T b) {
    const T q = a / b;
    return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}
template <typename T>
inline T floor_mod(T a, T b) {
    return a - floor_div(a, b) * b;
}
)";

}  // namespace tltt::compiler::element_text
