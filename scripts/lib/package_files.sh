# shellcheck shell=bash
# Shared by scripts/package: what the packages hold besides the program.
# shellcheck disable=SC2153 # VERSION is set by package

# shared_files PROGRAM ROOT lays out what does not depend on the architecture.
shared_files() {
  local program=$1 root=$2 doc=$2/usr/share/doc/stillmic
  install -d "$root"/usr/lib/systemd/user "$root"/etc/xdg/autostart "$root"/usr/share/{applications,icons} "$doc"
  install -m 644 configs/stillmic.service "$root/usr/lib/systemd/user/"
  install -m 644 configs/stillmic.desktop "$root/usr/share/applications/"
  install -m 644 configs/stillmic-tray.desktop "$root/etc/xdg/autostart/"
  install -m 644 README.md CHANGELOG.md SECURITY.md configs/stillmic.toml model/MODEL_CARD.md "$doc/"
  # Debian's tools read this one.
  printf '%s\n' "stillmic ($VERSION) unstable; urgency=medium" '' '  * What is new: /usr/share/doc/stillmic/CHANGELOG.md' '' \
    " -- stillmic <stillmic@users.noreply.github.com>  $(LC_ALL=C date -Ru -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
  chmod 644 "$doc/changelog.gz"
  metainfo "$root/usr/share/metainfo/io.github.stillmic.stillmic.metainfo.xml"
  go run ./daemon/tray/icon/draw "$root/icons"
  mv "$root/icons/hicolor" "$root/usr/share/icons/"
  rm -r "$root/icons"
  completions "$program" "$root/usr/share"
  manual "$program" "$root/usr/share/man/man1"
  { echo "Stillmic"; echo; cat LICENSE; notices; } >"$doc/copyright"
}

# metainfo FILE writes what software centres show.
metainfo() {
  install -d "${1%/*}"
  sed "s/@VERSION@/$VERSION/; s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" \
    configs/io.github.stillmic.stillmic.metainfo.xml >"$1"
}

# completions PROGRAM SHARE writes what the shells read.
completions() {
  install -d "$2"/bash-completion/completions "$2"/zsh/vendor-completions "$2"/fish/vendor_completions.d
  "$1" completion bash >"$2/bash-completion/completions/stillmic"
  "$1" completion zsh >"$2/zsh/vendor-completions/_stillmic"
  "$1" completion fish >"$2/fish/vendor_completions.d/stillmic.fish"
}

# manual PROGRAM FOLDER writes the pages, compressed as Debian wants them.
manual() {
  install -d "$2"
  "$1" man "$2"
  gzip -9n "$2"/*.1
}

# notices prints the licences of all that is linked into the program.
notices() {
  printf '\n%s\n\nThe Go standard library\n\n' "$rule"
  cat "$(go env GOROOT)/LICENSE"
  go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/stillmic | sort -u |
    while read -r path version dir; do
      printf '\n%s\n\n%s %s\n\n' "$rule" "$path" "$version"
      local texts
      mapfile -t texts < <(find "$dir" -maxdepth 2 -type f ! -name '*.go' \
        \( -iname '*licen[cs]e*' -o -iname 'copying*' -o -path '*/THIRD_PARTY_LICENSES/*' \) | sort)
      [ ${#texts[@]} -gt 0 ] || { say "no licence in $path"; return 1; }
      cat "${texts[@]}"
    done
}
rule=$(printf '%.0s-' {1..78})

# tarball ROOT WORK NAME OUT packs the same files for any Linux: unpack it and run
# bin/stillmic, or copy the folders to /usr/local.
tarball() {
  local top=$2/$3
  mkdir -p "$top"
  cp -rp "$1/usr/bin" "$1/usr/share" "$top/"
  install -Dm644 -t "$top/share/stillmic" configs/stillmic.service configs/stillmic-tray.desktop
  find "$top" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  touch -d "@$SOURCE_DATE_EPOCH" "$top"
  tar -C "$2" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --format=gnu -cf - "$3" | gzip -9n >"$4/$3.tar.gz"
}
