//go:build !amd64 || noasm

package dsp

func passA(dst, src *[half]complex64) { passAGo(dst, src, &twiddlesA) }

func passB(dst, src *[half]complex64) { passBGo(dst, src, &twiddlesB) }

func passC(dst, src *[half]complex64) { passCGo(dst, src, &twiddlesC) }

func passD(dst, src *[half]complex64) { passDGo(dst, src) }

func separate(x *[Bins]complex64, z *[half]complex64) { separateGo(x, z, &twiddlesReal) }

func join(z *[half]complex64, x *[Bins]complex64) { joinGo(z, x, &twiddlesReal) }
