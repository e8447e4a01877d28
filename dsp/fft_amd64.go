//go:build !noasm

package dsp

//go:generate go run -C _generate . -out ../kernels_amd64.s -stubs ../stubs_amd64.go -pkg dsp

func passA(dst, src *[half]complex64) {
	if haveAVX {
		passAAVX(dst, src, &twiddlesA)
		return
	}
	passAGo(dst, src, &twiddlesA)
}

func passB(dst, src *[half]complex64) {
	if haveAVX {
		passBAVX(dst, src, &twiddlesB)
		return
	}
	passBGo(dst, src, &twiddlesB)
}

func passC(dst, src *[half]complex64) {
	if haveAVX {
		passCAVX(dst, src, &twiddlesC)
		return
	}
	passCGo(dst, src, &twiddlesC)
}

func passD(dst, src *[half]complex64) {
	if haveAVX {
		passDAVX(dst, src)
		return
	}
	passDGo(dst, src)
}

func separate(x *[Bins]complex64, z *[half]complex64) {
	if haveAVX {
		separateAVX(x, z, &twiddlesReal)
		return
	}
	separateGo(x, z, &twiddlesReal)
}

func join(z *[half]complex64, x *[Bins]complex64) {
	if haveAVX {
		joinAVX(z, x, &twiddlesReal)
		return
	}
	joinGo(z, x, &twiddlesReal)
}
