/* SPDX-License-Identifier: MIT */
/* The page's files as they are, each followed by a NUL. */

.section .rodata

.globl page_html
.hidden page_html
page_html:
	.incbin "launcher/report/page.html"
	.byte 0

.globl page_css
.hidden page_css
page_css:
	.incbin "launcher/report/page.css"
	.byte 0

.globl page_js
.hidden page_js
page_js:
	.incbin "launcher/report/page.js"
	.byte 0

.section .note.GNU-stack, "", %progbits
