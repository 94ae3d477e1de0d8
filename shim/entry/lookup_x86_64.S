/* SPDX-License-Identifier: MIT */
/*
 * dlsym, dlvsym and dlopen: the tail jumps (see lookup.h). A name that does not
 * begin with "curl_" costs at most sixteen instructions.
 */
#include "libcurl/libc.h"

#ifdef __x86_64__
#define RTLD_DEEPBIND 8

	.text

	.globl	dlsym
	.type	dlsym, @function
dlsym:
	.cfi_startproc
	endbr64
	cmpl	$0, lookup_pending(%rip)
	jne	1f
	cmpb	$'c', (%rsi)
	jne	0f
	cmpb	$'u', 1(%rsi)
	jne	0f
	cmpb	$'r', 2(%rsi)
	jne	0f
	cmpb	$'l', 3(%rsi)
	jne	0f
	cmpb	$'_', 4(%rsi)
	je	1f
0:	mov	libc_next+LIBC_DLSYM(%rip), %rax
	test	%rax, %rax
	je	1f
	jmp	*%rax
1:	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	xor	%edx, %edx
	mov	24(%rsp), %rcx
	call	lookup_dlsym
	add	$8, %rsp
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	test	%rdx, %rdx
	jne	2f
	jmp	*libc_next+LIBC_DLSYM(%rip)
2:	ret
	.cfi_endproc
	.size	dlsym, . - dlsym

	.globl	dlvsym
	.type	dlvsym, @function
dlvsym:
	.cfi_startproc
	endbr64
	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	push	%rdx
	.cfi_adjust_cfa_offset 8
	mov	24(%rsp), %rcx
	call	lookup_dlsym
	mov	%rdx, %rcx
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	test	%rcx, %rcx
	jne	2f
	jmp	*libc_next+LIBC_DLVSYM(%rip)
2:	ret
	.cfi_endproc
	.size	dlvsym, . - dlvsym

	.globl	dlopen
	.type	dlopen, @function
dlopen:
	.cfi_startproc
	endbr64
	test	$RTLD_DEEPBIND, %esi
	jne	1f
	mov	libc_next+LIBC_DLOPEN(%rip), %rax
	test	%rax, %rax
	je	1f
	jmp	*%rax
1:	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	sub	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	libc_init
	testl	$RTLD_DEEPBIND, 8(%rsp)
	je	2f
	call	lookup_note_deepbind
2:	add	$8, %rsp
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*libc_next+LIBC_DLOPEN(%rip)
	.cfi_endproc
	.size	dlopen, . - dlopen
#endif

/* The stack is not executable, whichever of the machines this is. */
	.section .note.GNU-stack, "", @progbits
