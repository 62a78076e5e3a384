/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Image: linked at 0, run anywhere. Runs of pages with rights of their own:
 * the guests' files, code, constants, data, the cold part, and the boot stack behind
 * its guard.
 * The guests' files come first, behind the header, so that all else lies near
 * each other: on aarch64 within the 1 MiB that one instruction reaches
 * (-mcmodel=tiny). Small data of its own (.srodata, .sdata, .sbss) has riscv64.
 *
 * Of the cold part the Image holds what scripts/pack_image.py makes of it, see
 * include/core/cold.h. @hot@ stands for what leaves its objects out.
 */
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	cold_text PT_LOAD FLAGS(5);
	cold_rodata PT_LOAD FLAGS(4);
	cold_data PT_LOAD FLAGS(6);
	dynamic PT_DYNAMIC FLAGS(4);
}

SECTIONS
{
	. = 0;
	.text : {
		__image_start = .;
		KEEP(*(.head.text))
		*(.guests) /* whole pages, or nothing */
		__text_start = .;
		/* small things, up to the 2 KiB that vectors stand on */
		*arch/?*/head.o(.text)
		*arch/?*/string.o(.text)
		*arch/?*/switch.o(.text)
		*arch/?*/cache.o(.text .text.*)
		KEEP(*(.text.vectors))
		*(@hot@ .text @hot@ .text.*)
		*(.plt .iplt)
		. = ALIGN(4096);
		__text_end = .;
	} :text

	/* What relocation writes comes first, tables of pointers and all. */
	.data.rel.ro : {
		__rodata_start = .;
		__relro_start = .;
		*(.data.rel.ro.found) /* cold code's, too */
		*(@hot@ .data.rel.ro @hot@ .data.rel.ro.*)
		*(.got .got.plt)
		. = ALIGN(8);
		__drivers_start = .;
		KEEP(*(.drivers))
		__drivers_end = .;
		__vdevs_start = .;
		KEEP(*(.vdevs))
		__vdevs_end = .;
		__shell_cmds_start = .;
		KEEP(*(.shell_cmds))
		__shell_cmds_end = .;
		__relro_end = .;
	} :rodata
	.dynamic : { *(.dynamic) } :rodata :dynamic
	.dynsym : { *(.dynsym) } :rodata
	.gnu.version : { *(.gnu.version) } :rodata
	.gnu.version_d : { *(.gnu.version_d) } :rodata
	.gnu.version_r : { *(.gnu.version_r) } :rodata
	.dynstr : { *(.dynstr) } :rodata
	.hash : { *(.hash) } :rodata
	.gnu.hash : { *(.gnu.hash) } :rodata
	.rodata : {
		*(@hot@ .rodata @hot@ .rodata.* @hot@ .srodata @hot@ .srodata.*)
		__log_tags_start = .;
		KEEP(*(.log_tags))
		__log_tags_end = .;
		. = ALIGN(4096);
		__rodata_end = .;
	} :rodata

	.data : {
		__data_start = .;
		*(@hot@ .data @hot@ .data.* @hot@ .sdata @hot@ .sdata.*)
		. = ALIGN(16);
		cold_record = .; /* scripts/pack_image.py writes it */
		QUAD(0) QUAD(0)
	} :data
	/* Last of what is loaded as it is: scripts/pack_image.py makes it
	 * shorter, and lets the packed cold part begin behind it. */
	.rela.dyn : {
		__rela_start = .;
		*(.rela.dyn .rela .rela.*)
		__rela_end = .;
		/* room for the packed tables' ends, should there be nothing */
		QUAD(0) QUAD(0)
		. = ALIGN(4096);
		__cold_text = .;
	} :data

	.cold.text : {
		*(.text .text.*)
		. = ALIGN(4096);
		__cold_rodata = .;
	} :cold_text
	.cold.rodata : {
		*(.data.rel.ro .data.rel.ro.*)
		*(.rodata .rodata.* .srodata .srodata.*)
		*(.cold_symbols)
		. = ALIGN(4096);
		__cold_data = .;
	} :cold_rodata
	.cold.data : {
		*(.data .data.* .sdata .sdata.*)
		. = ALIGN(4096);
		__cold_end = .;
	} :cold_data

	.bss (NOLOAD) : {
		__bss_start = .;
		*(.dynbss .sbss .sbss.* .bss .bss.* COMMON)
		. = ALIGN(16);
		__bss_end = .;
	} :data
	/* Not cleared: written before it is read. */
	.noinit (NOLOAD) : {
		*(.noinit .noinit.*)
		. = ALIGN(4096);
		*(.boot_stack)
		. = ALIGN(4096);
		__image_end = .;
	} :data

	/* Numbers, not addresses: they must not be relocated. */
	_image_size_lo = ABSOLUTE(__image_end) & 0xffffffff;
	_image_size_hi = ABSOLUTE(__image_end) >> 32;

	ASSERT(__cold_end - __text_start < 0x200000,
	       "more than boot.c has tables for")

	/DISCARD/ : {
		*(.interp .note.* .comment .eh_frame .eh_frame_hdr)
	}
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_frame 0 : { *(.debug_frame) }
	.riscv.attributes 0 : { *(.riscv.attributes) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }
}
