/* What the library exports: each function calls the one that was compiled for this processor.

   The recipe says with -DHAVE_level which levels were compiled. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkl_service.h"
#include "processor.h"
#include "table.h"

#ifndef SLEEF_VERSION_STRING
#define SLEEF_VERSION_STRING "unknown"
#endif

struct level {
    const char *name;
    bool (*supported)(void);
    const struct table *high, *fast;
};

#define DECLARE(LEVEL) extern const struct table HIGH_OF(LEVEL), FAST_OF(LEVEL);
#define DESCRIBE(LEVEL) {#LEVEL, has_##LEVEL, &HIGH_OF(LEVEL), &FAST_OF(LEVEL)},
#ifdef HAVE_AVX512F
DECLARE(avx512f)
#endif
#ifdef HAVE_AVX2
DECLARE(avx2)
#endif
#ifdef HAVE_SSE2
DECLARE(sse2)
#endif
#ifdef HAVE_ADVSIMD
DECLARE(advsimd)
#endif

/* From the widest to the one that every processor of the architecture has. */
static const struct level levels[] = {
#ifdef HAVE_AVX512F
    DESCRIBE(avx512f)
#endif
#ifdef HAVE_AVX2
    DESCRIBE(avx2)
#endif
#ifdef HAVE_SSE2
    DESCRIBE(sse2)
#endif
#ifdef HAVE_ADVSIMD
    DESCRIBE(advsimd)
#endif
};
enum { LEVELS = sizeof levels / sizeof levels[0] };

/* The level that NUMEXPR_VML_LEVEL names, if the processor has it, or else the widest that it has. */
static const struct level *choose(void)
{
    const char *asked = getenv("NUMEXPR_VML_LEVEL");
    for (int i = 0; asked && i < LEVELS; i++)
        if (!strcmp(asked, levels[i].name) && levels[i].supported())
            return &levels[i];
    for (int i = 0; i < LEVELS - 1; i++)
        if (levels[i].supported())
            return &levels[i];
    return &levels[LEVELS - 1];
}

/* Chosen at the first call; threads that race choose the same. */
static const struct level *level(void)
{
    static const struct level *_Atomic chosen;
    const struct level *found = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!found) {
        found = choose();
        atomic_store_explicit(&chosen, found, memory_order_relaxed);
    }
    return found;
}

static atomic_uint mode = VML_HA | VML_ERRMODE_IGNORE;
static atomic_int thread_limit = 1;

unsigned int vmlSetMode(unsigned int wanted)
{
    unsigned int accuracy = wanted & VML_ACCURACY_MASK;
    if (accuracy < VML_LA || accuracy > VML_EP)
        accuracy = VML_HA;
    return atomic_exchange(&mode, accuracy | VML_ERRMODE_IGNORE);
}

unsigned int vmlGetMode(void)
{
    return atomic_load(&mode);
}

int mkl_domain_set_num_threads(int limit, int domain)
{
    (void)domain;
    if (limit < 1)
        return 0;
    atomic_store(&thread_limit, limit);
    return 1;
}

int mkl_domain_get_max_threads(int domain)
{
    (void)domain;
    return atomic_load(&thread_limit);
}

void mkl_get_version_string(char *text, int size)
{
    if (size > 0)
        snprintf(text, (size_t)size, "SLEEF-VML " SLEEF_VERSION_STRING " (%s)", level()->name);
}

static const struct table *table(void)
{
    bool high = (atomic_load_explicit(&mode, memory_order_relaxed) & VML_ACCURACY_MASK) == VML_HA;
    return high ? level()->high : level()->fast;
}

#define VML_REAL(NAME) \
    void vs##NAME(MKL_INT n, const float *a, float *r) { table()->vs##NAME(n, a, r); } \
    void vd##NAME(MKL_INT n, const double *a, double *r) { table()->vd##NAME(n, a, r); }
#define VML_REAL2(NAME) \
    void vs##NAME(MKL_INT n, const float *a, const float *b, float *r) { table()->vs##NAME(n, a, b, r); } \
    void vd##NAME(MKL_INT n, const double *a, const double *b, double *r) { table()->vd##NAME(n, a, b, r); }
#define VML_COMPLEX(NAME) \
    void vz##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r) { table()->vz##NAME(n, a, r); }
#include "vml_functions.h"
