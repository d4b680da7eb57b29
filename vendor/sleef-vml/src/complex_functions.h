/* The complex functions, one by one. */
#define EACH(NAME, FUNCTION) \
static void z##NAME(MKL_INT n, const MKL_Complex16 *a, MKL_Complex16 *r) \
{ \
    for (MKL_INT i = 0; i < n; i++) { \
        double _Complex x, y; \
        memcpy(&x, a + i, sizeof x); \
        y = FUNCTION(x); \
        memcpy(r + i, &y, sizeof y); \
    } \
}
static double _Complex one_log10(double _Complex z) { double _Complex y = clog(z); return CMPLX(creal(y) * 0.4342944819032518, cimag(y) * 0.4342944819032518); }
EACH(Conj, conj) EACH(Sqrt, csqrt) EACH(Exp, cexp) EACH(Ln, clog) EACH(Log10, one_log10)
EACH(Sin, csin) EACH(Cos, ccos) EACH(Tan, ctan) EACH(Asin, casin) EACH(Acos, cacos) EACH(Atan, catan)
EACH(Sinh, csinh) EACH(Cosh, ccosh) EACH(Tanh, ctanh) EACH(Asinh, casinh) EACH(Acosh, cacosh) EACH(Atanh, catanh)
