# shellcheck shell=bash
# The AppImage: the program itself, with the mark of the format, and behind it an image with all that
# the packages bring. It needs no FUSE and starts at once, since it is static and mounts nothing; what
# reads AppImages (menus, launchers) finds the image where the ELF file ends.

# appimage ROOT WORK FILE makes one of what packages bring.
appimage() {
  local dir=$2/AppDir
  mkdir -p "$dir"
  cp -rp "$1/usr" "$dir/"
  rm -r "$dir/usr/lib" # its unit names /usr/bin; "stillmic service start" writes one
  sed -e '/^TryExec=/d' -e 's|/usr/bin/stillmic|stillmic|' configs/stillmic.desktop >"$dir/stillmic.desktop"
  cp "$dir/stillmic.desktop" "$dir/usr/share/applications/stillmic.desktop"
  cp "$dir/usr/share/icons/hicolor/scalable/apps/stillmic.svg" "$dir/stillmic.svg"
  ln -s stillmic.svg "$dir/.DirIcon"
  # For launchers that mount the image and run what is in it.
  cat >"$dir/AppRun" <<'END'
#!/bin/sh
[ $# -gt 0 ] || set -- page --start
exec "${0%/*}/usr/bin/stillmic" "$@"
END
  chmod 755 "$dir/AppRun"
  find "$dir" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  # One processor, so that the order of the blocks is the same; the times are SOURCE_DATE_EPOCH.
  mksquashfs "$dir" "$2/image" -quiet -no-progress -noappend -all-root -no-xattrs -comp gzip -processors 1 >/dev/null
  cp "$dir/usr/bin/stillmic" "$3"
  printf 'AI\002' | dd of="$3" bs=1 seek=8 conv=notrunc status=none
  cat "$2/image" >>"$3"
  chmod 755 "$3"
}

# appimage_offset FILE prints where the image of an AppImage begins, as its readers count (libappimage):
# where the section header table ends, or the last section, whichever is later.
appimage_offset() {
  python3 - "$1" <<'END'
import struct
import sys

with open(sys.argv[1], "rb") as f:
    head = f.read(64)
    table, = struct.unpack_from("<Q", head, 40)
    size, count = struct.unpack_from("<HH", head, 58)
    f.seek(table + (count - 1) * size)
    last = f.read(size)
print(max(table + count * size, sum(struct.unpack_from("<QQ", last, 24))))
END
}
