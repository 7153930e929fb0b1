"""Kernels that the rows on the compiler's optimiser compile: plain TileLang, as its examples write it."""

from typing import Any


def gemm(
    m: int,
    k: int,
    n: int,
    block: tuple[int, int, int],  # of M, N, K
    accum: str = "float32",
    data_format: str = "bfloat16",
    stages: int = 2,
    shards: tuple[int, int] | None = None,  # rows and columns of cores whose L1 holds A and C; None: DRAM
) -> Any:
    import tilelang.language as T

    from tilelang_tenstorrent import annotate_tt_layout, annotate_tt_schedule, block_sharded

    block_m, block_n, block_k = block

    @T.prim_func
    def main(
        A: T.Tensor((m, k), "bfloat16"),
        B: T.Tensor((k, n), "bfloat16"),
        C: T.Tensor((m, n), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(n, block_n), T.ceildiv(m, block_m), threads=128) as (bx, by):
            a = T.alloc_shared((block_m, block_k), "bfloat16")
            b = T.alloc_shared((block_k, block_n), "bfloat16")
            c = T.alloc_fragment((block_m, block_n), accum)
            T.clear(c)
            for k_step in T.Pipelined(T.ceildiv(k, block_k), num_stages=stages):
                T.copy(A[by * block_m, k_step * block_k], a)
                T.copy(B[k_step * block_k, bx * block_n], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block_m, bx * block_n])

    layouts: dict[str, dict[str, Any]] = {name: {"data_format": data_format} for name in ("A", "B", "C")}
    if shards:
        for name in ("A", "C"):
            layouts[name] |= {"memory": "L1", "nd_shard": block_sharded(*shards)}
        # The same cores do the same blocks, and share operands.
        return annotate_tt_schedule(annotate_tt_layout(main, layouts), {"partition_mode": "global"})
    return annotate_tt_layout(main, layouts)


def gemm_of_blocks(m: int, k: int, n: int, block_m: int, block_n: int, block_k: int) -> Any:
    return gemm(m, k, n, (block_m, block_n, block_k))


def elementwise(size: int, block: int) -> Any:
    import tilelang.language as T

    @T.prim_func
    def main(
        A: T.Tensor((size, size), "bfloat16"),
        B: T.Tensor((size, size), "bfloat16"),
        C: T.Tensor((size, size), "bfloat16"),
    ):
        with T.Kernel(size // block, size // block, threads=128) as (bx, by):
            for i, j in T.Parallel(block, block):
                C[by * block + i, bx * block + j] = (
                    A[by * block + i, bx * block + j] + B[by * block + i, bx * block + j]
                )

    return main


def softmax(rows: int, columns: int, block: int) -> Any:
    import tilelang.language as T

    scale = 1.44269504

    @T.prim_func
    def main(A: T.Tensor((rows, columns), "bfloat16"), B: T.Tensor((rows, columns), "bfloat16")):
        with T.Kernel(rows // block, threads=128) as bx:
            x = T.alloc_fragment((block, columns), "bfloat16")
            largest = T.alloc_fragment((block,), "float32")
            total = T.alloc_fragment((block,), "float32")
            T.copy(A[bx * block, 0], x)
            T.reduce_max(x, largest, dim=1)
            for i, j in T.Parallel(block, columns):
                x[i, j] = T.exp2((x[i, j] - largest[i]) * scale)
            T.reduce_sum(x, total, dim=1)
            for i, j in T.Parallel(block, columns):
                x[i, j] = x[i, j] / total[i]
            T.copy(x, B[bx * block, 0])

    return main


def rmsnorm(rows: int, columns: int, block: int) -> Any:
    import tilelang.language as T

    @T.prim_func
    def main(A: T.Tensor((rows, columns), "bfloat16"), B: T.Tensor((rows, columns), "bfloat16")):
        with T.Kernel(rows // block, threads=128) as bx:
            x = T.alloc_fragment((block, columns), "bfloat16")
            squares = T.alloc_fragment((block, columns), "float32")
            scale = T.alloc_fragment((block,), "float32")
            T.copy(A[bx * block, 0], x)
            for i, j in T.Parallel(block, columns):
                squares[i, j] = x[i, j] * x[i, j]
            T.reduce_sum(squares, scale, dim=1)
            for i in T.Parallel(block):
                scale[i] = T.rsqrt(scale[i] / columns + 1e-6)
            for i, j in T.Parallel(block, columns):
                x[i, j] = x[i, j] * scale[i]
            T.copy(x, B[bx * block, 0])

    return main


def attention(heads: int, kv_heads: int, sequence: int, dim: int, block: int) -> Any:
    """Flash attention forward, causal, with grouped heads, as TileLang's example writes it."""
    import tilelang.language as T

    scale = (1.0 / dim) ** 0.5 * 1.44269504
    minus_infinity = -T.infinity("float32")
    group = heads // kv_heads

    @T.prim_func
    def main(
        Q: T.Tensor((1, heads, sequence, dim), "bfloat16"),
        K: T.Tensor((1, kv_heads, sequence, dim), "bfloat16"),
        V: T.Tensor((1, kv_heads, sequence, dim), "bfloat16"),
        O: T.Tensor((1, heads, sequence, dim), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(sequence, block), heads, 1, threads=128) as (bx, by, bz):
            q = T.alloc_shared([block, dim], "bfloat16")
            k_s = T.alloc_shared([block, dim], "bfloat16")
            v_s = T.alloc_shared([block, dim], "bfloat16")
            o_s = T.alloc_shared([block, dim], "bfloat16")
            s = T.alloc_fragment([block, block], "float32")
            s_cast = T.alloc_fragment([block, block], "bfloat16")
            o = T.alloc_fragment([block, dim], "float32")
            largest = T.alloc_fragment([block], "float32")
            before = T.alloc_fragment([block], "float32")
            rescale = T.alloc_fragment([block], "float32")
            step_sum = T.alloc_fragment([block], "float32")
            total = T.alloc_fragment([block], "float32")
            T.copy(Q[bz, by, bx * block : (bx + 1) * block, :], q)
            T.fill(o, 0)
            T.fill(total, 0)
            T.fill(largest, minus_infinity)
            for k in T.Pipelined(bx + 1, num_stages=1):  # TileLang's CUDA code generator takes no more stages here
                T.copy(K[bz, by // group, k * block : (k + 1) * block, :], k_s)
                for i, j in T.Parallel(block, block):
                    s[i, j] = T.if_then_else(bx * block + i >= k * block + j, 0, minus_infinity)
                T.gemm(q, k_s, s, transpose_B=True, policy=T.GemmWarpPolicy.FullRow)
                T.copy(largest, before)
                T.fill(largest, minus_infinity)
                T.reduce_max(s, largest, dim=1, clear=False)
                for i in T.Parallel(block):
                    largest[i] = T.max(largest[i], before[i])
                for i in T.Parallel(block):
                    rescale[i] = T.exp2(before[i] * scale - largest[i] * scale)
                for i, j in T.Parallel(block, block):
                    s[i, j] = T.exp2(s[i, j] * scale - largest[i] * scale)
                T.reduce_sum(s, step_sum, dim=1)
                for i in T.Parallel(block):
                    total[i] = total[i] * rescale[i] + step_sum[i]
                T.copy(s, s_cast)
                for i, j in T.Parallel(block, dim):
                    o[i, j] *= rescale[i]
                T.copy(V[bz, by // group, k * block : (k + 1) * block, :], v_s)
                T.gemm(s_cast, v_s, o, policy=T.GemmWarpPolicy.FullRow)
            for i, j in T.Parallel(block, dim):
                o[i, j] /= total[i]
            T.copy(o, o_s)
            T.copy(o_s, O[bz, by, bx * block : (bx + 1) * block, :])

    return main
