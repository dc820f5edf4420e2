/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux writes all of a process's registers (NT_X86_XSTATE) or none, EFAULT. User-mode Linux 6.1
 * keeps 2696 bytes of them, and a processor with AMX has 11008: it panics at its first process,
 * "ptrace set fp regs failed". Preloaded, this writes what it keeps over what there is; nothing
 * that runs in it knows AMX's. Where the registers fit it changes nothing. */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long set_registers(pid_t pid, const struct iovec *some)
{
	static _Alignas(64) unsigned char buf[1 << 16];
	struct iovec all = {buf, sizeof(buf)};

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) < 0)
		return -1;
	memcpy(buf, some->iov_base, some->iov_len < all.iov_len ? some->iov_len : all.iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list list;
	pid_t pid;
	void *addr, *data;
	long word, r;

	va_start(list, request);
	pid = va_arg(list, pid_t);
	addr = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	if (request == PTRACE_SETREGSET && (uintptr_t)addr == NT_X86_XSTATE)
		return set_registers(pid, data);
	/* As libc has it: these give back what the system call writes. */
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA ||
	    request == PTRACE_PEEKUSER) {
		r = syscall(SYS_ptrace, request, pid, addr, &word);
		if (r < 0)
			return -1;
		errno = 0;
		return word;
	}
	return syscall(SYS_ptrace, request, pid, addr, data);
}
