/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dnsmasq_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dq_refuse(struct dq_out *o)
{
	if (!o->r)
		o->r = -EINVAL;
}

static PRINTF(2, 0) void vadd(struct dq_out *o, const char *fmt, va_list args)
{
	if (o->r)
		return;
	if (o->room - o->len < LINE_MOST) {
		size_t room = 2 * o->room + 4 * LINE_MOST;
		char *text = realloc(o->text, room);

		if (!text) {
			o->r = -ENOMEM;
			return;
		}
		o->text = text;
		o->room = room;
	}
	size_t left = o->room - o->len;
	int n = vsnprintf(o->text + o->len, left, fmt, args);

	if (n < 0 || (size_t)n >= left)
		dq_refuse(o);
	else
		o->len += (size_t)n;
}

void dq_add(struct dq_out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vadd(o, fmt, args);
	va_end(args);
}

void dq_end(struct dq_out *o)
{
	if (!o->r && o->len - o->line > LINE_MOST)
		dq_refuse(o);
	for (size_t i = o->line; !o->r && i < o->len; i++)
		if ((unsigned char)o->text[i] < ' ' || o->text[i] == 0x7f)
			dq_refuse(o);
	dq_add(o, "\n");
	o->line = o->len;
}

void dq_put(struct dq_out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vadd(o, fmt, args);
	va_end(args);
	dq_end(o);
}

const char *dq_word(struct dq_out *o, const char *text)
{
	static const char bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:";

	if (*text && text[strspn(text, bytes)] == '\0')
		return text;
	dq_refuse(o);
	return "";
}

const char *dq_name(struct dq_out *o, const char *name)
{
	const char *text = dq_word(o, name);

	if (strchr(text, ':') || *text == '-' || *text == '.' || strstr(text, ".."))
		dq_refuse(o);
	return text;
}

void dq_quoted(struct dq_out *o, const char *text)
{
	if (strlen(text) > LINE_MOST) {
		dq_refuse(o);
		return;
	}
	dq_add(o, "\"");
	for (const char *p = text; *p; p++)
		dq_add(o, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	dq_add(o, "\"");
}

void dq_put_quoted(struct dq_out *o, const char *key, const char *text)
{
	dq_add(o, "%s=", key);
	dq_quoted(o, text);
	dq_end(o);
}

const char *dq_ip(struct dq_out *o, char buf[NET_IP_TEXT_SIZE], const struct net_ip *ip)
{
	if (ip->family == AF_INET || ip->family == AF_INET6)
		return net_ip_format(buf, ip);
	dq_refuse(o);
	return "";
}
