/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a guest's, each behind two bytes of length, through the guard, the merging of
 * segments and libslirp, which is restricted: nothing goes out to the host's network. What must
 * hold: nothing that begins a connection or names the loopback itself passes the guard; what is
 * merged is an IP packet of the length that it says.
 */
#include "fuzz.h"

#include "unpriv/slirp/guard.h"
#include "unpriv/slirp/merge.h"
#include "unpriv/slirp/options.h"
#include "unpriv/slirp/stack.h"

#include <string.h>

static struct link nobody = {.fd = -1, .listener = -1};
static struct stack *stack;
static struct guard guard;

static void start(void)
{
	static char name[] = "netgrant-slirp", restricted[] = "--restrict";
	char *const argv[] = {name, restricted, NULL};
	char error[OPTIONS_ERROR];
	static struct options o;

	MUST(options_parse(&o, 2, argv, error) == 0);
	MUST(stack_new(&o, &nobody, &stack) == 0);
	memcpy(guard.host, &o.host, 4);
	memcpy(guard.net6, &o.net6, 8);
	memcpy(guard.host6, &o.host6, 16);
	memcpy(guard.dns6, &o.dns6, 16);
}

static void check_guard(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + 14;
	size_t head;

	if (!guard_allows(&guard, frame, len) || frame[12] != 8 || frame[13] != 0)
		return;
	MUST(len >= 34 && ip[16] != 127 && ip[16] != 0);
	head = (size_t)(ip[0] & 15) * 4;
	if (memcmp(ip + 16, guard.host, 4) == 0 && ip[9] == 6)
		MUST((ip[head + 13] & 0x12) != 2 && (ip[6] & 0x3f) == 0 && ip[7] == 0);
}

static void check_merge(struct merge *m, const uint8_t *frame, size_t len)
{
	size_t whole;
	const uint8_t *taken;

	if (merge_add(m, frame, len) || !merge_holds(m))
		return;
	taken = merge_take(m, &whole);
	MUST(whole >= 54 && whole <= 14 + 40 + 65535);
	MUST(taken[12] == 8 ? whole == 14 + (size_t)taken[16] * 256 + taken[17]
			    : whole == 54 + (size_t)taken[18] * 256 + taken[19]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct merge merge;
	uint8_t *copy = malloc(size + 1);
	int timeout = -1;
	size_t n, len;

	MUST(copy);
	memcpy(copy, data, size);
	if (!stack)
		start();
	for (size_t at = 0; at + 2 <= size; at += len) {
		len = (size_t)copy[at] << 8 | copy[at + 1];
		at += 2;
		len = len < size - at ? len : size - at;
		check_guard(copy + at, len);
		if (len >= 14)
			check_merge(&merge, copy + at, len);
		stack_input(stack, copy + at, len);
	}
	/* Nothing that lies in the input is kept. */
	stack_input_done(stack);
	if (merge_holds(&merge))
		(void)merge_take(&merge, &len);
	MUST(stack_prepare(stack, 0, false, &n, &timeout));
	for (size_t i = 0; i < n; i++)
		MUST(timeout >= 0);
	stack_dispatch(stack);
	free(copy);
	return 0;
}
