/* pyconfig.h of a 64-bit POSIX CPython, as far as the public headers ask for it; see docs/why.md.

   CPython's configure writes several hundred macros, nearly all for CPython's own sources. What an extension sees of
   them is below. Each is either the same on every LP64 platform that wheels.toml has (glibc, musl, macOS on x86_64
   and aarch64) or asked of the compiler, and the lines at the end hold the sizes against it.
   tests/pipeline/test_cross.py holds the whole against the pyconfig.h of a real CPython. */

#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

#define DOUBLE_IS_LITTLE_ENDIAN_IEEE754 1
#define SIZEOF_INT 4
#define SIZEOF_LONG 8
#define SIZEOF_LONG_LONG 8
#define SIZEOF_PID_T 4
#define SIZEOF_PTHREAD_T 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_UINTPTR_T 8
#define SIZEOF_VOID_P 8
#define SIZEOF_WCHAR_T 4
#define SIZEOF__BOOL 1
#define SIZEOF_LONG_DOUBLE __SIZEOF_LONG_DOUBLE__
#define ALIGNOF_MAX_ALIGN_T 16

#define HAVE_CLOCK_GETTIME 1
#define HAVE_FORK 1
#define HAVE_LANGINFO_H 1
#define HAVE_PTHREAD_H 1
#define HAVE_SSIZE_T 1
#define HAVE_SYS_SELECT_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_WCHAR_H 1

#define PY_FORMAT_SIZE_T "z"
#define WITH_DOC_STRINGS 1
#define WITH_PYMALLOC 1
#define WITH_MIMALLOC 1

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifdef __linux__
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#define _XOPEN_SOURCE_EXTENDED 1
#define _LARGEFILE_SOURCE 1
#define _FILE_OFFSET_BITS 64
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE 1
#endif

#if __SIZEOF_INT__ != SIZEOF_INT || __SIZEOF_LONG__ != SIZEOF_LONG || __SIZEOF_LONG_LONG__ != SIZEOF_LONG_LONG
#error "not an LP64 platform: its integers have other sizes than this file says"
#endif
#if __SIZEOF_POINTER__ != SIZEOF_VOID_P || __SIZEOF_SIZE_T__ != SIZEOF_SIZE_T || __SIZEOF_WCHAR_T__ != SIZEOF_WCHAR_T
#error "not an LP64 platform: its pointers or wide characters have other sizes than this file says"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "not a little-endian platform"
#endif

#endif
