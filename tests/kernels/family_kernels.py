"""Kernels of the families that users bring: each written as TileLang's users write it, in sizes of a test."""

import tilelang.language as T


def gemv(N, K, bn, bk, dtype="bfloat16"):
    @T.prim_func
    def main(W: T.Tensor((N, K), dtype), x: T.Tensor((K,), dtype), y: T.Tensor((N,), "float32")):
        with T.Kernel(T.ceildiv(N, bn), threads=128) as bx:
            w = T.alloc_shared((bn, bk), dtype)
            part = T.alloc_shared((bk,), dtype)
            products = T.alloc_fragment((bn, bk), "float32")
            row = T.alloc_fragment((bn,), "float32")
            total = T.alloc_fragment((bn,), "float32")
            T.clear(total)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                T.copy(W[bx * bn, k * bk], w)
                T.copy(x[k * bk], part)
                for i, j in T.Parallel(bn, bk):
                    products[i, j] = T.cast(w[i, j], "float32") * T.cast(part[j], "float32")
                T.reduce_sum(products, row, dim=1)
                for i in T.Parallel(bn):
                    total[i] += row[i]
            T.copy(total, y[bx * bn])

    return main


def stream_k(M, N, K, bm, bn, bk, programs):
    """Each program takes an equal run of the steps of all blocks, whatever blocks they are of, and adds what it has."""
    steps, columns = K // bk, N // bn
    total = M // bm * columns * steps
    share = -(-total // programs)

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(programs, threads=128) as program:
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            at = T.alloc_var("int32")
            last = T.alloc_var("int32")
            end = T.alloc_var("int32")
            at = program * share
            last = T.min(program * share + share, total)
            for _ in T.serial(-(-share // steps) + 1):
                if at < last:
                    end = T.min((at // steps + 1) * steps, last)
                    T.clear(c)
                    for k in T.serial(end - at):
                        T.copy(A[at // steps // columns * bm, (at % steps + k) * bk], a)
                        T.copy(B[(at % steps + k) * bk, at // steps % columns * bn], b)
                        T.gemm(a, b, c)
                    for i, j in T.Parallel(bm, bn):
                        T.atomic_add(C[at // steps // columns * bm + i, at // steps % columns * bn + j], c[i, j])
                    at = end

    return main


def grouped_gemm(groups, rows, K, N, bm, bn, bk):
    """Rows of a group are multiplied by its own matrix. The groups follow each other, each from a multiple of bm."""

    @T.prim_func
    def main(
        A: T.Tensor((rows, K), "bfloat16"),
        B: T.Tensor((groups, K, N), "bfloat16"),
        group_of_block: T.Tensor((rows // bm,), "int32"),
        sizes: T.Tensor((groups,), "int32"),
        starts: T.Tensor((groups,), "int32"),
        C: T.Tensor((rows, N), "bfloat16"),
    ):
        with T.Kernel(rows // bm, T.ceildiv(N, bn), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            group = T.alloc_var("int32")
            group = group_of_block[bx]
            if group >= 0:
                T.clear(c)
                for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                    T.copy(A[bx * bm, k * bk], a)
                    T.copy(B[group, k * bk, by * bn], b)
                    T.gemm(a, b, c)
                for i, j in T.Parallel(bm, bn):
                    c[i, j] = T.if_then_else(bx * bm + i < starts[group] + sizes[group], c[i, j], 0.0)
                T.copy(c, C[bx * bm, by * bn])

    return main


def grouped_gemm_backward(groups, rows, M, N, bm, bn, bk):
    """The gradient of each group's matrix: A^T B over the group's rows, which start anywhere."""

    @T.prim_func
    def main(
        A: T.Tensor((rows, M), "bfloat16"),
        B: T.Tensor((rows, N), "bfloat16"),
        sizes: T.Tensor((groups,), "int32"),
        starts: T.Tensor((groups,), "int32"),
        C: T.Tensor((groups, M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(M, bm), T.ceildiv(N, bn), groups, threads=128) as (bx, by, g):
            a = T.alloc_shared((bk, bm), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(sizes[g], bk), num_stages=2):
                for i, j in T.Parallel(bk, bm):
                    a[i, j] = T.if_then_else(k * bk + i < sizes[g], A[starts[g] + k * bk + i, bx * bm + j], 0)
                for i, j in T.Parallel(bk, bn):
                    b[i, j] = T.if_then_else(k * bk + i < sizes[g], B[starts[g] + k * bk + i, by * bn + j], 0)
                T.gemm(a, b, c, transpose_A=True)
            T.copy(c, C[g, bx * bm, by * bn])

    return main


def _softmax_step(rows, columns, dim, scale):
    """One step of online softmax over a block of scores; the running maximum, sum and output are updated."""

    @T.macro
    def step(s, p, v, best, before, factor, part, total, o):
        T.copy(best, before)
        T.fill(best, -T.infinity("float32"))
        T.reduce_max(s, best, dim=1, clear=False)
        for i in T.Parallel(rows):
            best[i] = T.max(best[i], before[i])
        for i in T.Parallel(rows):
            factor[i] = T.exp2(before[i] * scale - best[i] * scale)
        for i, j in T.Parallel(rows, columns):
            s[i, j] = T.exp2(s[i, j] * scale - best[i] * scale)
        T.reduce_sum(s, part, dim=1)
        for i in T.Parallel(rows):
            total[i] = total[i] * factor[i] + part[i]
        T.copy(s, p)
        for i, j in T.Parallel(rows, dim):
            o[i, j] *= factor[i]
        T.gemm(p, v, o)

    return step


LOG2E = 1.4426950408889634


def block_sparse_attention(heads, seq, dim, block):
    """Attention of blocks of queries to the blocks of keys that a mask selects, causal inside."""
    step = _softmax_step(block, block, dim, dim**-0.5 * LOG2E)

    @T.prim_func
    def main(
        Q: T.Tensor((heads, seq, dim), "bfloat16"),
        K: T.Tensor((heads, seq, dim), "bfloat16"),
        V: T.Tensor((heads, seq, dim), "bfloat16"),
        mask: T.Tensor((heads, seq // block, seq // block), "int8"),
        O: T.Tensor((heads, seq, dim), "bfloat16"),
    ):
        with T.Kernel(seq // block, heads, threads=128) as (bx, h):
            q = T.alloc_shared((block, dim), "bfloat16")
            k = T.alloc_shared((block, dim), "bfloat16")
            v = T.alloc_shared((block, dim), "bfloat16")
            s = T.alloc_fragment((block, block), "float32")
            p = T.alloc_fragment((block, block), "bfloat16")
            o = T.alloc_fragment((block, dim), "float32")
            best = T.alloc_fragment((block,), "float32")
            before = T.alloc_fragment((block,), "float32")
            factor = T.alloc_fragment((block,), "float32")
            part = T.alloc_fragment((block,), "float32")
            total = T.alloc_fragment((block,), "float32")
            T.copy(Q[h, bx * block, 0], q)
            T.clear(o)
            T.clear(total)
            T.fill(best, -T.infinity("float32"))
            for n in T.Pipelined(bx + 1, num_stages=2):
                if mask[h, bx, n] != 0:
                    T.copy(K[h, n * block, 0], k)
                    for i, j in T.Parallel(block, block):
                        s[i, j] = T.if_then_else(bx * block + i >= n * block + j, 0, -T.infinity("float32"))
                    T.gemm(q, k, s, transpose_B=True)
                    T.copy(V[h, n * block, 0], v)
                    step(s, p, v, best, before, factor, part, total, o)
            for i, j in T.Parallel(block, dim):
                o[i, j] /= total[i]
            T.copy(o, O[h, bx * block, 0])

    return main


def varlen_attention(batch, tokens, heads, dim, longest, block):
    """Sequences of any lengths one behind the other; `starts` says where each begins and where the last ends."""
    step = _softmax_step(block, block, dim, dim**-0.5 * LOG2E)

    @T.prim_func
    def main(
        Q: T.Tensor((tokens, heads, dim), "bfloat16"),
        K: T.Tensor((tokens, heads, dim), "bfloat16"),
        V: T.Tensor((tokens, heads, dim), "bfloat16"),
        starts: T.Tensor((batch + 1,), "int32"),
        O: T.Tensor((tokens, heads, dim), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(longest, block), heads, batch, threads=128) as (bx, h, b):
            q = T.alloc_shared((block, dim), "bfloat16")
            k = T.alloc_shared((block, dim), "bfloat16")
            v = T.alloc_shared((block, dim), "bfloat16")
            s = T.alloc_fragment((block, block), "float32")
            p = T.alloc_fragment((block, block), "bfloat16")
            o = T.alloc_fragment((block, dim), "float32")
            best = T.alloc_fragment((block,), "float32")
            before = T.alloc_fragment((block,), "float32")
            factor = T.alloc_fragment((block,), "float32")
            part = T.alloc_fragment((block,), "float32")
            total = T.alloc_fragment((block,), "float32")
            start = T.alloc_var("int32")
            length = T.alloc_var("int32")
            start = starts[b]
            length = starts[b + 1] - start
            if bx * block < length:
                for i, d in T.Parallel(block, dim):
                    q[i, d] = T.if_then_else(bx * block + i < length, Q[start + bx * block + i, h, d], 0)
                T.clear(o)
                T.clear(total)
                T.fill(best, -T.infinity("float32"))
                for n in T.serial(T.ceildiv(length, block)):
                    for i, d in T.Parallel(block, dim):
                        k[i, d] = T.if_then_else(n * block + i < length, K[start + n * block + i, h, d], 0)
                    for i, j in T.Parallel(block, block):
                        s[i, j] = T.if_then_else(n * block + j < length, 0, -T.infinity("float32"))
                    T.gemm(q, k, s, transpose_B=True)
                    for i, d in T.Parallel(block, dim):
                        v[i, d] = T.if_then_else(n * block + i < length, V[start + n * block + i, h, d], 0)
                    step(s, p, v, best, before, factor, part, total, o)
                for i, j in T.Parallel(block, dim):
                    o[i, j] /= total[i]
                for i, d in T.Parallel(block, dim):
                    if bx * block + i < length:
                        O[start + bx * block + i, h, d] = o[i, d]

    return main


def mla_decode(batch, heads, cache, dim, rope, block):
    """One query for each head against a cache of latents that is keys and values at once, and of rotary keys."""
    step = _softmax_step(heads, block, dim, (dim + rope) ** -0.5 * LOG2E)

    @T.prim_func
    def main(
        Q: T.Tensor((batch, heads, dim), "bfloat16"),
        Q_rope: T.Tensor((batch, heads, rope), "bfloat16"),
        KV: T.Tensor((batch, cache, dim), "bfloat16"),
        K_rope: T.Tensor((batch, cache, rope), "bfloat16"),
        O: T.Tensor((batch, heads, dim), "bfloat16"),
    ):
        with T.Kernel(batch, threads=128) as b:
            q = T.alloc_shared((heads, dim), "bfloat16")
            q_rope = T.alloc_shared((heads, rope), "bfloat16")
            kv = T.alloc_shared((block, dim), "bfloat16")
            k_rope = T.alloc_shared((block, rope), "bfloat16")
            s = T.alloc_fragment((heads, block), "float32")
            p = T.alloc_fragment((heads, block), "bfloat16")
            o = T.alloc_fragment((heads, dim), "float32")
            best = T.alloc_fragment((heads,), "float32")
            before = T.alloc_fragment((heads,), "float32")
            factor = T.alloc_fragment((heads,), "float32")
            part = T.alloc_fragment((heads,), "float32")
            total = T.alloc_fragment((heads,), "float32")
            T.use_swizzle(10)
            T.copy(Q[b, :, :], q)
            T.copy(Q_rope[b, :, :], q_rope)
            T.clear(o)
            T.clear(total)
            T.fill(best, -T.infinity("float32"))
            for n in T.Pipelined(T.ceildiv(cache, block), num_stages=2):
                T.copy(KV[b, n * block : (n + 1) * block, :], kv)
                T.copy(K_rope[b, n * block : (n + 1) * block, :], k_rope)
                T.clear(s)
                T.gemm(q, kv, s, transpose_B=True)
                T.gemm(q_rope, k_rope, s, transpose_B=True)
                step(s, p, kv, best, before, factor, part, total, o)
            for i, j in T.Parallel(heads, dim):
                o[i, j] /= total[i]
            T.copy(o, O[b, :, :])

    return main


def native_sparse_attention(batch, seq, heads, groups, dim, selected, block):
    """Each query sees the blocks of keys that it has selected, causally; `groups` heads share a head of keys."""
    shared = heads // groups
    step = _softmax_step(groups, block, dim, dim**-0.5 * LOG2E)

    @T.prim_func
    def main(
        Q: T.Tensor((batch, seq, heads, dim), "bfloat16"),
        K: T.Tensor((batch, seq, shared, dim), "bfloat16"),
        V: T.Tensor((batch, seq, shared, dim), "bfloat16"),
        blocks: T.Tensor((batch, seq, shared, selected), "int32"),
        O: T.Tensor((batch, seq, heads, dim), "bfloat16"),
    ):
        with T.Kernel(seq, batch * shared, threads=32) as (t, bh):
            q = T.alloc_shared((groups, dim), "bfloat16")
            k = T.alloc_shared((block, dim), "bfloat16")
            v = T.alloc_shared((block, dim), "bfloat16")
            s = T.alloc_fragment((groups, block), "float32")
            p = T.alloc_fragment((groups, block), "bfloat16")
            o = T.alloc_fragment((groups, dim), "float32")
            best = T.alloc_fragment((groups,), "float32")
            before = T.alloc_fragment((groups,), "float32")
            factor = T.alloc_fragment((groups,), "float32")
            part = T.alloc_fragment((groups,), "float32")
            total = T.alloc_fragment((groups,), "float32")
            b = bh // shared
            h = bh % shared
            T.copy(Q[b, t, h * groups : (h + 1) * groups, :], q)
            T.clear(o)
            T.clear(total)
            T.fill(best, -T.infinity("float32"))
            for n in T.Pipelined(selected, num_stages=2):
                first = blocks[b, t, h, n] * block
                if first <= t and first >= 0:
                    T.copy(K[b, first : first + block, h, :], k)
                    for i, j in T.Parallel(groups, block):
                        s[i, j] = T.if_then_else(t >= first + j, 0, -T.infinity("float32"))
                    T.gemm(q, k, s, transpose_B=True)
                    T.copy(V[b, first : first + block, h, :], v)
                    step(s, p, v, best, before, factor, part, total, o)
            for i, j in T.Parallel(groups, dim):
                o[i, j] /= total[i]
            T.copy(o, O[b, t, h * groups : (h + 1) * groups, :])

    return main


def attention_backward(heads, seq, dim, block):
    """Gradients of queries, keys and values, from that of the outputs, its row sums and the logs of softmax sums."""
    scale = dim**-0.5

    @T.prim_func
    def main(
        Q: T.Tensor((heads, seq, dim), "bfloat16"),
        K: T.Tensor((heads, seq, dim), "bfloat16"),
        V: T.Tensor((heads, seq, dim), "bfloat16"),
        dO: T.Tensor((heads, seq, dim), "bfloat16"),
        lse: T.Tensor((heads, seq), "float32"),
        delta: T.Tensor((heads, seq), "float32"),
        dQ: T.Tensor((heads, seq, dim), "float32"),
        dK: T.Tensor((heads, seq, dim), "float32"),
        dV: T.Tensor((heads, seq, dim), "float32"),
    ):
        with T.Kernel(heads, seq // block, threads=128) as (h, by):
            k = T.alloc_shared((block, dim), "bfloat16")
            v = T.alloc_shared((block, dim), "bfloat16")
            q = T.alloc_shared((block, dim), "bfloat16")
            do = T.alloc_shared((block, dim), "bfloat16")
            row_lse = T.alloc_shared((block,), "float32")
            row_delta = T.alloc_shared((block,), "float32")
            st = T.alloc_fragment((block, block), "float32")
            dst = T.alloc_fragment((block, block), "float32")
            p = T.alloc_fragment((block, block), "bfloat16")
            ds = T.alloc_shared((block, block), "bfloat16")
            dk = T.alloc_fragment((block, dim), "float32")
            dv = T.alloc_fragment((block, dim), "float32")
            dq = T.alloc_fragment((block, dim), "float32")
            T.copy(K[h, by * block, 0], k)
            T.copy(V[h, by * block, 0], v)
            T.clear(dk)
            T.clear(dv)
            for n in T.Pipelined(by, seq // block, num_stages=2):
                T.copy(Q[h, n * block, 0], q)
                T.copy(dO[h, n * block, 0], do)
                T.copy(lse[h, n * block], row_lse)
                T.copy(delta[h, n * block], row_delta)
                T.clear(st)
                T.gemm(k, q, st, transpose_B=True)
                for i, j in T.Parallel(block, block):
                    st[i, j] = T.exp2(st[i, j] * (scale * LOG2E) - row_lse[j])
                for i, j in T.Parallel(block, block):
                    st[i, j] = T.if_then_else(by * block + i <= n * block + j, st[i, j], 0)
                T.clear(dst)
                T.gemm(v, do, dst, transpose_B=True)
                T.copy(st, p)
                T.gemm(p, do, dv)
                for i, j in T.Parallel(block, block):
                    ds[i, j] = st[i, j] * (dst[i, j] - row_delta[j]) * scale
                T.gemm(ds, q, dk)
                T.clear(dq)
                T.gemm(ds, k, dq, transpose_A=True)
                for i, j in T.Parallel(block, dim):
                    T.atomic_add(dQ[h, n * block + i, j], dq[i, j])
            T.copy(dk, dK[h, by * block, 0])
            T.copy(dv, dV[h, by * block, 0])

    return main


def chunk_state(batch, seq, heads, dim, state, chunk):
    """Mamba's state of each chunk: B^T (decay * dt * X)."""

    @T.prim_func
    def main(
        B: T.Tensor((batch, seq, state), "bfloat16"),
        X: T.Tensor((batch, seq, heads, dim), "bfloat16"),
        dt: T.Tensor((batch, heads, seq // chunk, chunk), "float32"),
        cumulative: T.Tensor((batch, heads, seq // chunk, chunk), "float32"),
        S: T.Tensor((batch, seq // chunk, heads, dim, state), "float32"),
    ):
        with T.Kernel(seq // chunk, heads, batch, threads=128) as (c, h, b):
            x = T.alloc_shared((chunk, dim), "bfloat16")
            weighted = T.alloc_fragment((chunk, dim), "bfloat16")
            bs = T.alloc_shared((chunk, state), "bfloat16")
            step = T.alloc_shared((chunk,), "float32")
            sums = T.alloc_shared((chunk,), "float32")
            factor = T.alloc_fragment((chunk,), "float32")
            s = T.alloc_fragment((dim, state), "float32")
            last = T.alloc_var("float32")
            last = cumulative[b, h, c, chunk - 1]
            T.copy(X[b, c * chunk : (c + 1) * chunk, h, 0:dim], x)
            T.copy(B[b, c * chunk : (c + 1) * chunk, 0:state], bs)
            T.copy(dt[b, h, c, 0:chunk], step)
            T.copy(cumulative[b, h, c, 0:chunk], sums)
            for i in T.Parallel(chunk):
                factor[i] = T.exp(last - sums[i]) * step[i]
            for i, j in T.Parallel(chunk, dim):
                weighted[i, j] = x[i, j] * factor[i]
            T.clear(s)
            T.gemm(weighted, bs, s, transpose_A=True)
            T.copy(s, S[b, c, h, 0:dim, 0:state])

    return main


def chunk_scan(batch, seq, heads, dim, state, chunk):
    """Mamba's outputs within and across chunks: decayed causal C B^T times X, and C times the states before."""

    @T.prim_func
    def main(
        C: T.Tensor((batch, seq, state), "bfloat16"),
        B: T.Tensor((batch, seq, state), "bfloat16"),
        X: T.Tensor((batch, seq, heads, dim), "bfloat16"),
        dt: T.Tensor((batch, heads, seq // chunk, chunk), "float32"),
        cumulative: T.Tensor((batch, heads, seq // chunk, chunk), "float32"),
        S: T.Tensor((batch, seq // chunk, heads, dim, state), "bfloat16"),
        D: T.Tensor((heads,), "float32"),
        O: T.Tensor((batch, seq, heads, dim), "float32"),
    ):
        with T.Kernel(seq // chunk, heads, batch, threads=128) as (c, h, b):
            x = T.alloc_shared((chunk, dim), "bfloat16")
            cs = T.alloc_shared((chunk, state), "bfloat16")
            bs = T.alloc_shared((chunk, state), "bfloat16")
            before = T.alloc_shared((dim, state), "bfloat16")
            rows = T.alloc_fragment((chunk,), "float32")
            columns = T.alloc_fragment((chunk,), "float32")
            step = T.alloc_fragment((chunk,), "float32")
            scores = T.alloc_fragment((chunk, chunk), "float32")
            weights = T.alloc_fragment((chunk, chunk), "bfloat16")
            o = T.alloc_fragment((chunk, dim), "float32")
            T.copy(X[b, c * chunk : (c + 1) * chunk, h, 0:dim], x)
            T.copy(C[b, c * chunk : (c + 1) * chunk, 0:state], cs)
            T.copy(B[b, c * chunk : (c + 1) * chunk, 0:state], bs)
            T.copy(S[b, c, h, 0:dim, 0:state], before)
            T.copy(cumulative[b, h, c, 0:chunk], rows)
            T.copy(cumulative[b, h, c, 0:chunk], columns)
            T.copy(dt[b, h, c, 0:chunk], step)
            T.clear(o)
            T.gemm(cs, before, o, transpose_B=True)
            for i, j in T.Parallel(chunk, dim):
                o[i, j] *= T.exp(rows[i])
            T.clear(scores)
            T.gemm(cs, bs, scores, transpose_B=True)
            for i, j in T.Parallel(chunk, chunk):
                scores[i, j] *= T.exp(T.min(rows[i] - columns[j], 0.0)) * step[j]
            for i, j in T.Parallel(chunk, chunk):
                scores[i, j] = T.if_then_else(i >= j, scores[i, j], 0)
            T.copy(scores, weights)
            T.gemm(weights, x, o)
            for i, j in T.Parallel(chunk, dim):
                o[i, j] += x[i, j] * D[h]
            T.copy(o, O[b, c * chunk : (c + 1) * chunk, h, 0:dim])

    return main


def delta_chunk(batch, tokens, heads, dim, chunk):
    """Of the gated delta net: the strictly lower part of beta * K K^T of each chunk, with the gates' decay."""

    @T.prim_func
    def main(
        K: T.Tensor((batch, tokens, heads, dim), "bfloat16"),
        beta: T.Tensor((batch, tokens, heads), "bfloat16"),
        gate: T.Tensor((batch, tokens, heads), "float32"),
        A: T.Tensor((batch, tokens, heads, chunk), "float32"),
    ):
        with T.Kernel(T.ceildiv(tokens, chunk), batch * heads, threads=128) as (bs, bbh):
            b, h = bbh // heads, bbh % heads
            b_k = T.alloc_shared((chunk, dim), "bfloat16")
            scaled = T.alloc_shared((chunk, dim), "bfloat16")
            b_beta = T.alloc_shared((chunk,), "bfloat16")
            g = T.alloc_shared((chunk,), "float32")
            a = T.alloc_fragment((chunk, chunk), "float32")
            for i in T.Parallel(chunk):
                b_beta[i] = beta[b, bs * chunk + i, h]
                g[i] = gate[b, bs * chunk + i, h]
            T.copy(K[b, bs * chunk : (bs + 1) * chunk, h, 0:dim], b_k)
            for i, j in T.Parallel(chunk, dim):
                scaled[i, j] = b_k[i, j] * b_beta[i]
            T.clear(a)
            T.gemm(scaled, b_k, a, transpose_B=True)
            for i, j in T.Parallel(chunk, chunk):
                a[i, j] = T.if_then_else(i > j, a[i, j] * T.exp(T.min(g[i] - g[j], 0.0)), 0)
            T.copy(a, A[b, bs * chunk : (bs + 1) * chunk, h, 0:chunk])

    return main


def convolution(N, C, H, W, F, size, stride, padding, dilation, bm, bn, bk, im2col=False):
    """A 2-D convolution as a product, by TileLang's operation or spelt out: what lies outside of the image is 0."""
    OH = (H + 2 * padding - dilation * (size - 1) - 1) // stride + 1
    OW = (W + 2 * padding - dilation * (size - 1) - 1) // stride + 1

    @T.prim_func
    def main(
        image: T.Tensor((N, H, W, C), "bfloat16"),
        kernel: T.Tensor((size, size, C, F), "bfloat16"),
        out: T.Tensor((N, OH, OW, F), "bfloat16"),
    ):
        with T.Kernel(T.ceildiv(F, bn), T.ceildiv(N * OH * OW, bm), threads=128) as (bx, by):
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            flat_kernel = T.Tensor((size * size * C, F), "bfloat16", kernel.data)
            flat_out = T.Tensor((N * OH * OW, F), "bfloat16", out.data)
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(size * size * C, bk), num_stages=2):
                if im2col:
                    T.im2col(image, a, by, k, size, stride, dilation, padding)
                else:
                    for i, j in T.Parallel(bm, bk):
                        place = k * bk + j
                        m = by * bm + i
                        y = m % (OH * OW) // OW * stride + place // (size * C) * dilation - padding
                        x = m % OW * stride + place // C % size * dilation - padding
                        inside = y >= 0 and x >= 0 and y < H and x < W
                        a[i, j] = T.if_then_else(inside, image[m // (OH * OW), y, x, place % C], 0)
                T.copy(flat_kernel[k * bk, bx * bn], b)
                T.gemm(a, b, c)
            T.copy(c, flat_out[by * bm, bx * bn])

    return main


def routed_experts(tokens, experts, slots, K, N, bm, bn, bk):
    """A layer of experts: tokens of a block of slots are gathered, multiplied by their expert's matrix and weighted."""

    @T.prim_func
    def main(
        X: T.Tensor((tokens, K), "bfloat16"),
        W: T.Tensor((experts, K, N), "bfloat16"),
        token_of_slot: T.Tensor((slots,), "int32"),
        weight_of_slot: T.Tensor((slots,), "float32"),
        expert_of_block: T.Tensor((slots // bm,), "int32"),
        Y: T.Tensor((slots, N), "float32"),
    ):
        with T.Kernel(slots // bm, T.ceildiv(N, bn), threads=128) as (bx, by):
            x = T.alloc_shared((bm, bk), "bfloat16")
            w = T.alloc_shared((bk, bn), "bfloat16")
            y = T.alloc_fragment((bm, bn), "float32")
            weight = T.alloc_shared((bm,), "float32")
            T.clear(y)
            for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                for i, j in T.Parallel(bm, bk):
                    x[i, j] = X[token_of_slot[bx * bm + i], k * bk + j]
                T.copy(W[expert_of_block[bx], k * bk, by * bn], w)
                T.gemm(x, w, y)
            T.copy(weight_of_slot[bx * bm], weight)
            for i, j in T.Parallel(bm, bn):
                y[i, j] *= weight[i]
            T.copy(y, Y[bx * bm, by * bn])

    return main


def persistent_gemm(M, N, K, bm, bn, bk, programs):
    """As many programs as cores, each of which works off blocks in an order that keeps neighbours together."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "bfloat16"), B: T.Tensor((K, N), "bfloat16"), C: T.Tensor((M, N), "bfloat16")):
        with T.Kernel(programs, threads=128) as program:
            a = T.alloc_shared((bm, bk), "bfloat16")
            b = T.alloc_shared((bk, bn), "bfloat16")
            c = T.alloc_fragment((bm, bn), "float32")
            for bx, by in T.Persistent([T.ceildiv(M, bm), T.ceildiv(N, bn)], programs, program):
                T.clear(c)
                for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
                    T.copy(A[bx * bm, k * bk], a)
                    T.copy(B[k * bk, by * bn], b)
                    T.gemm(a, b, c)
                T.copy(c, C[bx * bm, by * bn])

    return main
