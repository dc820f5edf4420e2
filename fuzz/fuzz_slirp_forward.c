/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forward in QEMU's syntax. What must hold: an error is one printable line; what was read is
 * written so that it reads as the same, whole and by its name alone.
 */
#include "fuzz.h"

#include "unpriv/slirp/forward.h"

#include <string.h>

static void check_error(const char *error)
{
	MUST(error[0] && strlen(error) < FORWARD_ERROR);
	for (; *error; error++)
		MUST((unsigned char)*error >= 0x20 && *error != 0x7f);
}

static void check_read(const struct forward *f, bool whole)
{
	char text[FORWARD_TEXT], error[FORWARD_ERROR];
	struct forward again;

	forward_format(text, f);
	MUST(strlen(text) < FORWARD_TEXT - 1);
	MUST(forward_parse_named(&again, text, whole, error) == 0);
	MUST(forward_same(f, &again));
	MUST(f->way == FORWARD_GUEST || f->host_len > 0);
	MUST(!whole || (f->host_len > 0 && f->guest_len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), error[FORWARD_ERROR] = "";
	struct forward f;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (int whole = 0; whole < 2; whole++) {
		if (forward_parse_named(&f, text, whole, error) < 0)
			check_error(error);
		else
			check_read(&f, whole);
	}
	free(text);
	return 0;
}
