"""Kernels of a transformer's families as other writers write them, against torch, in sizes that do not divide."""

import pytest
import tilelang
import tilelang.language as T
import torch

import tilelang_tenstorrent  # noqa: F401  (registers the target)

# Of the largest magnitude; of sums in fp32, rounded to the result's dtype.
TOLERANCE = {"float32": 2e-6, "float16": 2e-3, "bfloat16": 1e-2}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(11)


def comp(kernel):
    return tilelang.compile(kernel, target="tenstorrent")


def near(got, want, dtype="float32"):
    want = want.double()
    error = ((got.double() - want).abs().max() / want.abs().max()).item()
    assert error <= TOLERANCE[dtype], error  # also where it is NaN


def had(n):
    matrix = torch.ones(1, 1)
    while matrix.shape[0] < n:
        matrix = torch.kron(torch.tensor([[1.0, 1], [1, -1]]), matrix)
    return matrix


def test_group_norm():
    N, C, L, G = 3, 12, 70, 4

    def k(dtype="float32", eps=1e-5):
        cg = C // G

        @T.prim_func
        def main(
            X: T.Tensor((N, G, cg * L), dtype), W: T.Tensor((G, cg * L), dtype), Y: T.Tensor((N, G, cg * L), dtype)
        ):
            with T.Kernel(N, threads=128) as n:
                x = T.alloc_fragment((G, cg * L), "float32")
                mean = T.alloc_fragment((G,), "float32")
                var = T.alloc_fragment((G,), "float32")
                sq = T.alloc_fragment((G, cg * L), "float32")
                T.copy(X[n, 0, 0], x)
                T.reduce_sum(x, mean, dim=1)
                for i in T.Parallel(G):
                    mean[i] = mean[i] / (cg * L)
                for i, j in T.Parallel(G, cg * L):
                    x[i, j] = x[i, j] - mean[i]
                    sq[i, j] = x[i, j] * x[i, j]
                T.reduce_sum(sq, var, dim=1)
                for i, j in T.Parallel(G, cg * L):
                    Y[n, i, j] = x[i, j] * T.rsqrt(var[i] / (cg * L) + eps) * W[i, j]

        return main

    x = torch.randn(N, G, C // G * L) * 3 - 1
    w = torch.randn(G, C // G * L)
    y = torch.zeros_like(x)
    comp(k())(x, w, y)
    near(y, torch.nn.functional.group_norm(x.view(N, C, L), G).view(N, G, -1) * w)


def test_batch_norm():
    M, N = 100, 75

    def k(dtype="float32"):
        @T.prim_func
        def main(
            X: T.Tensor((M, N), dtype), g: T.Tensor((N,), dtype), b: T.Tensor((N,), dtype), Y: T.Tensor((M, N), dtype)
        ):
            with T.Kernel(T.ceildiv(N, 32), threads=128) as bx:
                x = T.alloc_shared((M, 32), dtype)
                s = T.alloc_fragment((32,), "float32")
                s2 = T.alloc_fragment((32,), "float32")
                q = T.alloc_fragment((M, 32), "float32")
                T.copy(X[0, bx * 32], x)
                T.reduce_sum(x, s, dim=0)
                for i, j in T.Parallel(M, 32):
                    q[i, j] = (x[i, j] - s[j] / M) * (x[i, j] - s[j] / M)
                T.reduce_sum(q, s2, dim=0)
                for i, j in T.Parallel(M, 32):
                    x[i, j] = (x[i, j] - s[j] / M) * T.rsqrt(s2[j] / M + 1e-5) * g[bx * 32 + j] + b[bx * 32 + j]
                T.copy(x, Y[0, bx * 32])

        return main

    x = torch.randn(M, N) - 2
    g = torch.randn(N)
    b = torch.randn(N)
    y = torch.zeros(M, N)
    comp(k())(x, g, b, y)
    near(y, torch.nn.functional.batch_norm(x, None, None, g, b, True))


def test_layer_norm_of_a_row_a_block():
    M, N = 37, 333

    def k(dtype="bfloat16"):
        @T.prim_func
        def main(X: T.Tensor((M, N), dtype), Y: T.Tensor((M, N), dtype)):
            with T.Kernel(M, threads=128) as bx:
                x = T.alloc_fragment((N,), "float32")
                s = T.alloc_fragment((1,), "float32")
                q = T.alloc_fragment((N,), "float32")
                v = T.alloc_fragment((1,), "float32")
                T.copy(X[bx, 0:N], x)
                T.reduce_sum(x, s)
                s[0] = s[0] / N
                for j in T.Parallel(N):
                    q[j] = (x[j] - s[0]) * (x[j] - s[0])
                T.reduce_sum(q, v)
                for j in T.Parallel(N):
                    x[j] = (x[j] - s[0]) * T.rsqrt(v[0] / N + 1e-6)
                T.copy(x, Y[bx, 0:N])

        return main

    x = (torch.randn(M, N) * 2 + 1).bfloat16()
    y = torch.zeros_like(x)
    comp(k())(x, y)
    near(y, torch.nn.functional.layer_norm(x.float(), (N,), eps=1e-6), "bfloat16")


def test_means_and_variances_by_blocks():
    M, N, BN = 40, 300, 64

    def k():
        @T.prim_func
        def main(X: T.Tensor((M, N), "float32"), mu: T.Tensor((M,), "float32"), var: T.Tensor((M,), "float32")):
            with T.Kernel(T.ceildiv(M, 32), threads=128) as by:
                x = T.alloc_fragment((32, BN), "float32")
                mean = T.alloc_fragment((32,), "float32")
                m2 = T.alloc_fragment((32,), "float32")
                bm = T.alloc_fragment((32,), "float32")
                d = T.alloc_fragment((32,), "float32")
                bs = T.alloc_fragment((32,), "float32")
                n = T.alloc_var("float32")
                c = T.alloc_var("float32")
                T.clear(mean)
                T.clear(m2)
                n = 0.0
                for k in T.serial(T.ceildiv(N, BN)):
                    T.copy(X[by * 32, k * BN], x)
                    c = T.min(BN, N - k * BN)
                    T.reduce_sum(x, bm, dim=1)
                    for i in T.Parallel(32):
                        bm[i] = bm[i] / c
                        d[i] = bm[i] - mean[i]
                    for i, j in T.Parallel(32, BN):
                        x[i, j] = T.if_then_else(k * BN + j < N, (x[i, j] - bm[i]) * (x[i, j] - bm[i]), 0.0)
                    T.reduce_sum(x, bs, dim=1)
                    for i in T.Parallel(32):
                        m2[i] = m2[i] + bs[i] + d[i] * d[i] * n * c / (n + c)
                        mean[i] = mean[i] + d[i] * c / (n + c)
                    n = n + c
                for i in T.Parallel(32):
                    mu[by * 32 + i] = mean[i]
                    var[by * 32 + i] = m2[i] / (n - 1)

        return main

    x = torch.randn(M, N) * 2 + 3
    m = torch.zeros(M)
    v = torch.zeros(M)
    comp(k())(x, m, v)
    near(m, x.mean(1))
    near(v, x.var(1))


def test_cross_entropy_in_chunks():
    M, N, BN = 64, 1000, 128

    def k():
        @T.prim_func
        def main(X: T.Tensor((M, N), "bfloat16"), t: T.Tensor((M,), "int32"), L: T.Tensor((M,), "float32")):
            with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
                xs = T.alloc_shared((32, BN), "bfloat16")
                x = T.alloc_fragment((32, BN), "float32")
                m = T.alloc_fragment((32,), "float32")
                mp = T.alloc_fragment((32,), "float32")
                s = T.alloc_fragment((32,), "float32")
                l = T.alloc_fragment((32,), "float32")
                p = T.alloc_fragment((32,), "float32")
                pp = T.alloc_fragment((32,), "float32")
                h = T.alloc_fragment((32, BN), "float32")
                lab = T.alloc_shared((32,), "int32")
                T.copy(t[bx * 32], lab)
                T.fill(m, -T.infinity("float32"))
                T.fill(l, 0.0)
                T.fill(p, 0.0)
                for k in T.serial(T.ceildiv(N, BN)):
                    T.copy(X[bx * 32, k * BN], xs)
                    for i, j in T.Parallel(32, BN):
                        x[i, j] = T.if_then_else(k * BN + j < N, T.cast(xs[i, j], "float32"), -T.infinity("float32"))
                        h[i, j] = T.if_then_else(k * BN + j == lab[i], T.cast(xs[i, j], "float32"), 0.0)
                    T.copy(m, mp)
                    T.reduce_max(x, m, dim=1, clear=False)
                    T.reduce_sum(h, pp, dim=1)
                    for i, j in T.Parallel(32, BN):
                        x[i, j] = T.exp2((x[i, j] - m[i]) * 1.4426950408889634)
                    T.reduce_sum(x, s, dim=1)
                    for i in T.Parallel(32):
                        l[i] = l[i] * T.exp2((mp[i] - m[i]) * 1.4426950408889634) + s[i]
                        p[i] = p[i] + pp[i]
                for i in T.Parallel(32):
                    L[bx * 32 + i] = T.log2(l[i]) * 0.6931471805599453 + m[i] - p[i]

        return main

    x = (torch.randn(M, N) * 4 - 1).bfloat16()
    t = torch.randint(0, N, (M,), dtype=torch.int32)
    l = torch.zeros(M)
    comp(k())(x, t, l)
    near(l, torch.nn.functional.cross_entropy(x.float(), t.long(), reduction="none"))


def test_logsumexp_of_a_vector():
    N = 5000

    def k():
        @T.prim_func
        def main(X: T.Tensor((N,), "float32"), Y: T.Tensor((1,), "float32")):
            with T.Kernel(1, threads=128) as _:
                x = T.alloc_fragment((1024,), "float32")
                m = T.alloc_fragment((1,), "float32")
                mp = T.alloc_fragment((1,), "float32")
                s = T.alloc_fragment((1,), "float32")
                acc = T.alloc_fragment((1,), "float32")
                T.fill(m, -1e30)
                T.clear(acc)
                for k in T.serial(T.ceildiv(N, 1024)):
                    for j in T.Parallel(1024):
                        x[j] = T.if_then_else(k * 1024 + j < N, X[k * 1024 + j], -1e30)
                    mp[0] = m[0]
                    T.reduce_max(x, m, dim=0, clear=False)
                    for j in T.Parallel(1024):
                        x[j] = T.exp(x[j] - m[0])
                    T.reduce_sum(x, s, dim=0)
                    acc[0] = acc[0] * T.exp(mp[0] - m[0]) + s[0]
                Y[0] = T.log(acc[0]) + m[0]

        return main

    x = torch.randn(N) * 3
    y = torch.zeros(1)
    comp(k())(x, y)
    near(y, torch.logsumexp(x, 0)[None])


def test_hadamard_butterfly():
    M, N = 33, 64

    def k():
        @T.prim_func
        def main(X: T.Tensor((M, N), "float32"), Y: T.Tensor((M, N), "float32")):
            with T.Kernel(M, threads=64) as bx:
                x = T.alloc_shared((N,), "float32")
                y = T.alloc_shared((N,), "float32")
                T.copy(X[bx, 0], x)
                for s in T.unroll(6):
                    for j in T.Parallel(N):
                        y[j] = T.if_then_else((j >> s) % 2 == 0, x[j] + x[j ^ (1 << s)], x[j ^ (1 << s)] - x[j])
                    for j in T.Parallel(N):
                        x[j] = y[j]
                T.copy(x, Y[bx, 0])

        return main

    x = torch.randn(M, N)
    y = torch.zeros(M, N)
    comp(k())(x, y)
    near(y, x @ had(N))


@pytest.mark.parametrize(
    ("D", "dt", "DV", "S"),
    [(32, "bfloat16", 32, 160), (96, "float32", 64, 70), (64, "float16", 96, 150), (256, "bfloat16", 256, 96)],
)
def test_retention_in_chunks(D, dt, DV, S):
    blk = 32
    B, H = 1, 2

    def k():
        @T.prim_func
        def main(
            Q: T.Tensor((B, S, H, D), dt),
            K: T.Tensor((B, S, H, D), dt),
            V: T.Tensor((B, S, H, DV), dt),
            O: T.Tensor((B, S, H, DV), dt),
        ):
            with T.Kernel(H, B, threads=128) as (h, b):
                q = T.alloc_shared((blk, D), dt)
                kk = T.alloc_shared((blk, D), dt)
                v = T.alloc_shared((blk, DV), dt)
                s = T.alloc_fragment((blk, blk), "float32")
                ss = T.alloc_shared((blk, blk), dt)
                o = T.alloc_fragment((blk, DV), "float32")
                st = T.alloc_fragment((D, DV), "float32")
                sts = T.alloc_shared((D, DV), dt)
                kd = T.alloc_shared((blk, D), dt)
                qd = T.alloc_shared((blk, D), dt)
                logd = T.alloc_var("float32")
                logd = T.log2(1 - T.exp2(-5 - 1.0 * h))
                T.clear(st)
                for c in T.serial(T.ceildiv(S, blk)):
                    T.copy(Q[b, c * blk : (c + 1) * blk, h, :], q)
                    T.copy(K[b, c * blk : (c + 1) * blk, h, :], kk)
                    T.copy(V[b, c * blk : (c + 1) * blk, h, :], v)
                    T.gemm(q, kk, s, transpose_B=True, clear_accum=True)
                    for i, j in T.Parallel(blk, blk):
                        s[i, j] = T.if_then_else(i >= j, s[i, j] * T.exp2((i - j) * logd), 0)
                    T.copy(s, ss)
                    T.gemm(ss, v, o, clear_accum=True)
                    for i, j in T.Parallel(blk, D):
                        qd[i, j] = q[i, j] * T.exp2((i + 1) * logd)
                        kd[i, j] = kk[i, j] * T.exp2((blk - 1 - i) * logd)
                    T.copy(st, sts)
                    T.gemm(qd, sts, o)
                    for i, j in T.Parallel(D, DV):
                        st[i, j] = st[i, j] * T.exp2(blk * logd)
                    T.gemm(kd, v, st, transpose_A=True)
                    T.copy(o, O[b, c * blk : (c + 1) * blk, h, :])

        return main

    td = getattr(torch, dt)
    q, kk, v = (torch.randn(B, S, H, d).to(td) * 0.3 for d in (D, D, DV))
    o = torch.zeros(B, S, H, DV, dtype=td)
    comp(k())(q, kk, v, o)
    logd = torch.log2(1 - torch.exp2(-5 - torch.arange(H).double()))
    i = torch.arange(S).double()
    dec = torch.exp2((i[:, None] - i[None]) * logd[:, None, None]).tril()
    s = torch.einsum("bshd,bthd->bhst", q.double(), kk.double()) * dec
    w = torch.einsum("bhst,bthd->bshd", s, v.double())
    near(o, w, dt)


def test_linear_attention_of_all_positions():
    B, S, H, D = 2, 100, 2, 64

    def k(dt="bfloat16"):
        @T.prim_func
        def main(
            Q: T.Tensor((B, H, S, D), dt),
            K: T.Tensor((B, H, S, D), dt),
            V: T.Tensor((B, H, S, D), dt),
            O: T.Tensor((B, H, S, D), dt),
        ):
            with T.Kernel(B * H, threads=128) as bh:
                b = bh // H
                h = bh % H
                kv = T.alloc_fragment((D, D), "float32")
                z = T.alloc_fragment((D,), "float32")
                kvs = T.alloc_shared((D, D), dt)
                ks = T.alloc_shared((32, D), dt)
                vs = T.alloc_shared((32, D), dt)
                kf = T.alloc_shared((32, D), dt)
                zz = T.alloc_fragment((D,), "float32")
                o = T.alloc_fragment((32, D), "float32")
                den = T.alloc_fragment((32, D), "float32")
                dn = T.alloc_fragment((32,), "float32")
                T.clear(kv)
                T.clear(z)
                for c in T.Pipelined(T.ceildiv(S, 32), num_stages=2):
                    T.copy(K[b, h, c * 32, 0], ks)
                    T.copy(V[b, h, c * 32, 0], vs)
                    for i, j in T.Parallel(32, D):
                        kf[i, j] = T.if_then_else(
                            c * 32 + i < S, T.if_then_else(ks[i, j] > 0, ks[i, j] + 1, T.exp(ks[i, j])), 0
                        )
                    T.gemm(kf, vs, kv, transpose_A=True)
                    T.reduce_sum(kf, zz, dim=0)
                    for j in T.Parallel(D):
                        z[j] += zz[j]
                T.copy(kv, kvs)
                for c in T.Pipelined(T.ceildiv(S, 32), num_stages=2):
                    T.copy(Q[b, h, c * 32, 0], ks)
                    for i, j in T.Parallel(32, D):
                        kf[i, j] = T.if_then_else(ks[i, j] > 0, ks[i, j] + 1, T.exp(ks[i, j]))
                    T.gemm(kf, kvs, o, clear_accum=True)
                    for i, j in T.Parallel(32, D):
                        den[i, j] = kf[i, j] * z[j]
                    T.reduce_sum(den, dn, dim=1)
                    for i, j in T.Parallel(32, D):
                        o[i, j] = o[i, j] / (dn[i] + 1e-6)
                    T.copy(o, O[b, h, c * 32, 0])

        return main

    q, kk, v = (torch.randn(B, H, S, D).bfloat16() for _ in range(3))
    o = torch.zeros_like(q)
    comp(k())(q, kk, v, o)

    def f(t):
        return torch.nn.functional.elu(t.double()) + 1

    qf, kf = f(q), f(kk)
    w = (qf @ (kf.transpose(-1, -2) @ v.double())) / (qf @ kf.sum(-2)[..., None])
    near(o, w, "bfloat16")


def test_gated_rmsnorm_with_residual():
    M, N = 65, 200

    def k(dt="float16"):
        @T.prim_func
        def main(
            X: T.Tensor((M, N), dt),
            R: T.Tensor((M, N), dt),
            G: T.Tensor((M, N), dt),
            w: T.Tensor((N,), dt),
            Y: T.Tensor((M, N), dt),
        ):
            with T.Kernel(T.ceildiv(M, 32), threads=128) as by:
                x = T.alloc_fragment((32, N), "float32")
                g = T.alloc_fragment((32, N), "float32")
                p = T.alloc_fragment((32, N), "float32")
                s = T.alloc_fragment((32,), "float32")
                r = T.alloc_shared((32, N), dt)
                T.copy(X[by * 32, 0], x)
                T.copy(R[by * 32, 0], r)
                T.copy(G[by * 32, 0], g)
                for i, j in T.Parallel(32, N):
                    x[i, j] += r[i, j]
                for i, j in T.Parallel(32, N):
                    p[i, j] = T.pow(x[i, j], 2)
                T.reduce_sum(p, s, dim=-1)
                for i in T.Parallel(32):
                    s[i] = 1.0 / T.sqrt(s[i] / N + 1e-6)
                for i, j in T.Parallel(32, N):
                    x[i, j] = x[i, j] * s[i] * w[j] * (g[i, j] / (1.0 + T.exp(-g[i, j])))
                T.copy(x, Y[by * 32, 0])

        return main

    x, r, g = (torch.randn(M, N).half() for _ in range(3))
    w = torch.randn(N).half()
    y = torch.zeros_like(x)
    comp(k())(x, r, g, w, y)
    f = x.double() + r.double()
    near(
        y,
        f * torch.rsqrt(f.pow(2).mean(-1, True) + 1e-6) * w.double() * torch.nn.functional.silu(g.double()),
        "float16",
    )


def test_largest_of_each_row():
    M, N, KK = 40, 64, 4

    def k():
        @T.prim_func
        def main(X: T.Tensor((M, N), "float32"), Vv: T.Tensor((M, KK), "float32"), I: T.Tensor((M, KK), "int32")):
            with T.Kernel(T.ceildiv(M, 32), threads=128) as by:
                x = T.alloc_fragment((32, N), "float32")
                mx = T.alloc_fragment((32,), "float32")
                ix = T.alloc_fragment((32, N), "int32")
                mi = T.alloc_fragment((32,), "int32")
                T.copy(X[by * 32, 0], x)
                for t in T.serial(KK):
                    T.fill(ix, -1)
                    T.reduce_max(x, mx, dim=1, clear=True)
                    for i, j in T.Parallel(32, N):
                        ix[i, j] = T.if_then_else(mx[i] == x[i, j], j, ix[i, j])
                    T.reduce_max(ix, mi, dim=1, clear=True)
                    for i, j in T.Parallel(32, N):
                        x[i, j] = T.if_then_else(mx[i] == x[i, j], -10000.0, x[i, j])
                    for i in T.Parallel(32):
                        Vv[by * 32 + i, t] = mx[i]
                        I[by * 32 + i, t] = mi[i]

        return main

    x = torch.randn(M, N)
    v = torch.zeros(M, KK)
    i = torch.zeros(M, KK, dtype=torch.int32)
    comp(k())(x, v, i)
    a, b = x.topk(KK, 1)
    assert torch.equal(v, a) and torch.equal(i.long(), b)


def test_causal_convolution():
    B, L, C, KW = 2, 50, 40, 4

    def k():
        @T.prim_func
        def main(
            X: T.Tensor((B, L, C), "float32"),
            W: T.Tensor((KW, C), "float32"),
            b: T.Tensor((C,), "float32"),
            Y: T.Tensor((B, L, C), "float32"),
        ):
            with T.Kernel(T.ceildiv(L, 32), B, threads=128) as (bx, bz):
                acc = T.alloc_fragment((32, C), "float32")
                for i, c in T.Parallel(32, C):
                    acc[i, c] = b[c]
                for w in T.serial(KW):
                    for i, c in T.Parallel(32, C):
                        acc[i, c] += (
                            T.if_then_else(bx * 32 + i - (KW - 1) + w >= 0, X[bz, bx * 32 + i - (KW - 1) + w, c], 0.0)
                            * W[w, c]
                        )
                for i, c in T.Parallel(32, C):
                    Y[bz, bx * 32 + i, c] = acc[i, c] * T.sigmoid(acc[i, c])

        return main

    x = torch.randn(B, L, C)
    w = torch.randn(KW, C)
    b = torch.randn(C)
    y = torch.zeros_like(x)
    comp(k())(x, w, b, y)
    r = torch.nn.functional.conv1d(
        torch.nn.functional.pad(x.transpose(1, 2), (KW - 1, 0)), w.t()[:, None], b, groups=C
    ).transpose(1, 2)
    near(y, torch.nn.functional.silu(r))


def test_gated_scan():
    B, S, D = 2, 20, 32

    def k():
        @T.prim_func
        def main(
            A: T.Tensor((B, S), "float32"),
            K: T.Tensor((B, S, D), "float32"),
            V: T.Tensor((B, S, D), "float32"),
            Q: T.Tensor((B, S, D), "float32"),
            O: T.Tensor((B, S, D), "float32"),
        ):
            with T.Kernel(B, threads=128) as b:
                h = T.alloc_fragment((D, D), "float32")
                hv = T.alloc_fragment((D, D), "float32")
                o = T.alloc_fragment((D,), "float32")
                T.clear(h)
                for t in T.serial(S):
                    for i, j in T.Parallel(D, D):
                        h[i, j] = h[i, j] * T.exp(A[b, t]) + K[b, t, i] * V[b, t, j]
                    for i, j in T.Parallel(D, D):
                        hv[i, j] = h[i, j] * Q[b, t, i]
                    T.reduce_sum(hv, o, dim=0)
                    T.copy(o, O[b, t, :])

        return main

    a = -torch.rand(B, S)
    kk, v, q = (torch.randn(B, S, D) for _ in range(3))
    o = torch.zeros(B, S, D)
    comp(k())(a, kk, v, q, o)
    h = torch.zeros(B, D, D).double()
    w = []
    for t in range(S):
        h = h * a[:, t].exp()[:, None, None].double() + kk[:, t, :, None].double() * v[:, t, None].double()
        w.append((h * q[:, t, :, None].double()).sum(1))
    near(o, torch.stack(w, 1))


def test_focal_loss():
    M, N = 100, 1

    def k():
        @T.prim_func
        def main(X: T.Tensor((M,), "float32"), t: T.Tensor((M,), "float32"), L: T.Tensor((1,), "float32")):
            with T.Kernel(1, threads=128) as _:
                a = T.alloc_fragment((128,), "float32")
                s = T.alloc_fragment((1,), "float32")
                for i in T.Parallel(128):
                    a[i] = T.if_then_else(
                        i < M,
                        -t[i] * (1 - T.sigmoid(X[i])) * (1 - T.sigmoid(X[i])) * T.log(T.sigmoid(X[i]))
                        - (1 - t[i]) * T.pow(T.sigmoid(X[i]), 2) * T.log(1 - T.sigmoid(X[i])),
                        0,
                    )
                T.reduce_sum(a, s)
                L[0] = s[0] / M

        return main

    x = torch.randn(M)
    t = (torch.rand(M) > 0.5).float()
    l = torch.zeros(1)
    comp(k())(x, t, l)
    p = torch.sigmoid(x.double())
    near(l, (-t * (1 - p) ** 2 * p.log() - (1 - t) * p**2 * (1 - p).log()).mean()[None])
