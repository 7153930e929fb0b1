# The vendor's assembler has a directive for Tensix instructions: the 32-bit word is stored rotated left by two, which
# keeps it apart from RISC-V instructions.
	.ifndef tltt_ttinsn_defined
	.set tltt_ttinsn_defined, 1
	.macro .ttinsn word
	.4byte ((((\word) & 0x3fffffff) << 2) | (((\word) >> 30) & 3))
	.endm
	.endif
