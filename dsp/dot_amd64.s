//go:build !noasm

#include "textflag.h"

// func dotAVX(x, w *float32, n int) float32
//
// Eight sums side by side, products rounded before they are added: the same bits
// as dotGo. n is a multiple of 8.
TEXT ·dotAVX(SB), NOSPLIT, $0-28
	MOVQ   x+0(FP), SI
	MOVQ   w+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y0, Y0, Y0
	XORQ   AX, AX

loop:
	CMPQ    AX, CX
	JGE     sum
	VMOVUPS (SI)(AX*4), Y1
	VMULPS  (DI)(AX*4), Y1, Y1
	VADDPS  Y1, Y0, Y0
	ADDQ    $8, AX
	JMP     loop

sum:
	// ((s0+s1)+(s2+s3)) + ((s4+s5)+(s6+s7))
	VHADDPS      Y0, Y0, Y0
	VHADDPS      Y0, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDSS       X1, X0, X0
	VZEROUPPER
	MOVSS        X0, ret+24(FP)
	RET
