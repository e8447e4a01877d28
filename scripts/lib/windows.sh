# shellcheck shell=bash
# Shared by scripts/package and scripts/test: the program for Windows, built on Linux by mingw-w64,
# with PortAudio from Debian's source package.

# The source as Debian signs and keeps it, and what it has to be.
portaudio_version=19.6.0-1.2
portaudio_tar=portaudio19_19.6.0.orig.tar.gz
portaudio_sum=f5a21d7dcd6ee84397446fa1fa1a0675bb2e8a4a6dceb4305a8404698d8d1513
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mingw=x86_64-w64-mingw32

need_windows() {
  need $mingw-gcc gcc-mingw-w64-x86-64 "compiles and links for Windows"
  need_file $keyring debian-archive-keyring "the keys of PortAudio's source"
}

# portaudio_source FILE fetches PortAudio's source, if FILE is not that.
portaudio_source() {
  if ! echo "$portaudio_sum  $1" | sha256sum --check --status 2>/dev/null; then
    local work
    work=$(mktemp -d)
    mkdir -p "$work/lists/partial" "${1%/*}"
    echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian bookworm main" >"$work/sources.list"
    local apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
      -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o APT::Sandbox::User=root)
    (cd "$work" && "${apt[@]}" update && "${apt[@]}" source --download-only portaudio19=$portaudio_version) >"$work/log" 2>&1 ||
      { cat "$work/log"; return 1; }
    mv "$work/$portaudio_tar" "$1"
    rm -rf "$work"
  fi
  echo "$portaudio_sum  $1" | sha256sum --check --quiet --strict
}

# portaudio_windows FOLDER builds the library there, once: of the system's interfaces WASAPI alone, so
# that each device is there once, under its whole name.
portaudio_windows() {
  local out=$1 work file
  [ ! "$out/lib/libportaudio.a" -nt scripts/lib/windows.sh ] || return 0
  work=$(mktemp -d)
  portaudio_source "$out/$portaudio_tar"
  tar -C "$work" -xzf "$out/$portaudio_tar"
  # The headers of mingw-w64; those that PortAudio has for an older one lack what it uses.
  cat >"$work/wasapi.h" <<'IN'
#define COBJMACROS
#include <windows.h>
#include <mmreg.h>
#include <avrt.h>
#include <audioclient.h>
#include <endpointvolume.h>
#include <initguid.h>
#include <mmdeviceapi.h>
#include <functiondiscoverykeys_devpkey.h>
#include <devicetopology.h>
IN
  for file in "$work"/portaudio/src/{common/pa_*,os/win/pa_win_{hostapis,util,waveformat,coinitialize},os/win/pa_x86_plain_converters,hostapi/wasapi/pa_win_wasapi}.c; do
    local flags=(-O2 -w -DPA_LITTLE_ENDIAN -DPA_USE_WASAPI=1)
    [[ $file != *wasapi.c ]] || flags+=(-include "$work/wasapi.h")
    $mingw-gcc "${flags[@]}" -I"$work"/portaudio/{include,src/common,src/os/win} -c "$file" -o "$work/$(basename "$file" .c).o"
  done
  mkdir -p "$out/lib" "$out/include"
  rm -f "$out/lib/libportaudio.a"
  cp "$work/portaudio/include/portaudio.h" "$out/include/"
  cp "$work/portaudio/LICENSE.txt" "$out/"
  printf '%s\n' "Name: PortAudio" "Description: PortAudio for Windows" "Version: 19.6" \
    "Libs: -L$out/lib -lportaudio -lole32 -luuid -lwinmm" "Cflags: -I$out/include" >"$out/portaudio-2.0.pc"
  $mingw-ar rcsD "$out/lib/libportaudio.a" "$work"/*.o
  rm -rf "$work"
}

# build_windows VERSION FOLDER builds stillmic.exe, and the same without a console window for the start at
# log-on, stillmicw.exe.
build_windows() {
  local library=$PWD/.cache/portaudio-windows program
  portaudio_windows "$library"
  for program in stillmic stillmicw; do
    local link="-s -w -X main.release=$1"
    [ $program = stillmic ] || link+=" -H windowsgui"
    CGO_ENABLED=1 CC=$mingw-gcc GOOS=windows GOARCH=amd64 PKG_CONFIG_LIBDIR=$library \
      go build -trimpath -buildvcs=false -tags portaudio -ldflags "$link" -o "$2/$program.exe" ./cmd/stillmic
  done
}

# only_system_libraries PROGRAM stops unless every Windows has the libraries that a program loads at its start.
only_system_libraries() {
  local other
  other=$($mingw-objdump -p "$1" | sed -n 's/^\s*DLL Name: //p' | grep -vixE '(kernel32|msvcrt|ole32|winmm)\.dll' || true)
  [ -z "$other" ] || { say "$1 needs $other"; return 1; }
}

# random_library FILE builds the library of Windows that Go's runtime takes random numbers from, for Wine
# before 8.13, which lacks it.
random_library() {
  $mingw-gcc -O2 -shared -s -x c - -o "$1" -ladvapi32 <<'IN'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, size); }
IN
}
