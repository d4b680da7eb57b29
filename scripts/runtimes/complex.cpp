// The complex functions of C99 as Windows' C library has them (UCRT), for Wine, whose own are stubs that abort.
// Structures and not std::complex in the interface: they are passed and returned as MSVC does it. In MSVC's library
// long double is double, so the functions for it are the ones for double under another name (wine_shim.py).
#include <cmath>
#include <complex>
#include <limits>

struct Double { double re, im; };
struct Float { float re, im; };

static std::complex<double> in(Double z) { return {z.re, z.im}; }
static std::complex<float> in(Float z) { return {z.re, z.im}; }
static Double out(std::complex<double> z) { return {z.real(), z.imag()}; }
static Float out(std::complex<float> z) { return {z.real(), z.imag()}; }

// Where libc++'s formulas overflow halfway, or meet zero times infinity: factor share e^x by roots of e^x.
template <class T> static bool is_far(std::complex<T> z)
{
    const T most = sizeof(T) == sizeof(double) ? 700 : 80;
    return std::isfinite(z.real()) && std::isfinite(z.imag()) && std::fabs(z.real()) > most;
}
template <class T> static T grown(T factor, T share, T x)
{
    const T root = std::exp(x / 4);
    return factor == 0 ? factor : factor * root * root * root * (share * root);
}
template <class T> static std::complex<T> exp_of(std::complex<T> z)
{
    if (!is_far(z)) return std::exp(z);
    const T one = 1;
    return {grown(std::cos(z.imag()), one, z.real()), grown(std::sin(z.imag()), one, z.real())};
}
template <class T> static std::complex<T> cosh_of(std::complex<T> z)
{
    if (!is_far(z)) return std::cosh(z);
    const T half = 0.5, x = std::fabs(z.real()), side = std::copysign(T(1), z.real());
    return {grown(std::cos(z.imag()), half, x), side * grown(std::sin(z.imag()), half, x)};
}
template <class T> static std::complex<T> sinh_of(std::complex<T> z)
{
    if (!is_far(z)) return std::sinh(z);
    const T half = 0.5, x = std::fabs(z.real()), side = std::copysign(T(1), z.real());
    return {side * grown(std::cos(z.imag()), half, x), grown(std::sin(z.imag()), half, x)};
}
template <class T> static std::complex<T> tanh_of(std::complex<T> z)
{
    // C17, after a defect report; libc++ has NaN in both parts.
    if (z.real() == 0 && !std::isfinite(z.imag())) return {z.real(), std::numeric_limits<T>::quiet_NaN()};
    return std::tanh(z);
}
template <class T> static std::complex<T> cos_of(std::complex<T> z) { return cosh_of(std::complex<T>(-z.imag(), z.real())); }
template <class T> static std::complex<T> sin_of(std::complex<T> z)
{
    const std::complex<T> y = sinh_of(std::complex<T>(-z.imag(), z.real()));
    return {y.imag(), -y.real()};
}
template <class T> static std::complex<T> tan_of(std::complex<T> z)
{
    const std::complex<T> y = tanh_of(std::complex<T>(-z.imag(), z.real()));
    return {y.imag(), -y.real()};
}

#define COMPLEX(name, function)                                              \
    extern "C" Double shim_##name(Double z) { return out(function(in(z))); } \
    extern "C" Float shim_##name##f(Float z) { return out(function(in(z))); }
#define REAL(name, function)                                            \
    extern "C" double shim_##name(Double z) { return function(in(z)); } \
    extern "C" float shim_##name##f(Float z) { return function(in(z)); }

COMPLEX(cacos, std::acos)
COMPLEX(cacosh, std::acosh)
COMPLEX(casin, std::asin)
COMPLEX(casinh, std::asinh)
COMPLEX(catan, std::atan)
COMPLEX(catanh, std::atanh)
COMPLEX(ccos, cos_of)
COMPLEX(ccosh, cosh_of)
COMPLEX(cexp, exp_of)
COMPLEX(clog, std::log)
COMPLEX(conj, std::conj)
COMPLEX(cproj, std::proj)
COMPLEX(csin, sin_of)
COMPLEX(csinh, sinh_of)
COMPLEX(csqrt, std::sqrt)
COMPLEX(ctan, tan_of)
COMPLEX(ctanh, tanh_of)
REAL(cabs, std::abs)
REAL(carg, std::arg)
REAL(cimag, std::imag)
REAL(creal, std::real)

extern "C" Double shim_cpow(Double a, Double b) { return out(std::pow(in(a), in(b))); }
extern "C" Float shim_cpowf(Float a, Float b) { return out(std::pow(in(a), in(b))); }
