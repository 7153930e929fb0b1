"""Kernels on dtypes that the tile engine has no arithmetic for."""

import tilelang.language as T


def cast(n, block, source, target):
    """Each element of one dtype as the other."""

    @T.prim_func
    def main(A: T.Tensor((n,), source), B: T.Tensor((n,), target)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                B[bx * block + i] = T.cast(A[bx * block + i], target)

    return main


def binary(n, block, dtype, combine):
    @T.prim_func
    def main(A: T.Tensor((n,), dtype), B: T.Tensor((n,), dtype), C: T.Tensor((n,), dtype)):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                C[bx * block + i] = combine(A[bx * block + i], B[bx * block + i])

    return main


def gather_by_int64(rows, width, tokens, block, dtype="bfloat16"):
    @T.prim_func
    def main(
        table: T.Tensor((rows, width), dtype), ids: T.Tensor((tokens,), "int64"), out: T.Tensor((tokens, width), dtype)
    ):
        with T.Kernel(T.ceildiv(tokens, block), threads=128) as bx:
            for i, j in T.Parallel(block, width):
                out[bx * block + i, j] = table[ids[bx * block + i], j]

    return main


def narrow_gemm(M, N, K, bm, bn, bk, dtype, out, other=None):
    """A @ B^T of 8-bit numbers, summed in fp32; B may be of another dtype."""
    b_dtype = other or dtype

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((N, K), b_dtype), C: T.Tensor((M, N), out)):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bn, bk), b_dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[bx * bn, k * bk], b)
                T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * bm, bx * bn])

    return main


def integer_gemm(M, N, K, bm, bn, bk, dtype, clear=False):
    """A @ B^T in int32; with `clear` each step of the loop over K begins anew, so that the last one stays."""

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((N, K), dtype), C: T.Tensor((M, N), "int32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            b = T.alloc_shared((bn, bk), dtype)
            c = T.alloc_fragment((bm, bn), "int32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[bx * bn, k * bk], b)
                T.gemm(a, b, c, transpose_B=True, clear_accum=clear)
            T.copy(c, C[by * bm, bx * bn])

    return main


def dequantized_gemm(M, N, K, bm, bn, bk, bits, signed, dtype="bfloat16"):
    """A @ dequantized(B)^T: numbers of 4 or 2 bits, the lowest first in a byte, minus half their range if signed."""
    per_byte = 8 // bits
    middle = 1 << (bits - 1) if signed else 0

    @T.prim_func
    def main(A: T.Tensor((M, K), dtype), B: T.Tensor((N, K // per_byte), "uint8"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, bn), T.ceildiv(M, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), dtype)
            packed = T.alloc_shared((bn, bk // per_byte), "uint8")
            b = T.alloc_shared((bn, bk), dtype)
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * bm, k * bk], a)
                T.copy(B[bx * bn, k * bk // per_byte], packed)
                for i, j in T.Parallel(bn, bk):
                    value = (packed[i, j // per_byte] >> T.cast(j % per_byte * bits, "uint8")) & T.uint8(
                        (1 << bits) - 1
                    )
                    b[i, j] = T.cast(T.cast(value, "int32") - middle, dtype)
                T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * bm, bx * bn])

    return main


def fp4_to_bfloat16(n, block):
    """fp4 (e2m1), two in a byte, as bfloat16 by bits: sign, two bits of exponent, one of mantissa."""

    @T.prim_func
    def main(A: T.Tensor((n // 2,), "uint8"), B: T.Tensor((n,), "bfloat16")):
        with T.Kernel(T.ceildiv(n, block), threads=128) as bx:
            for i in T.Parallel(block):
                at = bx * block + i
                bits = T.cast((A[at // 2] >> T.cast(at % 2 * 4, "uint8")) & T.uint8(15), "uint16")
                exponent = (bits >> T.uint16(1)) & T.uint16(3)
                mantissa = bits & T.uint16(1)
                sign = (bits >> T.uint16(3)) << T.uint16(15)
                B[at] = T.if_then_else(
                    exponent == T.uint16(0),
                    T.if_then_else(
                        mantissa == T.uint16(0),
                        T.reinterpret(sign, "bfloat16"),
                        T.reinterpret(sign | T.uint16(126 << 7), "bfloat16"),
                    ),
                    T.reinterpret(
                        sign | ((exponent + T.uint16(126)) << T.uint16(7)) | (mantissa << T.uint16(6)), "bfloat16"
                    ),
                )

    return main


def fp4_gemm(M, N, K, bk):
    """C = A @ B^T of bfloat16 and fp4 (e2m1), two in a byte, with a power of two for each 32 of a row (mxfp4)."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "bfloat16"),
        B: T.Tensor((N, K // 2), "uint8"),
        S: T.Tensor((N, K // 32), "uint8"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=128) as (bx, by):
            a = T.alloc_shared((32, bk), "bfloat16")
            packed = T.alloc_shared((32, bk // 2), "uint8")
            scale = T.alloc_shared((32, bk // 32), "uint8")
            b = T.alloc_shared((32, bk), "bfloat16")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(A[by * 32, k * bk], a)
                T.copy(B[bx * 32, k * bk // 2], packed)
                T.copy(S[bx * 32, k * bk // 32], scale)
                for i, j in T.Parallel(32, bk):
                    bits = (packed[i, j // 2] >> T.cast((j % 2) * 4, "uint8")) & T.uint8(15)
                    exponent = T.cast((bits >> T.uint8(1)) & T.uint8(3), "int32")
                    half = T.cast(bits & T.uint8(1), "float32") * 0.5
                    size = T.if_then_else(exponent == 0, half, (1.0 + half) * T.exp2(T.cast(exponent - 1, "float32")))
                    factor = T.exp2(T.cast(T.cast(scale[i, j // 32], "int32") - 127, "float32"))
                    b[i, j] = T.cast(
                        T.if_then_else((bits >> T.uint8(3)) != T.uint8(0), -size, size) * factor, "bfloat16"
                    )
                T.gemm(a, b, c, transpose_B=True)
            T.copy(c, C[by * 32, bx * 32])

    return main


def printing(n, message):
    @T.prim_func
    def main(A: T.Tensor((n,), "float32"), B: T.Tensor((n,), "float32")):
        with T.Kernel(1, threads=128) as bx:
            s = T.alloc_shared((n,), "float32")
            T.copy(A, s)
            T.print(s, msg=message)
            T.print(bx + 7, msg="block")
            T.copy(s, B)

    return main


def asserting(n, limit):
    @T.prim_func
    def main(A: T.Tensor((n,), "int32"), B: T.Tensor((n,), "int32")):
        with T.Kernel(1, threads=128) as _:
            for i in T.serial(n):
                T.device_assert(A[i] < limit, "an element is too large")
                B[i] = A[i] + 1

    return main


def infinities(n, dtype):
    @T.prim_func
    def main(A: T.Tensor((n,), dtype)):
        with T.Kernel(1, threads=32):
            T.annotate_min_blocks_per_sm(2)  # of GPUs alone
            T.fill(A, T.infinity(dtype))

    return main
