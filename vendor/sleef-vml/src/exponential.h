/* exp, expm1, sinh, cosh, tanh.

   x = n log 2 + r with |r| <= log 2 / 2; e^x = 2^n (1 + r + r^2 / 2 + r^3 P(r)). The rounding errors of r
   and of the second sum are kept and added to the small part. */
#ifndef EXPONENTIAL_H
#define EXPONENTIAL_H

#include "coefficients.h"
#include "vectors.h"

/* 2^n (1 + p), n as a number and in the low bits of a shifted one. */
struct power { vd n, n_bits, p, p_rest; };

INLINE struct power power_of_e(vd x, vd rest)
{
    struct power result;
    result.n_bits = fused(x, all(LOG2_E_0), all(WHOLE));
    result.n = result.n_bits - all(WHOLE);
    vd high = fused(-result.n, all(LN2_0), x); /* exact: LN2_0 has 40 bits */
    vd low = fused(result.n, all(LN2_1), -rest);
    vd r = high - low, lost = (high - r) - low;
    vd half = all(0.5) * r, square = r * r;
    dd p = fast_sum(r, half * r);
    result.p = p.hi;
    result.p_rest = fused(square * r, POLYNOMIAL(EXP, r), lost) + p.lo;
    return result;
}

/* 2^n for a shifted n: its low 12 bits, with the bias, become the exponent. For -1022 <= n <= 1023. */
INLINE vd two_to(vd n_bits) { return of_bits((bits_of(n_bits) << 52) + (vl)all(1.0)); }

/* y 2^n for every n that can occur, in two steps: the first is exact, the second rounds where the result is subnormal. */
INLINE vd scaled(vd y, vd n)
{
    vd half = shifted(n * all(0.5)), other = shifted(n - (half - all(WHOLE)));
    return y * two_to(half) * two_to(other);
}

#define EXP_MOST 708.0 /* up to here no factor of the result leaves the range of a double */

static __attribute__((noinline)) void exp_anywhere(const vd *x, const vd *rest, vd *y)
{
    vd bounded = smaller(larger(*x, all(-800)), all(800));
    struct power e = power_of_e(bounded, pick(bounded == *x, *rest, all(0)));
    *y = pick(*x != *x, *x, scaled(all(1) + (e.p + e.p_rest), e.n));
}

/* e^(x + rest) */
INLINE vd exp_of_sum(vd x, vd rest)
{
    if (any(!(magnitude(x) < all(EXP_MOST)))) {
        vd y;
        exp_anywhere(&x, &rest, &y);
        return y;
    }
    struct power e = power_of_e(x, rest);
    return of_bits(bits_of(all(1) + (e.p + e.p_rest)) + (bits_of(e.n_bits) << 52));
}

/* 2^-moved e^x as a sum of two, where that and its last bits are in the range of a double. */
INLINE dd exp_parts(vd x, vd moved)
{
    struct power e = power_of_e(x, all(0));
    vd scale = two_to(e.n_bits - moved);
    dd sum = fast_sum(all(1), e.p);
    return (dd){scale * sum.hi, scale * (sum.lo + e.p_rest)};
}

INLINE vd own_exp(vd x) { return exp_of_sum(x, all(0)); }

/* e^x - 1 as a sum of two, for |x| < 709. */
INLINE dd expm1_parts(vd x)
{
    struct power e = power_of_e(x, all(0));
    vd scale = two_to(e.n_bits);
    dd whole = exact_sum(scale, all(-1)), sum = exact_sum(whole.hi, scale * e.p);
    return fast_sum(sum.hi, sum.lo + fused(scale, e.p_rest, whole.lo));
}

BY_SLEEF1(sleef_expm1, SLEEF_D(expm1, u10))
INLINE vd own_expm1(vd x)
{
    vl odd = !(magnitude(x) < all(EXP_MOST));
    dd y = expm1_parts(x);
    vd result = pick(x == all(0), x, y.hi + y.lo);
    if (any(odd)) {
        vd other;
        sleef_expm1(&x, &other);
        result = pick(odd, other, result);
    }
    return result;
}

/* sinh x = (t + t / (1 + t)) / 2 and cosh x = 1 + t^2 / (1 + t) / 2 with t = e^|x| - 1. Above 22 e^-x is nothing beside
   e^x, and above 708 e^x is 2^1024 (e^x / 2^1024), to overflow where the result does and not before. */
INLINE vd half_exp(vd x)
{
    vd bounded = smaller(x, all(800));
    struct power e = power_of_e(bounded, all(0));
    return pick(x != x, x, scaled(all(1) + (e.p + e.p_rest), e.n - all(1)));
}

static __attribute__((noinline)) void sinh_anywhere(const vd *x, vd *y)
{
    *y = with_sign(half_exp(magnitude(*x)), *x);
}

static __attribute__((noinline)) void cosh_anywhere(const vd *x, vd *y)
{
    *y = half_exp(magnitude(*x));
}

/* sinh and cosh of |x| < 300, which is what products without a fused multiply-add can take, as sums of two:
   with u = t / (1 + t) they are (t + u) / 2 and (1 + t + 1 - u) / 2. */
struct hyperbolic { dd sinh, cosh; };

INLINE struct hyperbolic hyperbolic(vd x)
{
    dd t = expm1_parts(magnitude(x)), one_more = exact_sum(t.hi, all(1));
    one_more.lo += t.lo;
    dd u = quotient(t, one_more), inverse = fast_sum(all(1), -u.hi);
    dd sinh = fast_sum(t.hi, u.hi), cosh = fast_sum(one_more.hi, inverse.hi);
    sinh = fast_sum(all(0.5) * sinh.hi, all(0.5) * (sinh.lo + (t.lo + u.lo)));
    cosh = fast_sum(all(0.5) * cosh.hi, all(0.5) * (cosh.lo + (one_more.lo + (inverse.lo - u.lo))));
    return (struct hyperbolic){{with_sign(sinh.hi, x), pick(x < all(0), -sinh.lo, sinh.lo)}, cosh};
}

INLINE vd own_sinh(vd x)
{
    vl odd = !(magnitude(x) < all(300));
    dd parts = hyperbolic(x).sinh;
    vd y = pick(magnitude(x) < all(0x1p-28), x, parts.hi + parts.lo);
    if (any(odd)) {
        vd other;
        sinh_anywhere(&x, &other);
        y = pick(odd, other, y);
    }
    return y;
}

INLINE vd own_cosh(vd x)
{
    vd size = magnitude(x);
    vl odd = !(size < all(EXP_MOST));
    struct power e = power_of_e(size, all(0));
    vd scale = two_to(e.n_bits) * all(0.5);
    dd high = fast_sum(scale, scale * e.p);
    vd rest = fused(scale, e.p_rest, high.lo);
    vd y = high.hi + (rest + all(0.25) / (high.hi + rest));
    if (any(odd)) {
        vd other;
        cosh_anywhere(&x, &other);
        y = pick(odd, other, y);
    }
    return y;
}

/* t / (t + 2) with t = e^2|x| - 1; 1 from 22 on. */
INLINE vd own_tanh(vd x)
{
    vd size = magnitude(x), bounded = smaller(size, all(22)); /* NaN becomes 22 */
    dd t = expm1_parts(bounded + bounded);
    dd under = exact_sum(t.hi, all(2));
    under.lo += t.lo;
    dd q = quotient(t, under);
    vd y = pick(size < all(0x1p-28), size, q.hi + q.lo);
    return pick(x != x, x, with_sign(y, x));
}

#endif
