/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target is one function. With --enable-fuzzers libFuzzer calls it; in every build
 * replay.c gives it the files of its corpus, in `make check`.
 */
#ifndef NETGRANT_FUZZ_H
#define NETGRANT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's own name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; not assert(3), which NDEBUG would turn off. */
#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
