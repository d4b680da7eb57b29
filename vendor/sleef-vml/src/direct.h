/* exp and log of floats in floats, which is twice as fast as in doubles and still within 1 ulp: the formulas of
   exponential.h and logarithm.h, the latter without a division. Where the result, or the argument of log, is not an
   ordinary number, the element is that of single.h. */
#ifndef DIRECT_H
#define DIRECT_H

#include "coefficients.h"
#include "single.h"
#include "vectors.h"

typedef float vs __attribute__((ext_vector_type(2 * LANES)));
typedef __typeof__((vs){0} < (vs){0}) vsi;

INLINE vs all_s(float x) { return (vs)x; }
INLINE vs fused_s(vs a, vs b, vs c)
{
#if HAVE_FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* As POLYNOMIAL of vectors.h. */
#define POLYNOMIAL_S(C, X) polynomial_s(C, sizeof(C) / sizeof((C)[0]), X)
INLINE vs polynomial_s(const double *c, int count, vs x)
{
    const vs square = x * x;
    const int top = count - 1, top_even = top & ~1, top_odd = (top - 1) | 1;
    vs even = all_s((float)c[top_even]), odd = all_s((float)c[top_odd]);
#pragma clang loop unroll(full)
    for (int k = top_even - 2; k >= 0; k -= 2)
        even = fused_s(even, square, all_s((float)c[k]));
#pragma clang loop unroll(full)
    for (int k = top_odd - 2; k >= 1; k -= 2)
        odd = fused_s(odd, square, all_s((float)c[k]));
    return fused_s(odd, x, even);
}

/* The elements where `where` holds are replaced by what a function of single.h gives. */
#define WHERE_ODD(NAME, FUNCTION) \
static __attribute__((noinline)) void NAME(const vs *x, const vsi *where, vs *y) \
{ \
    vf halves[2]; \
    vs other; \
    memcpy(halves, x, sizeof halves); \
    halves[0] = FUNCTION(halves[0]); \
    halves[1] = FUNCTION(halves[1]); \
    memcpy(&other, halves, sizeof other); \
    *y = *where ? other : *y; \
}
WHERE_ODD(odd_exp, single_exp)
WHERE_ODD(odd_log, single_log)

INLINE vs direct_exp(vs x)
{
    const vs whole = all_s(0x1.8p23f);
    vs n_bits = fused_s(x, all_s((float)LOG2_E_0), whole), n = n_bits - whole;
    vs high = fused_s(-n, all_s(LN2_SINGLE_0), x), low = n * all_s(LN2_SINGLE_1); /* the first is exact: 15 bits */
    vs r = high - low, lost = (high - r) - low;
    vs p = r + fused_s(r * r, POLYNOMIAL_S(EXP_SINGLE, r), lost);
    vs y = (vs)((vsi)(all_s(1) + p) + ((vsi)n_bits << 23));
    vsi odd = !(__builtin_elementwise_abs(x) < all_s(87));
    if (__builtin_reduce_or(odd)) odd_exp(&x, &odd, &y);
    return y;
}

#define ROOT_HALF_S 0x3f3504f3
#define ONE_S 0x3f800000

INLINE vs direct_log(vs x)
{
    vsi moved = (vsi)x + (ONE_S - ROOT_HALF_S);
    vs k = __builtin_convertvector((moved >> 23) - 127, vs), f = (vs)((moved & 0x7fffff) + ROOT_HALF_S) - all_s(1);
    vs whole = k * all_s(LN2_SINGLE_0), sum = whole + f, rest = f - (sum - whole);
    vs small = fused_s(f, POLYNOMIAL_S(LOG_SINGLE, f), all_s(-0.5f));
    vs y = sum + fused_s(f * f, small, fused_s(k, all_s(LN2_SINGLE_1), rest));
    vsi odd = !((x >= all_s(0x1p-126f)) & (x < all_s(__builtin_inff())));
    if (__builtin_reduce_or(odd)) odd_log(&x, &odd, &y);
    return y;
}

#endif
