/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "interface.h"

#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define PROGRAM LIBEXECDIR "/netgrant/convert-interface"

static _Noreturn void child(const char *file, bool domain, bool lenient, int out)
{
	const char *argv[7] = {"convert-interface"};
	size_t n = 1;

	if (domain) {
		argv[n++] = "--domain";
		argv[n++] = "--with-name";
	}
	if (lenient)
		argv[n++] = "--lenient";
	argv[n++] = "--";
	argv[n] = file;

	if (dup2(out, STDOUT_FILENO) >= 0)
		execv(PROGRAM, (char *const *)(uintptr_t)argv);
	_exit(run_fail(EX_FAILED, "%s: %s", PROGRAM, strerror(errno)));
}

static int each_line(FILE *f, int (*fn)(void *ctx, const char *line), void *ctx)
{
	char *line = NULL;
	size_t size = 0;
	int r = EX_DONE;

	while (r == EX_DONE && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		r = fn(ctx, line);
	}
	if (r == EX_DONE && ferror(f))
		r = run_fail(EX_FAILED, "cannot read from convert-interface");
	free(line);
	return r;
}

int interface_read(const char *file, bool domain, bool lenient,
		   int (*fn)(void *ctx, const char *line), void *ctx)
{
	int ends[2], status, r;
	pid_t pid;
	FILE *f;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return run_fail(EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		child(file, domain, lenient, ends[1]);
	close(ends[1]);
	f = pid < 0 ? NULL : fdopen(ends[0], "r");
	if (!f) {
		r = run_fail(EX_FAILED, "cannot start convert-interface: %s", strerror(errno));
		close(ends[0]);
	} else {
		r = each_line(f, fn, ctx);
		fclose(f);
	}
	if (pid < 0)
		return r;
	/* What it has to say comes first: it said it. */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return run_fail(EX_FAILED, "cannot wait for convert-interface");
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	if (!WIFEXITED(status))
		return run_fail(EX_FAILED, "convert-interface was ended by signal %d",
				WTERMSIG(status));
	return r;
}
