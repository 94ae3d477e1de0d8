/* SPDX-License-Identifier: MIT */
/*
 * dlsym, dlvsym and dlopen: the tail jumps (see lookup.h). A name that does not
 * begin with "curl_" costs at most twenty instructions.
 */
#include "libcurl/libc.h"

#ifdef __aarch64__
#define RTLD_DEEPBIND_BIT 3

	.text

	/* Loads the word (32 or 64 bits, by REGISTER) at a hidden variable. */
	.macro	load register, variable
	adrp	x16, \variable
	ldr	\register, [x16, :lo12:\variable]
	.endm

	/* Jumps to LABEL unless byte INDEX of the name is LETTER. */
	.macro	differs index, letter, label
	ldrb	w17, [x1, #\index]
	cmp	w17, #\letter
	b.ne	\label
	.endm

	/* Calls FUNCTION with the first three arguments as they are and the caller's address in x3. */
	.macro	ask function
	stp	x29, x30, [sp, #-48]!
	.cfi_adjust_cfa_offset 48
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	str	x2, [sp, #32]
	mov	x3, x30
	bl	\function
	mov	x16, x0
	mov	x17, x1
	ldp	x0, x1, [sp, #16]
	ldr	x2, [sp, #32]
	ldp	x29, x30, [sp], #48
	.cfi_adjust_cfa_offset -48
	.cfi_restore x29
	.cfi_restore x30
	.endm

	.globl	dlsym
	.type	dlsym, %function
dlsym:
	.cfi_startproc
	hint	#34			/* bti c */
	load	w17, lookup_pending
	cbnz	w17, 1f
	differs	0, 'c', 0f
	differs	1, 'u', 0f
	differs	2, 'r', 0f
	differs	3, 'l', 0f
	differs	4, '_', 0f
	b	1f
0:	load	x17, libc_next+LIBC_DLSYM
	cbz	x17, 1f
	br	x17
1:	mov	x2, xzr
	ask	lookup_dlsym
	cbnz	x17, 2f
	load	x17, libc_next+LIBC_DLSYM
	br	x17
2:	mov	x0, x16
	ret
	.cfi_endproc
	.size	dlsym, . - dlsym

	.globl	dlvsym
	.type	dlvsym, %function
dlvsym:
	.cfi_startproc
	hint	#34
	ask	lookup_dlsym
	cbnz	x17, 2f
	load	x17, libc_next+LIBC_DLVSYM
	br	x17
2:	mov	x0, x16
	ret
	.cfi_endproc
	.size	dlvsym, . - dlvsym

	.globl	dlopen
	.type	dlopen, %function
dlopen:
	.cfi_startproc
	hint	#34
	tbnz	w1, #RTLD_DEEPBIND_BIT, 1f
	load	x17, libc_next+LIBC_DLOPEN
	cbz	x17, 1f
	br	x17
1:	ask	libc_init
	tbz	w1, #RTLD_DEEPBIND_BIT, 2f
	ask	lookup_note_deepbind
2:	load	x17, libc_next+LIBC_DLOPEN
	br	x17
	.cfi_endproc
	.size	dlopen, . - dlopen
#endif

/* The stack is not executable, whichever of the machines this is. */
	.section .note.GNU-stack, "", %progbits
