/* Loops over arrays. The last, incomplete vector goes through the same function as the others, by way of a buffer:
   a result never depends on where in the array its argument is. */
#ifndef LOOPS_H
#define LOOPS_H

#include <string.h>

/* Fill the whole buffer, with the first argument where there are no more: it costs nothing that was not paid before. */
#define PART(T, W, buffer, a, count) \
    for (int k_ = 0; k_ < (W); k_++) (buffer)[k_] = (a)[k_ < (count) ? k_ : 0]

#define LOOP1(NAME, T, V, FUNCTION) \
static void NAME(MKL_INT n, const T *a, T *r) \
{ \
    enum { W = sizeof(V) / sizeof(T) }; \
    for (MKL_INT i = 0; i < n; i += W) { \
        T in[W], out[W]; \
        V x, y; \
        const int count = n - i; \
        if (count >= W) { \
            memcpy(&x, a + i, sizeof x); \
        } else { \
            PART(T, W, in, a + i, count); \
            memcpy(&x, in, sizeof x); \
        } \
        y = FUNCTION(x); \
        if (count >= W) { \
            memcpy(r + i, &y, sizeof y); \
        } else { \
            memcpy(out, &y, sizeof y); \
            for (int k = 0; k < count; k++) r[i + k] = out[k]; \
        } \
    } \
}

#define LOOP2(NAME, T, V, FUNCTION) \
static void NAME(MKL_INT n, const T *a, const T *b, T *r) \
{ \
    enum { W = sizeof(V) / sizeof(T) }; \
    for (MKL_INT i = 0; i < n; i += W) { \
        T in1[W], in2[W], out[W]; \
        V x1, x2, y; \
        const int count = n - i; \
        if (count >= W) { \
            memcpy(&x1, a + i, sizeof x1); \
            memcpy(&x2, b + i, sizeof x2); \
        } else { \
            PART(T, W, in1, a + i, count); \
            PART(T, W, in2, b + i, count); \
            memcpy(&x1, in1, sizeof x1); \
            memcpy(&x2, in2, sizeof x2); \
        } \
        y = FUNCTION(x1, x2); \
        if (count >= W) { \
            memcpy(r + i, &y, sizeof y); \
        } else { \
            memcpy(out, &y, sizeof y); \
            for (int k = 0; k < count; k++) r[i + k] = out[k]; \
        } \
    } \
}

#endif
