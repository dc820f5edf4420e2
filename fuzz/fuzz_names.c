/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small parsers: numbers, device names, addresses, aliases; and quoting. */
#include "fuzz.h"

#include "lib/alias.h"
#include "lib/ifname.h"
#include "lib/mac.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "lib/script.h"

#include <string.h>

static void numbers(const char *text, size_t len)
{
	uint64_t value = 0;
	char again[32];

	if (num_parse(text, len, 0, UINT64_MAX, &value) == 0) {
		snprintf(again, sizeof(again), "%llu", (unsigned long long)value);
		MUST(strlen(again) == len && memcmp(again, text, len) == 0);
	}
}

static void names(const char *text, size_t len)
{
	if (ifname_check(text, len) != IFNAME_OK)
		return;
	MUST(len >= 1 && len <= IFNAME_MAX);
	MUST(!memchr(text, ':', len) && !memchr(text, '%', len) && !memchr(text, '/', len) &&
	     !memchr(text, ' ', len) && !memchr(text, '\0', len));
}

static void scripts(const char *text, size_t len)
{
	if (script_shape(text, len) != NULL)
		return;
	MUST(len >= 2 && len <= SCRIPT_MAX && text[0] == '/' && text[len - 1] != '/');
	for (size_t i = 0; i + 1 < len; i++)
		MUST(text[i] != '/' || text[i + 1] != '/');
}

static void addresses(const char *text, size_t len)
{
	uint8_t addr[MAC_LEN], again[MAC_LEN];
	char buf[MAC_TEXT_SIZE];

	if (mac_parse(text, len, addr) != 0)
		return;
	MUST(len == 17);
	mac_format(buf, addr);
	MUST(mac_parse(buf, 17, again) == 0 && memcmp(addr, again, MAC_LEN) == 0);
}

static void aliases(const char *text, size_t len)
{
	char *whole = malloc(len + 1), buf[ALIAS_SIZE];
	struct alias a, again;
	unsigned line = (unsigned)len;

	MUST(whole);
	memcpy(whole, text, len);
	whole[len] = '\0';
	if (alias_parse(whole, &a)) {
		MUST(a.helper[0] && !strchr(a.helper, ' ') && a.uid != (uid_t)-1);
		MUST(!alias_word(&a, "down", buf, sizeof(buf)) || !strchr(buf, ' '));
	}
	/* As the file's name of a rule: what we write we can read. */
	MUST(alias_format(buf, (uid_t)len, "bridge-helper", whole, line) == strlen(buf));
	MUST(alias_parse(buf, &again));
	MUST(again.uid == (uid_t)len && strcmp(again.helper, "bridge-helper") == 0);
	free(whole);
}

static void quotes(const char *text, size_t len)
{
	size_t size = 8 + len % 50;
	char *buf = malloc(size);

	MUST(buf);
	quote_n(buf, size, text, len);
	MUST(strnlen(buf, size) < size);
	for (const char *p = buf; *p; p++)
		MUST(*p >= 0x20 && *p < 0x7f && *p != '\'');
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);

	MUST(text);
	memcpy(text, data, size);
	numbers(text, size);
	names(text, size);
	scripts(text, size);
	addresses(text, size);
	aliases(text, size);
	quotes(text, size);
	free(text);
	return 0;
}
