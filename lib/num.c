/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "num.h"

#include <errno.h>

int num_parse(const char *text, size_t len, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	int too_big = 0;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned char)text[i] - (unsigned)'0';

		if (digit > 9)
			return -EINVAL;
		if (value > (UINT64_MAX - digit) / 10)
			too_big = 1;
		else
			value = value * 10 + digit;
	}
	if (too_big || value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}
