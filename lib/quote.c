/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quote.h"

#include <stdio.h>
#include <string.h>

const char *quote_n(char *buf, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		int plain = c >= 0x20 && c < 0x7f && c != '\'' && c != '\\';

		/* Room for this byte and for the dots that would say it was cut. */
		if (used + (plain ? 1 : 4) + 4 > size) {
			memcpy(buf + used, "...", 3);
			used += 3;
			break;
		}
		if (plain)
			buf[used++] = (char)c;
		else
			used += (size_t)snprintf(buf + used, size - used, "\\x%02x", c);
	}
	buf[used] = '\0';
	return buf;
}

const char *quote(char *buf, size_t size, const char *text)
{
	return quote_n(buf, size, text, strlen(text));
}
