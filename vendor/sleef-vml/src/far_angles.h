/* Sine and cosine of a single angle of any size, as sums of two: what the complex functions need beyond TURNS_MOST.

   M. Payne, R. Hanek: Radian reduction for trigonometric functions (1983). x = m 2^e with m < 2^53 whole; of 2 / pi only the
   bits count that make neither four whole turns with m 2^e nor less than 2^-128 of one. */
#ifndef FAR_ANGLES_H
#define FAR_ANGLES_H

#include <math.h>
#include <stdint.h>

#include "coefficients.h"
#include "trigonometric.h"

/* 64 bits of 2 / pi from a bit on, which is counted from the zeros in front of it. */
static uint64_t bits_from(int bit)
{
    const uint64_t *word = TWO_OVER_PI_WORDS + bit / 64;
    int shift = bit % 64;
    return shift ? word[0] << shift | word[1] >> (64 - shift) : word[0];
}

/* A finite |x| >= 1 is n pi/2 + r + rest, |r| <= pi/4. */
static struct turns far_turns(double x)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &exponent), 53);
    int first = exponent - 53 + 62; /* the bit whose product with m begins with two bits of whole quarter turns */
    unsigned __int128 low = (unsigned __int128)m * bits_from(first + 128);
    unsigned __int128 middle = (unsigned __int128)m * bits_from(first + 64) + (low >> 64);
    uint64_t high = m * bits_from(first) + (uint64_t)(middle >> 64);
    /* What lies behind the whole quarter turns, as a signed number: at most half of one. */
    uint64_t part = high << 2 | (uint64_t)middle >> 62, next = (uint64_t)middle << 2 | (uint64_t)low >> 62;
    int64_t n = (int64_t)((high >> 62) + (part >> 63));
    double large = (double)((int64_t)part >> 12) * 0x1p-52;
    double small = (double)((part & 0xfff) << 40 | next >> 24) * 0x1p-104;
    double least = (double)(next & 0xffffff) * 0x1p-128;
    dd turn = fast_sum(all(large), all(small));
    turn = fast_sum(turn.hi, turn.lo + all(least));
    dd r = product(turn, (dd){all(HALF_PI_0), all(HALF_PI_1)});
    r = fast_sum(r.hi, r.lo);
    return x < 0 ? (struct turns){(vl)(-n), -r.hi, -r.lo} : (struct turns){(vl)n, r.hi, r.lo};
}

/* NaN for what is not finite. */
static struct sine_cosine any_sine_cosine(double x)
{
    if (fabs(x) < TURNS_MOST)
        return sine_cosine(all(x));
    if (!isfinite(x))
        return (struct sine_cosine){{all(x - x), all(0)}, {all(x - x), all(0)}};
    return sine_cosine_of(far_turns(x));
}

#endif
