# The vendor's assembler has a directive for Tensix instructions: the 32-bit word is stored rotated left by two, which
# keeps it apart from RISC-V instructions.
#
# SFPADD (0x85) goes as SFPMAD (0x84), which does the same with the same fields: the simulator takes 1.0 for SFPADD's first
# factor whatever the instruction names. (A comparison that holds is -1 to the assembler.)
	.ifndef tltt_ttinsn_defined
	.set tltt_ttinsn_defined, 1
	.macro .tltt_rotated word
	.4byte ((((\word) & 0x3fffffff) << 2) | (((\word) >> 30) & 3))
	.endm
	.macro .ttinsn word
	.tltt_rotated ((\word) + (((((\word) >> 24) & 0xff) == 0x85) * 0x01000000))
	.endm
	.endif
