dnl SPDX-License-Identifier: GPL-2.0-or-later

dnl NG_CFLAGS(VARIABLE, FLAGS): appends each flag that the compiler takes in silence.
AC_DEFUN([NG_CFLAGS], [
  for ng_flag in m4_normalize([$2]); do
    AS_VAR_PUSHDEF([ng_var], [ng_cv_cflag_$ng_flag])
    AC_CACHE_CHECK([whether $CC takes $ng_flag], [ng_var], [
      ng_save="$CFLAGS"
      CFLAGS="$CFLAGS -Werror $ng_flag"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
        [[char b[64]; memset(b, 0, sizeof(b)); return b[0];]])],
        [AS_VAR_SET([ng_var], [yes])], [AS_VAR_SET([ng_var], [no])])
      CFLAGS="$ng_save"])
    AS_VAR_IF([ng_var], [yes], [$1="$$1 $ng_flag"])
    AS_VAR_POPDEF([ng_var])
  done
])

dnl NG_LDFLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([NG_LDFLAGS], [
  for ng_flag in m4_normalize([$2]); do
    AS_VAR_PUSHDEF([ng_var], [ng_cv_ldflag_$ng_flag])
    AC_CACHE_CHECK([whether the linker takes $ng_flag], [ng_var], [
      ng_save="$LDFLAGS"
      LDFLAGS="$LDFLAGS -Werror $ng_flag"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [AS_VAR_SET([ng_var], [yes])], [AS_VAR_SET([ng_var], [no])])
      LDFLAGS="$ng_save"])
    AS_VAR_IF([ng_var], [yes], [$1="$$1 $ng_flag"])
    AS_VAR_POPDEF([ng_var])
  done
])

dnl NG_PACKAGING_DIR(VARIABLE, WHAT, PACKAGE, FALLBACK): --with-VARIABLE=DIR, or "no". Default:
dnl what pkg-config knows of PACKAGE where that is our prefix too, else FALLBACK, which is below
dnl the prefix, so that nothing is installed outside of it (distcheck).
AC_DEFUN([NG_PACKAGING_DIR], [
  AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=DIR|no], [where to install $2])],
    [], [with_$1=yes])
  AS_CASE([$with_$1],
    [yes], [
      $1=
      AS_IF([test "$prefix" = /usr && test -n "$3"],
        [$1=`$PKG_CONFIG --variable=$1 "$3" 2>/dev/null`])
      AS_IF([test -z "$[]$1"],
        [AS_CASE(["$4"], [lib/*], [$1='${prefix}/'"$4"], [$1="$4"])])],
    [no|/*], [$1=$with_$1],
    [AC_MSG_ERROR([--with-$1 takes an absolute path or "no"])])
  AC_SUBST([$1])
])
