/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy language: what a line means, which files a policy is made of, who may use
 * what. Pure: no file, user or device is touched here; the callbacks of struct policy_ops
 * and struct policy_request do that. policy/GRAMMAR has the syntax.
 *
 * The whole decision: any matching deny denies; else the first matching allow grants,
 * with its limits; else it is denied. An error anywhere means that nothing is granted.
 */
#ifndef NETGRANT_POLICY_H
#define NETGRANT_POLICY_H

#include "lib/compiler.h"
#include "lib/mac.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bounds. What exceeds one is an error, never cut. */
#define POLICY_LINE_MAX 4095                /* bytes of a line without its end */
#define POLICY_DEPTH_MAX 16                 /* files within each other */
#define POLICY_FILES_MAX 4096               /* includes in all */
#define POLICY_BYTES_MAX ((size_t)64 << 20) /* bytes in all */
#define POLICY_NAME_MAX 255                 /* of a user or group name */
#define POLICY_LIMIT_MAX 65535
#define POLICY_QUEUES_MAX 32 /* with a vhost descriptor each, they fit one message */
#define POLICY_MTU_MIN 68    /* IPv4's, and the least that the kernel takes */
#define POLICY_MTU_MAX 65521 /* drivers/net/tun.c: MAX_MTU without the Ethernet header */
#define POLICY_TIMEOUT_MAX 3600
#define POLICY_GLOB_MAX 63    /* bytes of a pattern for device names */
#define POLICY_OBJECT_MAX 127 /* bytes of any object */

/* Words that may follow the object. */
enum policy_word {
	POLICY_USER = 1 << 0,
	POLICY_GROUP = 1 << 1,
	POLICY_LIMIT = 1 << 2,
	POLICY_MAC = 1 << 3,
	POLICY_ISOLATED = 1 << 4,
	POLICY_START = 1 << 5,
	POLICY_QUEUES = 1 << 6,
	POLICY_VHOST = 1 << 7,
	POLICY_PERSIST = 1 << 8,
	POLICY_MTU = 1 << 9,
	POLICY_IFNAME = 1 << 10,
	POLICY_RUN_AS = 1 << 11,
	POLICY_CAPS = 1 << 12,
	POLICY_TIMEOUT = 1 << 13,
};

/* What differs between the policy files: their objects and their words. */
struct policy_vocab {
	const char *noun;    /* "bridge" */
	const char *example; /* an object, for messages: "br0" */
	unsigned words;      /* enum policy_word, those that this file may use */
	bool paths;          /* objects are paths, not names of devices; no "allow all" */
	bool guarded;        /* ifname_reserved() names are allowed by their exact name only */
};

extern const struct policy_vocab policy_bridge;  /* bridge.conf */
extern const struct policy_vocab policy_network; /* network.conf */
extern const struct policy_vocab policy_tap;     /* tap.conf */
extern const struct policy_vocab policy_ifup;    /* ifup.conf */

/* Far apart, so that no single flipped bit makes one of the other. */
enum policy_verb {
	POLICY_DENY = 0x3c5a,
	POLICY_ALLOW = 0x65a3,
};

enum policy_object {
	POLICY_OBJECT_NAME,
	POLICY_OBJECT_GLOB,
	POLICY_OBJECT_ALL,
};

/* Bytes inside the line being read: valid during the callback only, not terminated. */
struct policy_text {
	const char *p; /* NULL: the word was not there */
	size_t len;
};

struct policy_rule {
	const struct policy_vocab *vocab;
	const char *file;
	unsigned line;
	enum policy_verb verb;
	enum policy_object kind;
	struct policy_text object;
	unsigned words;                   /* enum policy_word: those that were there */
	struct policy_text users, groups; /* "alice,1001" */
	uint32_t limit;                   /* 0: none */
	struct mac_range mac;             /* bits 0: none */
	bool isolated;
	bool start;                /* may start what is down */
	bool vhost, persist;       /* may be asked for */
	bool has_caps;             /* caps= was there */
	uint32_t queues;           /* the most; 0: not said */
	uint32_t mtu;              /* the highest; 0: not said */
	uint32_t timeout;          /* seconds; 0: not said */
	uint32_t caps;             /* 1 << CAP_…; "none" is 0 */
	struct policy_text ifname; /* a name or pattern of devices */
	struct policy_text run_as; /* a user */
};

struct policy_error {
	char file[256];  /* cut when longer */
	unsigned line;   /* 0: the file as a whole */
	unsigned column; /* in bytes, from 1; 0: the line as a whole */
	char text[384];
};

/* Which file a descriptor stands for. */
struct policy_file_id {
	uint64_t dev, ino;
};

/* policy_ops.open's results besides a handle (0 or more). */
#define POLICY_OPEN_FAILED (-1)
#define POLICY_OPEN_PASSED_OVER (-2) /* an include that the caller may not read */

struct policy_ops {
	/* Opens a file; on POLICY_OPEN_FAILED why says what is wrong with it. */
	int (*open)(void *ctx, const char *path, bool included, struct policy_file_id *retid,
		    char *why, size_t size);
	/* Up to size bytes; 0 at the end; -errno. */
	ssize_t (*read)(void *ctx, int handle, char *buf, size_t size);
	void (*close)(void *ctx, int handle);
	/* A valid rule. A result other than 0 ends the reading. */
	int (*rule)(void *ctx, const struct policy_rule *rule);
	/* Something wrong. true: go on with the next line, to find more. */
	bool (*error)(void *ctx, const struct policy_error *error);
	/* The file path was opened, for the include at file:line (NULL and 0: the first
	 * file). May be NULL. */
	void (*opened)(void *ctx, const char *path, const char *file, unsigned line);
	/* The include at file:line was passed over. May be NULL. */
	void (*passed_over)(void *ctx, const char *path, const char *file, unsigned line);
	/* The one that is asked about: rules as in policy_line_is_of_another() are not told of.
	 * NULL: all are. */
	const char *object;
};

/*
 * Reads the policy that begins with the file path. 0: read whole, without an error.
 * -EINVAL: ops->error was told, and nothing may be granted. -ENOMEM. Else what ops->rule
 * returned.
 */
MUST_CHECK NONNULL int policy_read(const struct policy_vocab *vocab, const struct policy_ops *ops,
				   void *ctx, const char *path);

/* One line, without its end. 1: *ret is a rule; 0: nothing on it; 2: an include, of
 * ret->object; -EINVAL: *reterr says why (file is left to the caller). */
MUST_CHECK NONNULL int policy_line(const struct policy_vocab *vocab, const char *line, size_t len,
				   struct policy_rule *ret, struct policy_error *reterr);

/* Is this line a valid rule that only allows another device, by its name and without a word
 * more? Nothing follows from it for object, so that its line need not be taken apart. */
MUST_CHECK NONNULL bool policy_line_is_of_another(const struct policy_vocab *vocab,
						  const char *line, size_t len, const char *object);

/* Somebody who asks for an object. */
struct policy_request {
	const char *object; /* the kernel's name of it */
	bool exact;         /* no pattern and no "all" allows it: it is not the policy's alone */
	/* Is the one who asks that user, in that group? 1, 0 or -errno; -EAGAIN: that cannot be
	 * told from the names that there are. */
	int (*is_user)(void *ctx, const char *name);
	int (*in_group)(void *ctx, const char *name);
	void *ctx;
};

enum policy_verdict {
	POLICY_NO_RULE = 0x1796, /* denied: nothing allows it */
	POLICY_DENIED = 0x2ac9,  /* denied by a rule */
	POLICY_GRANTED = 0x5935,
};

struct policy_decision {
	enum policy_verdict verdict;
	char *file; /* of the rule that decided; owned, freed by policy_decision_free() */
	unsigned line;
	bool exact; /* the rule has the object's very name */
	uint32_t limit;
	struct mac_range mac;
	bool isolated;
	bool start;
	/* As in the rule; ifname is "", and run_as NULL, where the rule has them not. */
	bool vhost, persist, has_caps;
	uint32_t queues, mtu, timeout, caps;
	char ifname[POLICY_GLOB_MAX + 1];
	char *run_as; /* owned, as file */
	/* Of an allow that came before, and may have been the asker's: nobody can tell. */
	struct {
		char *file; /* owned; NULL: there was none */
		unsigned line;
		unsigned words; /* what a later allow may not have, or it would grant more */
	} unsure;
};

/* The decision so far: that of no rule at all. */
NONNULL void policy_decision_init(struct policy_decision *d);
NONNULL void policy_decision_free(struct policy_decision *d);

/* Lets one more rule, in the order of the files, have its say. 0, or -errno from the
 * request's callbacks or memory: the decision is void. -EAGAIN: of a deny, or of the allow at
 * d->unsure before this one, nobody can tell whether it is the asker's. */
MUST_CHECK NONNULL int policy_decide(struct policy_decision *d, const struct policy_request *q,
				     const struct policy_rule *rule);

/* Does the rule's object stand for that name? */
NONNULL bool policy_object_matches(const struct policy_rule *rule, const char *object);

/* Does a name, or a pattern as in ifname=, stand for that name? */
NONNULL bool policy_glob_matches(const char *glob, const char *name);

/* Longest text of policy_caps_text(), its NUL included. */
#define POLICY_CAPS_SIZE 64

/* Writes "cap_net_admin,cap_net_raw", or "none". Returns buf. */
NONNULL const char *policy_caps_text(uint32_t caps, char buf[POLICY_CAPS_SIZE]);

/* Takes the next name off a comma list. false: none is left. */
NONNULL bool policy_next_name(struct policy_text *list, struct policy_text *ret);

/* Writes the rule's normal form, at most size - 1 bytes; returns the length it has. */
NONNULL size_t policy_print(const struct policy_rule *rule, char *buf, size_t size);

#endif
