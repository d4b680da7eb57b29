/* Vectors of LANES doubles, and of as many floats, whatever the processor's own width is: the compiler makes several
   registers of each, so that several results are on their way at once. Everything is IEEE arithmetic without
   intrinsics: a level that runs here tells what another one will give. Clang only. */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sleef.h"

enum { LANES = 2 * NATIVE_D };

typedef double vd __attribute__((ext_vector_type(LANES)));
typedef float vf __attribute__((ext_vector_type(LANES)));
typedef __typeof__((vd){0} < (vd){0}) vl; /* whole numbers as wide as doubles, and truth: 0 or -1 */
typedef __typeof__((vf){0} < (vf){0}) vi; /* of floats */

/* A number as the sum of two, the second at most half an ulp of the first. */
typedef struct { vd hi, lo; } dd;

#define INLINE static inline __attribute__((always_inline))

INLINE vd all(double x) { return (vd)x; }
/* a b + c, with one rounding where the processor can. Nothing may depend on that but exact_product and rest_of. */
#if defined(__FMA__) || defined(__aarch64__)
#define HAVE_FUSED 1
INLINE vd fused(vd a, vd b, vd c) { return __builtin_elementwise_fma(a, b, c); }
#else
#define HAVE_FUSED 0
INLINE vd fused(vd a, vd b, vd c) { return a * b + c; }
#endif
INLINE vd root(vd x) { return __builtin_elementwise_sqrt(x); }
INLINE vd magnitude(vd x) { return __builtin_elementwise_abs(x); }
INLINE vd with_sign(vd x, vd sign) { return __builtin_elementwise_copysign(x, sign); }
INLINE vd pick(vl condition, vd yes, vd no) { return condition ? yes : no; }
INLINE vd larger(vd a, vd b) { return pick(a > b, a, b); }
INLINE vd smaller(vd a, vd b) { return pick(a < b, a, b); }
INLINE vl bits_of(vd x) { return (vl)x; }
INLINE vd of_bits(vl x) { return (vd)x; }
INLINE vd widened(vf x) { return __builtin_convertvector(x, vd); }
INLINE vf narrowed(vd x) { return __builtin_convertvector(x, vf); }
INLINE bool any(vl condition) { return __builtin_reduce_or(condition) != 0; }

/* a + b for |a| >= |b| or a = 0, and for any two. Exact. */
INLINE dd fast_sum(vd a, vd b)
{
    vd s = a + b;
    return (dd){s, b - (s - a)};
}

INLINE dd exact_sum(vd a, vd b)
{
    vd s = a + b, other = s - a;
    return (dd){s, (a - (s - other)) + (b - other)};
}

/* Without a fused multiply-add by Dekker's splitting, for numbers below 2^995. */
INLINE dd exact_product(vd a, vd b)
{
    vd p = a * b;
#if HAVE_FUSED
    return (dd){p, fused(a, b, -p)};
#else
    vd a_cut = a * all(0x1p27 + 1), b_cut = b * all(0x1p27 + 1);
    vd a_high = a_cut - (a_cut - a), b_high = b_cut - (b_cut - b), a_low = a - a_high, b_low = b - b_high;
    return (dd){p, a_low * b_low - (((p - a_high * b_high) - a_low * b_high) - a_high * b_low)};
#endif
}

INLINE dd product(dd a, dd b)
{
    dd p = exact_product(a.hi, b.hi);
    return (dd){p.hi, p.lo + fused(a.hi, b.lo, a.lo * b.hi)};
}

INLINE dd sum(dd a, dd b)
{
    dd s = exact_sum(a.hi, b.hi);
    return fast_sum(s.hi, s.lo + (a.lo + b.lo));
}

INLINE dd half_of(dd a) { return (dd){all(0.5) * a.hi, all(0.5) * a.lo}; }
INLINE vd rounded(dd a) { return a.hi + a.lo; }

/* a - q b, exact where q is a / b but for its last bits. */
INLINE vd rest_of(vd a, vd q, vd b)
{
#if HAVE_FUSED
    return fused(-q, b, a);
#else
    dd p = exact_product(q, b);
    return (a - p.hi) - p.lo;
#endif
}

/* a / b, for finite b that are not zero. */
INLINE dd quotient(dd a, dd b)
{
    vd inverse = all(1) / b.hi, q = a.hi * inverse;
    vd rest = rest_of(a.hi, q, b.hi) + (a.lo - q * b.lo);
    return fast_sum(q, rest * inverse);
}

/* The root of a + rest for a > 0; 0 for 0. */
INLINE dd long_root(vd a, vd rest)
{
    vd r = root(a), lost = (rest_of(a, r, r) + rest) / (r + r);
    return fast_sum(r, pick(a > all(0), lost, all(0)));
}

/* c[0] + c[1] x + …: the even and the odd powers apart, two shorter chains instead of one. */
#define POLYNOMIAL(C, X) polynomial(C, sizeof(C) / sizeof((C)[0]), X)
INLINE vd polynomial(const double *c, int count, vd x)
{
    const vd square = x * x;
    int top = count - 1;
    vd even = all(c[top & ~1]), odd = all(c[(top - 1) | 1]);
#pragma clang loop unroll(full)
    for (int k = (top & ~1) - 2; k >= 0; k -= 2)
        even = fused(even, square, all(c[k]));
#pragma clang loop unroll(full)
    for (int k = ((top - 1) | 1) - 2; k >= 1; k -= 2)
        odd = fused(odd, square, all(c[k]));
    return fused(odd, x, even);
}

/* The nearest whole number of a double below 2^51 in magnitude, and the same in the low bits of a double. */
#define WHOLE 0x1.8p52
INLINE vd shifted(vd x) { return x + all(WHOLE); }

/* SLEEF's function over the registers of a vector. */
#define BY_SLEEF1(NAME, SLEEF) \
static __attribute__((noinline)) void NAME(const vd *x, vd *y) \
{ \
    native_d parts[sizeof(vd) / sizeof(native_d)]; \
    memcpy(parts, x, sizeof parts); \
    for (unsigned k = 0; k < sizeof(vd) / sizeof(native_d); k++) parts[k] = SLEEF(parts[k]); \
    memcpy(y, parts, sizeof parts); \
}
#define BY_SLEEF2(NAME, SLEEF) \
static __attribute__((noinline)) void NAME(const vd *a, const vd *b, vd *y) \
{ \
    native_d first[sizeof(vd) / sizeof(native_d)], second[sizeof(vd) / sizeof(native_d)]; \
    memcpy(first, a, sizeof first); \
    memcpy(second, b, sizeof second); \
    for (unsigned k = 0; k < sizeof(vd) / sizeof(native_d); k++) first[k] = SLEEF(first[k], second[k]); \
    memcpy(y, first, sizeof first); \
}

/* The elements where `where` holds, one by one, which is for arguments that are rare: by a function of SLEEF's that looks
   at the whole vector to choose its way, so that each element gets a vector of its own; or by libm's. */
#define EACH_BY_SLEEF(NAME, SLEEF) \
static __attribute__((noinline)) void NAME(const vd *x, const vl *where, vd *y) \
{ \
    for (int k = 0; k < LANES; k++) \
        if ((*where)[k]) { \
            double copies[NATIVE_D]; \
            native_d part; \
            for (int i = 0; i < NATIVE_D; i++) copies[i] = (*x)[k]; \
            memcpy(&part, copies, sizeof part); \
            part = SLEEF(part); \
            memcpy(copies, &part, sizeof part); \
            (*y)[k] = copies[0]; \
        } \
}

static __attribute__((noinline)) void by_libm2(const vd *a, const vd *b, const vl *where, vd *y, double function(double, double))
{
    for (int k = 0; k < LANES; k++)
        if ((*where)[k]) (*y)[k] = function((*a)[k], (*b)[k]);
}

#endif
