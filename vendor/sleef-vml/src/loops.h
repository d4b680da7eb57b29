/* Loops over arrays. The last, incomplete vector is put into a buffer and goes through the same loop: a result never
   depends on where in the array its argument is, and the loop has nothing else to look after. */
#ifndef LOOPS_H
#define LOOPS_H

#include <string.h>

/* Fill the whole buffer, with the first argument where there are no more: it costs nothing that was not paid before. */
#define PART(W, buffer, a, count) \
    for (int k_ = 0; k_ < (W); k_++) (buffer)[k_] = (a)[k_ < (count) ? k_ : 0]

#define LOOP1(NAME, T, V, FUNCTION) \
static void NAME(MKL_INT n, const T *a, T *r) \
{ \
    enum { W = sizeof(V) / sizeof(T) }; \
    MKL_INT i = 0; \
    for (; i <= n - W; i += W) { \
        V x, y; \
        memcpy(&x, a + i, sizeof x); \
        y = FUNCTION(x); \
        memcpy(r + i, &y, sizeof y); \
    } \
    if (i < n) { \
        T in[W], out[W]; \
        PART(W, in, a + i, n - i); \
        NAME(W, in, out); \
        memcpy(r + i, out, (size_t)(n - i) * sizeof *r); \
    } \
}

#define LOOP2(NAME, T, V, FUNCTION) \
static void NAME(MKL_INT n, const T *a, const T *b, T *r) \
{ \
    enum { W = sizeof(V) / sizeof(T) }; \
    MKL_INT i = 0; \
    for (; i <= n - W; i += W) { \
        V x1, x2, y; \
        memcpy(&x1, a + i, sizeof x1); \
        memcpy(&x2, b + i, sizeof x2); \
        y = FUNCTION(x1, x2); \
        memcpy(r + i, &y, sizeof y); \
    } \
    if (i < n) { \
        T in1[W], in2[W], out[W]; \
        PART(W, in1, a + i, n - i); \
        PART(W, in2, b + i, n - i); \
        NAME(W, in1, in2, out); \
        memcpy(r + i, out, (size_t)(n - i) * sizeof *r); \
    } \
}

#endif
