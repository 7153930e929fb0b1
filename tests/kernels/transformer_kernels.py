"""Kernels of a transformer, each in another style: names of TileLang's newer and older interface, tails, all dtypes."""

import tilelang.language as T


def activations(rows, columns, name, dtype, bm=32, bn=64):
    """Y = f(X), or f(X) * Z for the gated ones, in fp32."""

    def of(x):
        if name == "gelu":
            return 0.5 * x * (1.0 + T.erf(x * 0.7071067811865476))
        if name == "gelu_tanh":
            return 0.5 * x * (1.0 + T.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
        return x / (1.0 + T.exp(-x)) if name == "silu" else x * T.sigmoid(x)

    @T.prim_func
    def main(
        X: T.Tensor((rows, columns), dtype), Z: T.Tensor((rows, columns), dtype), Y: T.Tensor((rows, columns), dtype)
    ):
        with T.Kernel(T.ceildiv(columns, bn), T.ceildiv(rows, bm), threads=128) as (bx, by):
            x = T.alloc_fragment((bm, bn), dtype)
            z = T.alloc_fragment((bm, bn), dtype)
            wide = T.alloc_fragment((bm, bn), "float32")
            T.copy(X[by * bm, bx * bn], x)
            T.copy(Z[by * bm, bx * bn], z)
            T.copy(x, wide)
            for i, j in T.Parallel(bm, bn):
                wide[i, j] = of(wide[i, j]) * (z[i, j] if name == "swiglu" else 1.0)
            T.copy(wide, Y[by * bm, bx * bn])

    return main


def online_softmax(rows, columns, dtype, bm=32, bn=64):
    """Two passes over a row that does not fit: a running maximum and sum, then the quotients."""

    @T.prim_func
    def main(X: T.Tensor((rows, columns), dtype), Y: T.Tensor((rows, columns), dtype)):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_shared((bm, bn), dtype)
            e = T.alloc_fragment((bm, bn), "float32")
            m = T.alloc_fragment((bm,), "float32")
            m_new = T.alloc_fragment((bm,), "float32")
            part = T.alloc_fragment((bm,), "float32")
            d = T.alloc_fragment((bm,), "float32")
            T.fill(m, -T.infinity("float32"))
            T.clear(d)
            for k in T.Pipelined(T.ceildiv(columns, bn), num_stages=2):
                T.copy(X[bx * bm, k * bn], x)
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.if_then_else(k * bn + j < columns, x[i, j], -T.infinity("float32"))
                T.copy(m, m_new)
                T.reduce_max(e, m_new, dim=1, clear=False)
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.exp(e[i, j] - m_new[i])
                T.reduce_sum(e, part, dim=1)
                for i in T.Parallel(bm):
                    d[i] = d[i] * T.exp(m[i] - m_new[i]) + part[i]
                    m[i] = m_new[i]
            for k in T.Pipelined(T.ceildiv(columns, bn), num_stages=2):
                T.copy(X[bx * bm, k * bn], x)
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.exp(x[i, j] - m[i]) / d[i]
                T.copy(e, Y[bx * bm, k * bn])

    return main


def layernorm(rows, columns, dtype, bm=32):
    """Mean and variance in one pass over a row, with weight and bias."""

    @T.prim_func
    def main(
        X: T.Tensor((rows, columns), dtype),
        W: T.Tensor((columns,), dtype),
        B: T.Tensor((columns,), dtype),
        Y: T.Tensor((rows, columns), dtype),
    ):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_fragment((bm, columns), "float32")
            sq = T.alloc_fragment((bm, columns), "float32")
            w = T.alloc_shared((columns,), dtype)
            b = T.alloc_shared((columns,), dtype)
            mean = T.alloc_fragment((bm,), "float32")
            var = T.alloc_fragment((bm,), "float32")
            T.copy(X[bx * bm, 0], x)
            T.copy(W, w)
            T.copy(B, b)
            T.reduce_sum(x, mean, dim=-1)
            for i in T.Parallel(bm):
                mean[i] /= columns
            for i, j in T.Parallel(bm, columns):
                sq[i, j] = (x[i, j] - mean[i]) * (x[i, j] - mean[i])
            T.reduce_sum(sq, var, dim=-1)
            for i, j in T.Parallel(bm, columns):
                x[i, j] = (x[i, j] - mean[i]) * T.rsqrt(var[i] / columns + 1e-5) * w[j] + b[j]
            T.copy(x, Y[bx * bm, 0])

    return main


def rmsnorm(rows, columns, dtype, bm=32):
    @T.prim_func
    def main(X: T.Tensor((rows, columns), dtype), W: T.Tensor((columns,), dtype), Y: T.Tensor((rows, columns), dtype)):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_shared((bm, columns), dtype)
            w = T.alloc_shared((columns,), dtype)
            local = T.alloc_fragment((bm, columns), "float32")
            power = T.alloc_fragment((bm,), "float32")
            T.copy(X[bx * bm : (bx + 1) * bm, :], x)
            T.copy(W, w)
            for i, j in T.Parallel(bm, columns):
                local[i, j] = T.cast(x[i, j], "float32") * T.cast(x[i, j], "float32")
            T.reduce_sum(local, power, dim=1)
            for i, j in T.Parallel(bm, columns):
                x[i, j] = x[i, j] * T.rsqrt(power[i] / columns + 1e-6) * w[j]
            T.copy(x, Y[bx * bm : (bx + 1) * bm, :])

    return main


def mlp(rows, width, hidden, dtype, bm=32, bh=64):
    """Y = (silu(X G) * (X U)) D: three products, the hidden block by block."""

    @T.prim_func
    def main(
        X: T.Tensor((rows, width), dtype),
        G: T.Tensor((width, hidden), dtype),
        U: T.Tensor((width, hidden), dtype),
        D: T.Tensor((hidden, width), dtype),
        Y: T.Tensor((rows, width), dtype),
    ):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_shared((bm, width), dtype)
            g = T.alloc_shared((width, bh), dtype)
            u = T.alloc_shared((width, bh), dtype)
            d = T.alloc_shared((bh, width), dtype)
            h = T.alloc_shared((bm, bh), dtype)
            gate = T.alloc_fragment((bm, bh), "float32")
            up = T.alloc_fragment((bm, bh), "float32")
            y = T.alloc_fragment((bm, width), "float32")
            T.copy(X[bx * bm, 0], x)
            T.clear(y)
            for k in T.Pipelined(T.ceildiv(hidden, bh), num_stages=2):
                T.copy(G[0, k * bh], g)
                T.copy(U[0, k * bh], u)
                T.copy(D[k * bh, 0], d)
                T.gemm(x, g, gate, clear_accum=True)
                T.gemm(x, u, up, clear_accum=True)
                for i, j in T.Parallel(bm, bh):
                    h[i, j] = gate[i, j] * T.sigmoid(gate[i, j]) * up[i, j]
                T.gemm(h, d, y)
            T.copy(y, Y[bx * bm, 0])

    return main


def cross_entropy(rows, classes, dtype, bm=32, bn=64):
    """-log softmax(X)[label], by a running log of the sum; the label's element by a comparison."""

    @T.prim_func
    def main(X: T.Tensor((rows, classes), dtype), L: T.Tensor((rows,), "int32"), loss: T.Tensor((rows,), "float32")):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_shared((bm, bn), dtype)
            label = T.alloc_fragment((bm,), "int32")
            e = T.alloc_fragment((bm, bn), "float32")
            m = T.alloc_fragment((bm,), "float32")
            part = T.alloc_fragment((bm,), "float32")
            lse = T.alloc_fragment((bm,), "float32")
            mine = T.alloc_fragment((bm,), "float32")
            T.copy(L[bx * bm], label)
            T.fill(lse, -T.infinity("float32"))
            T.clear(mine)
            for k in T.serial(T.ceildiv(classes, bn)):
                T.copy(X[bx * bm, k * bn], x)
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.if_then_else(k * bn + j == label[i], x[i, j], 0.0)
                T.reduce_sum(e, mine, dim=1, clear=False)
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.if_then_else(k * bn + j < classes, x[i, j], -T.infinity("float32"))
                T.reduce_max(e, m, dim=1)
                for i in T.Parallel(bm):
                    m[i] = T.max(m[i], lse[i])
                for i, j in T.Parallel(bm, bn):
                    e[i, j] = T.exp(e[i, j] - m[i])
                T.reduce_sum(e, part, dim=1)
                for i in T.Parallel(bm):
                    lse[i] = m[i] + T.log(T.exp(lse[i] - m[i]) + part[i])
            for i in T.Parallel(bm):
                mine[i] = lse[i] - mine[i]
            T.copy(mine, loss[bx * bm])

    return main


def decode(batch, heads, groups, length, dim, splits, dtype, bn=32):
    """One query a head against a cache, in splits: partial outputs with the log of their sums, joined at the end."""
    scale, shared = dim**-0.5, heads // groups
    part = -(-length // (splits * bn)) * bn

    @T.prim_func
    def main(
        Q: T.Tensor((batch, heads, dim), dtype),
        K: T.Tensor((batch, length, groups, dim), dtype),
        V: T.Tensor((batch, length, groups, dim), dtype),
        P: T.Tensor((batch, heads, splits, dim), "float32"),
        LSE: T.Tensor((batch, heads, splits), "float32"),
        O: T.Tensor((batch, heads, dim), dtype),
    ):
        with T.Kernel(batch, groups, splits, threads=128) as (bx, by, bz):
            q = T.alloc_shared((shared, dim), dtype)
            k = T.alloc_shared((bn, dim), dtype)
            v = T.alloc_shared((bn, dim), dtype)
            s = T.alloc_fragment((shared, bn), "float32")
            p = T.alloc_shared((shared, bn), dtype)
            o = T.alloc_fragment((shared, dim), "float32")
            m = T.alloc_fragment((shared,), "float32")
            before = T.alloc_fragment((shared,), "float32")
            total = T.alloc_fragment((shared,), "float32")
            step = T.alloc_fragment((shared,), "float32")
            T.copy(Q[bx, by * shared : (by + 1) * shared, :], q)
            T.clear(o)
            T.clear(total)
            T.fill(m, -1e30)
            for n in T.Pipelined(part // bn, num_stages=2):
                T.copy(K[bx, bz * part + n * bn : bz * part + (n + 1) * bn, by, :], k)
                T.copy(V[bx, bz * part + n * bn : bz * part + (n + 1) * bn, by, :], v)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(shared, bn):
                    s[i, j] = T.if_then_else(bz * part + n * bn + j < length, s[i, j] * scale, -1e30)
                T.copy(m, before)
                T.reduce_max(s, m, dim=1, clear=False)
                for i, j in T.Parallel(shared, bn):
                    s[i, j] = T.exp(s[i, j] - m[i])
                T.reduce_sum(s, step, dim=1)
                for i in T.Parallel(shared):
                    total[i] = total[i] * T.exp(before[i] - m[i]) + step[i]
                for i, j in T.Parallel(shared, dim):
                    o[i, j] *= T.exp(before[i] - m[i])
                T.copy(s, p)
                T.gemm(p, v, o)
            for i, j in T.Parallel(shared, dim):
                o[i, j] /= total[i]
            for i in T.Parallel(shared):
                m[i] += T.log(total[i])
            T.copy(o, P[bx, by * shared : (by + 1) * shared, bz, :])
            T.copy(m, LSE[bx, by * shared : (by + 1) * shared, bz])
        with T.Kernel(batch, heads, threads=128) as (bx, by):
            best = T.alloc_fragment((1,), "float32")
            lse = T.alloc_fragment((splits,), "float32")
            total = T.alloc_fragment((1,), "float32")
            line = T.alloc_fragment((dim,), "float32")
            acc = T.alloc_fragment((dim,), "float32")
            T.copy(LSE[bx, by, 0:splits], lse)
            T.reduce_max(lse, best, dim=0)
            for i in T.Parallel(splits):
                lse[i] = T.exp(lse[i] - best[0])
            T.reduce_sum(lse, total, dim=0)
            T.clear(acc)
            for z in T.serial(splits):
                T.copy(P[bx, by, z, 0:dim], line)
                for j in T.Parallel(dim):
                    acc[j] += line[j] * lse[z] / total[0]
            T.copy(acc, O[bx, by, 0:dim])

    return main


def linear_attention(heads, length, dim, dtype, decay=None, chunk=64):
    """Causal linear attention in chunks with a carried state; with `decay`, retention by that rate."""
    rate = -(decay or 0.0)

    @T.prim_func
    def main(
        Q: T.Tensor((heads, length, dim), dtype),
        K: T.Tensor((heads, length, dim), dtype),
        V: T.Tensor((heads, length, dim), dtype),
        O: T.Tensor((heads, length, dim), dtype),
    ):
        with T.Kernel(heads, threads=128) as bx:
            q = T.alloc_shared((chunk, dim), dtype)
            k = T.alloc_shared((chunk, dim), dtype)
            v = T.alloc_shared((chunk, dim), dtype)
            s = T.alloc_fragment((chunk, chunk), "float32")
            a = T.alloc_shared((chunk, chunk), dtype)
            k_late = T.alloc_shared((chunk, dim), dtype)
            q_early = T.alloc_shared((chunk, dim), dtype)
            state = T.alloc_fragment((dim, dim), "float32")
            carried = T.alloc_shared((dim, dim), dtype)
            o = T.alloc_fragment((chunk, dim), "float32")
            T.clear(state)
            for n in T.Pipelined(T.ceildiv(length, chunk), num_stages=1):
                T.copy(Q[bx, n * chunk, 0], q)
                T.copy(K[bx, n * chunk, 0], k)
                T.copy(V[bx, n * chunk, 0], v)
                T.gemm(q, k, s, transpose_B=True, clear_accum=True)
                for i, j in T.Parallel(chunk, chunk):
                    a[i, j] = T.if_then_else(i >= j, s[i, j] * T.exp((i - j) * rate), 0.0)
                T.gemm(a, v, o, clear_accum=True)
                T.copy(state, carried)
                for i, j in T.Parallel(chunk, dim):
                    q_early[i, j] = q[i, j] * T.exp((i + 1) * rate)
                    k_late[i, j] = k[i, j] * T.exp((chunk - 1 - i) * rate)
                T.gemm(q_early, carried, o)
                for i, j in T.Parallel(dim, dim):
                    state[i, j] *= T.exp(T.float32(rate * chunk))
                T.gemm(k_late, v, state, transpose_A=True)
                T.copy(o, O[bx, n * chunk, 0])

    return main


def hadamard(rows, width, dtype, bm=32):
    """Rows times the Hadamard matrix of `width` (a power of 2), by butterflies in shared memory."""
    steps = width.bit_length() - 1

    @T.prim_func
    def main(X: T.Tensor((rows, width), dtype), Y: T.Tensor((rows, width), dtype)):
        with T.Kernel(T.ceildiv(rows, bm), threads=128) as bx:
            x = T.alloc_shared((bm, width), "float32")
            y = T.alloc_shared((bm, width), "float32")
            T.copy(X[bx * bm, 0], x)
            for s in T.serial(steps):
                for i, j in T.Parallel(bm, width):
                    y[i, j] = T.if_then_else(
                        (j >> s) & 1 == 0, x[i, j] + x[i, j ^ (1 << s)], x[i, j ^ (1 << s)] - x[i, j]
                    )
                T.copy(y, x)
            T.copy(x, Y[bx * bm, 0])

    return main


def transposed(rows, columns, dtype, block=64):
    @T.prim_func
    def main(X: T.Tensor((rows, columns), dtype), Y: T.Tensor((columns, rows), dtype)):
        with T.Kernel(T.ceildiv(columns, block), T.ceildiv(rows, block), threads=128) as (bx, by):
            x = T.alloc_shared((block, block), dtype)
            y = T.alloc_shared((block, block), dtype)
            T.copy(X[by * block, bx * block], x)
            for i, j in T.Parallel(block, block):
                y[j, i] = x[i, j]
            T.copy(y, Y[bx * block, by * block])

    return main


# One kernel of each family, for what is asked of all of them.
FAMILIES = {
    "gelu": lambda: activations(500, 700, "gelu", "bfloat16"),
    "swiglu": lambda: activations(500, 700, "swiglu", "float16"),
    "online_softmax": lambda: online_softmax(500, 1000, "float16"),
    "layernorm": lambda: layernorm(500, 768, "bfloat16"),
    "rmsnorm": lambda: rmsnorm(500, 768, "float32"),
    "mlp": lambda: mlp(500, 256, 1024, "bfloat16"),
    "cross_entropy": lambda: cross_entropy(500, 1000, "float32"),
    "decode": lambda: decode(2, 64, 2, 500, 128, 4, "float16"),
    "linear_attention": lambda: linear_attention(8, 500, 64, "bfloat16"),
    "retention": lambda: linear_attention(8, 500, 64, "bfloat16", decay=0.03),
    "hadamard": lambda: hadamard(100, 256, "float32"),
    "transpose": lambda: transposed(500, 300, "float16"),
}
