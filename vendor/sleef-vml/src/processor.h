/* What the processor and the operating system can do, asked of the processor itself: __builtin_cpu_supports would
   bring code of the compiler's runtime that differs from target to target. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include <stdbool.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Of XCR0: the operating system keeps the 256-bit registers; it keeps the 512-bit and mask registers as well. */
enum { KEEPS_AVX = 0x06, KEEPS_AVX512 = 0xe6 };

/* Intel's manual, volume 1, 14.3: AVX needs OSXSAVE and XCR0 before its own bit counts. */
static inline bool keeps(unsigned int wanted)
{
    unsigned int a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & wanted) == wanted;
}

static inline bool has_sse2(void)
{
    return true;
}

static inline bool has_avx2(void)
{
    unsigned int a, b, c, d;
    if (!keeps(KEEPS_AVX) || !__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_FMA) || !(c & bit_AVX))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2);
}

static inline bool has_avx512f(void)
{
    const unsigned int wanted = bit_AVX512F | bit_AVX512DQ | bit_AVX512VL | bit_AVX512BW;
    unsigned int a, b, c, d;
    return has_avx2() && keeps(KEEPS_AVX512) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & wanted) == wanted;
}

#elif defined(__aarch64__)

static inline bool has_advsimd(void)
{
    return true;
}

#endif
#endif
