/* Written by tools/coefficients.py: change that, and run it again. */
#ifndef COEFFICIENTS_H
#define COEFFICIENTS_H

#include <stdint.h>

/* (e^r - 1 - r - r^2 / 2) / r^3, error 2^-56.8 */
static const double EXP[] = {
    0x1.5555555555556p-3,
    0x1.5555555555555p-5,
    0x1.11111111109b3p-7,
    0x1.6c16c16c167e1p-10,
    0x1.a01a01a7c41d5p-13,
    0x1.a01a01a47b054p-16,
    0x1.71de0dae63bb3p-19,
    0x1.27e4e1f48534fp-22,
    0x1.af38a9b0ec855p-26,
    0x1.1f66df7fca49fp-29,
};

/* (e^r - 1 - r) / r^2, for floats, error 2^-29.4 */
static const double EXP_SHORT[] = {
    0x1.0000000b9129bp-1,
    0x1.5555555a78ed4p-3,
    0x1.5554e9063586ep-5,
    0x1.1110e0f238322p-7,
    0x1.6d43246b523b4p-10,
    0x1.a124f19fe89acp-13,
};

/* the same, in floats, error 2^-23.9 */
static const double EXP_SINGLE[] = {
    0x1.ffffffffbba2ap-2,
    0x1.5554dcf2a9121p-3,
    0x1.555519ffc8788p-5,
    0x1.120b7466e4324p-7,
    0x1.6d0fe768e36f8p-10,
};

/* (log(1 + f) - f + f^2 / 2) / f^3, in floats, error 2^-25.1 */
static const double LOG_SINGLE[] = {
    0x1.555553e3660dap-2,
    -0x1.fffffbeac287ap-3,
    0x1.999d5a430bf46p-3,
    -0x1.555b4994ad12bp-3,
    0x1.23d2196ef7977p-3,
    -0x1.fcf4c673064efp-4,
    0x1.dea28241d30a8p-4,
    -0x1.d635bbe618494p-4,
    0x1.1d8ea50b3f8a0p-4,
};

/* (2 artanh(s) / s - 2) / z, z = s^2, error 2^-58.7 */
static const double LOG[] = {
    0x1.5555555555555p-1,
    0x1.9999999999a38p-2,
    0x1.2492492476c87p-2,
    0x1.c71c720160b47p-3,
    0x1.745cf901605f7p-3,
    0x1.3b1c360763b8ap-3,
    0x1.0fbe83c2cbcf3p-3,
    0x1.0c04595972ab8p-3,
};

/* the same, for floats, error 2^-37.0 */
static const double LOG_SHORT[] = {
    0x1.5555555564eb7p-1,
    0x1.999998cae671fp-2,
    0x1.249323f5fe0a4p-2,
    0x1.c67ad18010d25p-3,
    0x1.8c8cb725e2db5p-3,
};

/* the same without its first term, divided by z, error 2^-58.9 */
static const double LOG_LONG[] = {
    0x1.999999999999ap-2,
    0x1.2492492492521p-2,
    0x1.c71c71c6eaa10p-3,
    0x1.745d177a96056p-3,
    0x1.3b1395d2190c1p-3,
    0x1.1118c7e4b0917p-3,
    0x1.df7cc8e5fa539p-4,
    0x1.e02e6fff27908p-4,
};

/* (sin(r) - r) / r^3 by z = r^2, error 2^-66.2 */
static const double SIN[] = {
    -0x1.5555555555555p-3,
    0x1.1111111111110p-7,
    -0x1.a01a01a019937p-13,
    0x1.71de3a54607a5p-19,
    -0x1.ae64541295cdfp-26,
    0x1.61217ee5cca1bp-33,
    -0x1.ab17bdcbd3414p-41,
};

/* (cos(r) - 1 + z / 2) / z^2, z = r^2, error 2^-59.4 */
static const double COS[] = {
    0x1.5555555555555p-5,
    -0x1.6c16c16c16967p-10,
    0x1.a01a019f4e9b4p-16,
    -0x1.27e4fa17bf139p-22,
    0x1.1eeb68cd22f56p-29,
    -0x1.907d8f29fe831p-37,
};

/* that of the sine, for floats, error 2^-35.1 */
static const double SIN_SHORT[] = {
    -0x1.555555545df18p-3,
    0x1.11110deef0ae3p-7,
    -0x1.a013a740c35cep-13,
    0x1.6dbded5452c9bp-19,
};

/* that of the cosine, for floats, error 2^-38.6 */
static const double COS_SHORT[] = {
    0x1.5555555502c6dp-5,
    -0x1.6c16bf54be1f5p-10,
    0x1.a015c4462d9e2p-16,
    -0x1.25243c2f39550p-22,
};

/* (asin(x) - x) / x^3 by z = x^2, error 2^-59.8 */
static const double ASIN[] = {
    0x1.5555555555555p-3,
    0x1.3333333333389p-4,
    0x1.6db6db6dac0eap-5,
    0x1.f1c71c7a5e151p-6,
    0x1.6e8ba121b9d5fp-6,
    0x1.1c4efd20ebb99p-6,
    0x1.c990a42b32b03p-7,
    0x1.7b02ef007d23ep-7,
    0x1.3b462d121c5d2p-7,
    0x1.31777489dfd29p-7,
    0x1.8dcdf11997e0fp-9,
    0x1.40c91fa8deb7ep-6,
    -0x1.3bd7e353ddbc2p-6,
    0x1.e58a4f278e007p-6,
};

/* (atan(t) - t) / t^3 by z = t^2, error 2^-59.6 */
static const double ATAN[] = {
    -0x1.5555555555555p-2,
    0x1.9999999999953p-3,
    -0x1.249249248d7dcp-3,
    0x1.c71c71c303dbbp-4,
    -0x1.745d165dc9713p-4,
    0x1.3b1392d519db1p-4,
    -0x1.110e87b4357d2p-4,
    0x1.e19a0bfa3eef9p-5,
    -0x1.ac7a5a79b3f26p-5,
    0x1.74dccfb93fff0p-5,
    -0x1.1b311bb48c215p-5,
    0x1.0acd9e91a5a35p-6,
};

/* the same, for floats, error 2^-35.6 */
static const double ATAN_SHORT[] = {
    -0x1.55555555020aap-2,
    0x1.9999982560b1bp-3,
    -0x1.2491c07b55c0bp-3,
    0x1.c6f683c68ff3fp-4,
    -0x1.71d3963f586fcp-4,
    0x1.24425ba99f811p-4,
    -0x1.4b348fe081416p-5,
};

#define LN2_0 0x1.62e42fefa4000p-1
#define LN2_1 -0x1.8432a1b0e2634p-43
#define LN2_SINGLE_0 0x1.62e4000000000p-1
#define LN2_SINGLE_1 0x1.7f7d1c0000000p-20
#define LN2_FULL_0 0x1.62e42fefa39efp-1
#define LOG2_E_0 0x1.71547652b82fep+0
#define LOG2_E_1 0x1.777d0ffda0d24p-56
#define LOG10_E_0 0x1.bcb7b1526e50ep-2
#define LOG10_E_1 0x1.95355baaafad3p-57
#define LOG10_2_0 0x1.34413509f8000p-2
#define LOG10_2_1 -0x1.80433b83b532ap-44
#define PI_0 0x1.921fb54442d18p+1
#define PI_1 0x1.1a62633145c07p-53
#define HALF_PI_0 0x1.921fb54442d18p+0
#define HALF_PI_1 0x1.1a62633145c07p-54
#define HALF_PI_2 -0x1.f1976b7ed8fbcp-110
#define SHORT_HALF_PI_0 0x1.921fb54400000p+0
#define SHORT_HALF_PI_1 0x1.0b4611a600000p-34
#define SHORT_HALF_PI_2 0x1.3198a2e000000p-69
#define SHORT_HALF_PI_3 0x1.b839a252049c1p-104
#define QUARTER_PI_0 0x1.921fb54442d18p-1
#define QUARTER_PI_1 0x1.1a62633145c07p-55
#define TWO_OVER_PI_0 0x1.45f306dc9c883p-1
#define TWO_THIRDS_0 0x1.5555555555555p-1
#define TWO_THIRDS_1 0x1.5555555555555p-55

/* 2 / pi behind the binary point, after 64 zeros. */
static const uint64_t TWO_OVER_PI_WORDS[] = {
    UINT64_C(0x0000000000000000),
    UINT64_C(0xa2f9836e4e441529),
    UINT64_C(0xfc2757d1f534ddc0),
    UINT64_C(0xdb6295993c439041),
    UINT64_C(0xfe5163abdebbc561),
    UINT64_C(0xb7246e3a424dd2e0),
    UINT64_C(0x06492eea09d1921c),
    UINT64_C(0xfe1deb1cb129a73e),
    UINT64_C(0xe88235f52ebb4484),
    UINT64_C(0xe99c7026b45f7e41),
    UINT64_C(0x3991d639835339f4),
    UINT64_C(0x9c845f8bbdf9283b),
    UINT64_C(0x1ff897ffde05980f),
    UINT64_C(0xef2f118b5a0a6d1f),
    UINT64_C(0x6d367ecf27cb09b7),
    UINT64_C(0x4f463f669e5fea2d),
    UINT64_C(0x7527bac7ebe5f17b),
    UINT64_C(0x3d0739f78a5292ea),
    UINT64_C(0x6bfb5fb11f8d5d08),
    UINT64_C(0x56033046fc7b6bab),
};

#endif
