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
