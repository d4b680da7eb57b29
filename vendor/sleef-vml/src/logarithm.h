/* log, log1p, log2, log10, and a longer one for powers.

   x = 2^k m with m between the roots of 1/2 and of 2, f = m - 1, s = f / (2 + f), h = f^2 / 2:
   log x = k log 2 + f - (h - s (h + R(s^2))), the formula of fdlibm's log, with the sum of the two large terms exact. */
#ifndef LOGARITHM_H
#define LOGARITHM_H

#include "coefficients.h"
#include "vectors.h"

#define ROOT_HALF INT64_C(0x3fe6a09e667f3bcd)
#define ONE INT64_C(0x3ff0000000000000)
#define FRACTION INT64_C(0x000fffffffffffff)

struct split { vd k, m; };

/* Of a positive normal number. */
INLINE struct split split(vd x)
{
    vl moved = bits_of(x) + (ONE - ROOT_HALF);
    /* The biased exponent in the low bits of 2^52, as a shift that keeps the sign is slow before AVX-512. */
    vd k = of_bits((vl)((moved >> 52) & 0xfff) | (vl)all(0x1p52)) - all(0x1p52 + 1023);
    return (struct split){k, of_bits((moved & FRACTION) + ROOT_HALF)};
}

/* log(1 + f) - f + extra, for f of `split`; extra is small. */
INLINE vd log_small(vd f, vd extra)
{
    vd s = f / (all(2) + f), z = s * s, h = all(0.5) * f * f;
    return fused(s, fused(z, POLYNOMIAL(LOG, z), h), extra) - h;
}

INLINE vl ordinary(vd x) { return (x >= all(0x1p-1022)) & (x < all(__builtin_inf())); }

/* log of what is not a positive normal number: 0, negative, infinite, NaN; a subnormal number has been scaled. */
INLINE vd log_of_odd(vd x, vd y)
{
    y = pick(x == all(0), all(-__builtin_inf()), y);
    y = pick(x < all(0), all(__builtin_nan("")), y);
    return pick((x == all(__builtin_inf())) | (x != x), x, y);
}

/* k and f such that x = 2^k (1 + f); subnormal numbers too. */
INLINE struct split split_any(vd x, bool odd)
{
    if (!odd)
        return split(x);
    vl tiny = x < all(0x1p-1022);
    struct split result = split(pick(tiny, x * all(0x1p54), x));
    result.k = pick(tiny, result.k - all(54), result.k);
    return result;
}

INLINE vd own_log(vd x)
{
    bool odd = any(!ordinary(x));
    struct split parts = split_any(x, odd);
    vd f = parts.m - all(1);
    dd high = fast_sum(parts.k * all(LN2_0), f);
    vd y = high.hi + (high.lo + log_small(f, parts.k * all(LN2_1)));
    return odd ? log_of_odd(x, y) : y;
}

/* log(m) c as a sum of two, c too. */
INLINE dd log_times(vd m, double c, double c_rest)
{
    vd f = m - all(1);
    dd log = fast_sum(f, log_small(f, all(0)));
    dd product = exact_product(log.hi, all(c));
    product.lo += fused(log.hi, all(c_rest), log.lo * all(c));
    return product;
}

INLINE vd own_log2(vd x)
{
    bool odd = any(!ordinary(x));
    struct split parts = split_any(x, odd);
    dd small = log_times(parts.m, LOG2_E_0, LOG2_E_1), sum = fast_sum(parts.k, small.hi);
    vd y = sum.hi + (sum.lo + small.lo);
    return odd ? log_of_odd(x, y) : y;
}

INLINE vd own_log10(vd x)
{
    bool odd = any(!ordinary(x));
    struct split parts = split_any(x, odd);
    dd small = log_times(parts.m, LOG10_E_0, LOG10_E_1), sum = fast_sum(parts.k * all(LOG10_2_0), small.hi);
    vd y = sum.hi + (sum.lo + fused(parts.k, all(LOG10_2_1), small.lo));
    return odd ? log_of_odd(x, y) : y;
}

/* log 2^more (u + rest) for a positive normal u, as a sum of two. */
INLINE dd log_parts(vd u, vd rest, vd more)
{
    struct split parts = split(u);
    vd scale = of_bits(bits_of(parts.m) - bits_of(u) + ONE); /* 2^-k */
    parts.k += more;
    dd f = fast_sum(parts.m - all(1), rest * scale);
    dd high = fast_sum(parts.k * all(LN2_0), f.hi);
    vd extra = fused(parts.k, all(LN2_1), f.lo - f.lo * f.hi); /* log'(1 + f) is nearly 1 - f */
    return fast_sum(high.hi, high.lo + log_small(f.hi, extra));
}

INLINE vd log_of_sum(vd u, vd rest, vd more) { return rounded(log_parts(u, rest, more)); }

INLINE vd own_log1p(vd x)
{
    vl odd = !((x > all(-1)) & (x < all(0x1p1000)));
    dd u = exact_sum(all(1), x);
    vd y = pick(magnitude(x) < all(0x1p-54), x, log_of_sum(u.hi, u.lo, all(0)));
    if (any(odd)) {
        vd special = pick(x == all(-1), all(-__builtin_inf()), all(__builtin_nan("")));
        y = pick(odd, pick(x >= all(0x1p1000), own_log(x), special), y);
    }
    return y;
}

/* log x with about 66 bits, for a positive normal x. log m = 2 artanh(s): s as a sum of two, and in the series
   2s + 2/3 s^3 + 2/5 s^5 + … the second term as well. */
INLINE dd log_long(vd x)
{
    struct split parts = split(x);
    vd f = parts.m - all(1);
    dd under = fast_sum(all(1), parts.m);
    vd inverse = all(1) / under.hi, s = f * inverse;
    vd s_rest = (rest_of(f, s, under.hi) - s * under.lo) * inverse;
    dd z = exact_product(s, s);
    z.lo = fused(s + s, s_rest, z.lo);
    dd q = fast_sum(all(TWO_THIRDS_0), z.hi * POLYNOMIAL(LOG_LONG, z.hi));
    q.lo += all(TWO_THIRDS_1);
    dd cube = exact_product(s, z.hi);
    cube.lo += fused(s, z.lo, s_rest * z.hi);
    dd third = exact_product(cube.hi, q.hi);
    third.lo += fused(cube.hi, q.lo, cube.lo * q.hi);
    dd sum = fast_sum(s + s, third.hi);
    sum.lo += third.lo + (s_rest + s_rest);
    dd high = fast_sum(parts.k * all(LN2_0), sum.hi);
    high.lo += fused(parts.k, all(LN2_1), sum.lo); /* up to 2^-40 of the other */
    return high;
}

#endif
