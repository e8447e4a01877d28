# shellcheck shell=bash
# scripts/package --check: the packages are reproducible, and the .deb installs and
# leaves without a trace, in a folder that stands for a machine.

package_check() {
  local dir host
  dir=$(mktemp -d)
  temporary+=("$dir")
  host=$(go env GOHOSTARCH)
  # shellcheck disable=SC2034 # read by package
  archs=$host
  versions_sort "$dir/commits"
  say "building twice"
  package "$dir/a" >/dev/null
  # Another umask, time zone and place must not show.
  (umask 077 && export TZ=Asia/Tokyo TMPDIR="$dir" && package "$dir/b" >/dev/null)
  diff -r "$dir/a" "$dir/b" || { say "two builds of one commit differ"; exit 1; }
  install_and_remove "$dir"/a/*.deb "$dir/machine"
  same_files "$dir/a"
  installs_at_home "$dir/a" "$dir/home&a|b" # what sed would take for its own
  appimage_is_whole "$dir"/a/*.AppImage "$dir/a.deb" "$dir/image"
  arch_builds "$dir/a" "$dir/arch"
  nix_reads "$dir/nix"
  say "packages are reproducible; the .deb came and went: $(cd "$dir/a" && du -k -- * | awk '!/SHA/ {printf "%s %sK  ", $2, $1}')"
}

# versions_sort REPOSITORY makes commits and tags and has dpkg and rpm sort their versions.
versions_sort() (
  git init -q "$1"
  cd "$1" || exit
  git config user.name check
  git config user.email check@localhost
  local last='' now commit
  for commit in a b c d e f g h i j k v0.1.0 l m n o p q r s t u v w v0.1.1 x v0.2.0; do
    case $commit in
    v*) git tag -a "$commit" -m "$commit" ;;
    *) git commit -q --allow-empty -m "$commit" ;;
    esac
    now=$(version)
    if [ -n "$last" ] && [ "$last" != "$now" ]; then
      dpkg --compare-versions "$last" lt "$now" || { say "dpkg sorts $last not before $now"; exit 1; }
      [ "$(rpm --eval "%{lua:print(rpm.vercmp('$last', '$now'))}")" = -1 ] || { say "rpm sorts $last not before $now"; exit 1; }
    fi
    last=$now
  done
  [ "$last" = 0.2.0 ] || { say "the tag v0.2.0 gives version $last"; exit 1; }
)

# in_machine ROOT ARGS... runs dpkg on the machine in ROOT.
in_machine() {
  local root=$1
  shift
  dpkg --root="$root" --force-not-root --force-script-chrootless --log=/dev/null "$@" >>"$root.log" 2>&1 || { cat "$root.log"; exit 1; }
}

install_and_remove() {
  local deb=$1 root=$2 file
  mkdir -p "$root"/var/lib/dpkg/{updates,info,triggers}
  touch "$root"/var/lib/dpkg/{status,available}
  in_machine "$root" -i "$deb"
  starts_in_sessions "$root-sessions"
  grep -q "stillmic service start" "$root.log" || { say "installing the .deb does not say what to do next"; exit 1; }
  (cd "${deb%/*}" && sha256sum --check --quiet --strict SHA256SUMS) || { say "SHA256SUMS does not fit"; exit 1; }
  if command -v appstreamcli >/dev/null; then
    appstreamcli validate --no-net "$root"/usr/share/metainfo/*.xml || exit 1
  fi
  for file in usr/bin/stillmic usr/lib/systemd/user/stillmic.service usr/share/man/man1/stillmic.1.gz \
    usr/share/doc/stillmic/copyright etc/xdg/autostart/stillmic-tray.desktop usr/share/applications/stillmic.desktop usr/share/icons/hicolor/48x48/apps/stillmic.png \
    usr/share/icons/hicolor/scalable/apps/stillmic.svg usr/share/metainfo/io.github.stillmic.stillmic.metainfo.xml \
    usr/share/bash-completion/completions/stillmic; do
    [ -s "$root/$file" ] || { say "the .deb does not bring $file"; exit 1; }
  done
  if command -v systemctl >/dev/null; then
    [ "$(systemctl --root="$root" --global is-enabled stillmic.service)" = enabled ] || { say "the .deb does not enable the unit"; exit 1; }
  fi
  if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root"/usr/share/applications/*.desktop "$root"/etc/xdg/autostart/*.desktop || exit 1
  fi
  [[ $("$root/usr/bin/stillmic" version) == *"$VERSION"* ]] || { say "the installed program does not say version $VERSION"; exit 1; }
  ! ldd "$root/usr/bin/stillmic" >/dev/null 2>&1 || { say "the installed program is not static"; exit 1; }
  in_machine "$root" -r stillmic # already without --purge: no autostart entry of a program that is gone
  file=$(find "$root" -mindepth 1 ! -path "$root/var" ! -path "$root/var/lib*")
  [ -z "$file" ] || { say "removing the .deb left: $file"; exit 1; }
}

# starts_in_sessions WORK has the .deb's script look for desktops, with what stands for systemd's programs: it
# starts the icon as the person at the desktop, and as nobody else.
starts_in_sessions() (
  mkdir "$1"
  cat >"$1/loginctl" <<'END'
#!/bin/sh
case "$*" in
list-sessions*) [ -n "$SESSIONS" ] && printf '%s\n' $SESSIONS ;;
*"-p Class"*)
  case $2 in
  1) printf 'Type=wayland\nClass=user\nState=active\n' ;;
  2) printf 'Type=tty\nClass=user\nState=active\n' ;;
  3) printf 'Type=x11\nClass=greeter\nState=active\n' ;;
  4) printf 'Type=x11\nClass=user\nState=closing\n' ;;
  esac ;;
*Name*) echo "user$2" ;;
*User*) echo "100$2" ;;
esac
END
  printf '#!/bin/sh\necho "$*" >>"%s/started"\n' "$1" >"$1/runuser"
  printf '#!/bin/sh\nexit 1\n' >"$1/systemd-run"
  printf '#!/bin/sh\n[ -e "%s/chroot" ]\n' "$1" >"$1/systemd-detect-virt"
  chmod +x "$1"/*
  eval "$(sed -n '/^start_now()/,/^}/p' configs/postinst.sh)"
  unset DPKG_ROOT
  export PATH="$1:$PATH" SESSIONS="2 3 4"
  if start_now || [ -e "$1/started" ]; then
    say "the .deb starts the icon where nobody sits"
    exit 1
  fi
  SESSIONS="2 1 3"
  touch "$1/chroot"
  if start_now || [ -e "$1/started" ]; then
    say "the .deb starts the icon of the system around a chroot"
    exit 1
  fi
  rm "$1/chroot"
  start_now || { say "the .deb finds no desktop"; exit 1; }
  local want="-u user1 -- env XDG_RUNTIME_DIR=/run/user/1001 systemd-run --user --quiet --collect --property=Type=exec --property=PartOf=graphical-session.target /usr/bin/stillmic tray --start"
  [ "$(cat "$1/started")" = "$want" ] || { say "the .deb starts on a desktop: $(cat "$1/started")"; exit 1; }
)

# installs_at_home OUT HOME has scripts/install take the tarball, also over a program that runs, and refuse a
# damaged one.
installs_at_home() {
  mkdir -p "$2" "$2.damaged"
  HOME=$2 "$1/install" --home "$1" 2>"$2.log" || { cat "$2.log"; exit 1; }
  mkfifo "$2.pipe"
  "$2/.local/bin/stillmic" clean - - <"$2.pipe" >/dev/null 2>&1 &
  local running=$! failed=
  exec 9>"$2.pipe" # it waits for a recording
  HOME=$2 "$1/install" --home "$1" 2>"$2.log" || failed=yes
  kill "$running" || { say "the installed program did not wait for a recording"; exit 1; }
  exec 9>&-
  wait "$running" 2>/dev/null || true
  [ -z "$failed" ] || { cat "$2.log"; exit 1; }
  [[ $("$2/.local/bin/stillmic" --version) == *"$VERSION"* ]] || { say "scripts/install did not install version $VERSION"; exit 1; }
  grep -qxF "TryExec=$2/.local/bin/stillmic" "$2/.local/share/applications/stillmic.desktop" || { say "the launcher starts another program"; exit 1; }
  if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$2/.local/share/applications/stillmic.desktop" || exit 1
  fi
  cp "$1"/* "$2.damaged/"
  echo damage >>"$(echo "$2.damaged"/*.tar.gz)"
  if HOME=$2.damaged "$1/install" --home "$2.damaged" 2>/dev/null; then
    say "scripts/install takes a damaged package"
    exit 1
  fi
}

# same_files OUT compares what the three kinds of package bring.
same_files() {
  dpkg-deb --fsys-tarfile "$1"/*.deb | tar -t | grep -v '/$' | sed 's|^\./|/|' | sort >"$1.deb"
  rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' "$1"/*.rpm | sed -n '/^d/!s/^[^ ]* //p' | sort >"$1.rpm"
  diff "$1.deb" "$1.rpm" || { say "the .rpm does not bring what the .deb does"; exit 1; }
  [[ $(tar -tzf "$1"/*.tar.gz) == */bin/stillmic* ]] || { say "the tarball has no program"; exit 1; }
}

# appimage_is_whole FILE LIST ROOT looks into the AppImage: its readers find the image, that has what the
# .deb brings, and both programs start.
appimage_is_whole() {
  local offset missing said
  offset=$(appimage_offset "$1")
  [ "$(head -c 11 "$1" | tail -c 3 | od -An -tx1 | tr -d ' \n')" = 414902 ] || { say "the AppImage has no mark"; exit 1; }
  unsquashfs -quiet -no-progress -offset "$offset" -dest "$3" "$1" >/dev/null || { say "no image at byte $offset of the AppImage"; exit 1; }
  missing=$(comm -23 <(grep -v -e '^/etc/' -e '^/usr/lib/' "$2") <(cd "$3" && find . ! -type d | sed 's/^\.//' | sort))
  [ -z "$missing" ] || { say "the AppImage lacks $missing"; exit 1; }
  for said in "$("$1" version)" "$("$3/AppRun" version)"; do
    [[ $said == *"$VERSION"* ]] || { say "the AppImage does not say version $VERSION: $said"; exit 1; }
  done
  if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$3/stillmic.desktop" || exit 1
  fi
  [ -s "$3/.DirIcon" ] || { say "the AppImage has no icon"; exit 1; }
  [ "$("$1" --appimage-offset)" = "$offset" ] || { say "the AppImage says another place of its image than byte $offset"; exit 1; }
  mkdir "$3/again"
  said=$(realpath "$1")
  (cd "$3/again" && "$said" --appimage-extract 'usr/share/applications/*' >/dev/null) || exit 1
  cmp "$3/again/squashfs-root/usr/share/applications/stillmic.desktop" "$3/stillmic.desktop" || exit 1
}

# arch_builds OUT WORK has Arch Linux's makepkg read and build the PKGBUILD, from the tarball, and compares
# what comes of it with the .deb. It refuses to be root.
arch_builds() {
  command -v makepkg >/dev/null || { say "makepkg is not here: the PKGBUILD is not built"; return 0; }
  mkdir -p "$2"
  local sum file
  sum=$(sha256sum "$1"/*.tar.gz | cut -d' ' -f1)
  sed "s/@VERSION@/$VERSION/; s/@SUM_AMD64@/$sum/; s/@SUM_ARM64@/$sum/" configs/PKGBUILD >"$2/PKGBUILD"
  cp "$1"/*.tar.gz "$2/"
  local as=()
  if [ "$(id -u)" -eq 0 ]; then
    chmod a+x "${2%/*}"
    chown -R nobody "$2"
    as=(setpriv --reuid=nobody --clear-groups)
  fi
  # pacman, which would look for dependencies, is not needed.
  (cd "$2" && "${as[@]}" env HOME="$2" PACMAN=true PKGEXT=.pkg.tar.gz CARCH="$(uname -m)" makepkg --nodeps --noprogressbar) >"$2.log" 2>&1 ||
    { cat "$2.log"; exit 1; }
  file=$(comm -23 "$1.deb" <(tar -tzf "$2"/*.pkg.tar.gz | sed -n '/^\..*\|\/$/!s|^|/|p' | sort))
  [ -z "$file" ] || { say "the package of Arch Linux does not bring $file"; exit 1; }
}

# nix_reads WORK has Nix read and evaluate its expression, with what stands for Nixpkgs, and compares the checksum
# of the modules with theirs, as Nixpkgs has them: in a folder that "go mod vendor" makes.
nix_reads() {
  command -v nix-instantiate >/dev/null || { say "Nix is not here: its expression is not read"; return 0; }
  local said sum
  said=$(nix-instantiate --eval --strict --json -E "import ./configs/stillmic.nix {
    lib = { cleanSource = toString; licenses.asl20 = \"Apache-2.0\"; platforms.linux = [ \"x86_64-linux\" ]; };
    installShellFiles = \"installShellFiles\";
    buildGoModule = attributes: attributes; }") || exit 1
  [[ $said == *'"pname":"stillmic"'* && $said == *'"mainProgram":"stillmic"'* ]] || { say "the expression of Nix is $said"; exit 1; }
  mkdir -p "$1"
  git archive HEAD | tar -x -C "$1"
  (cd "$1" && go mod vendor)
  sum=$(nix --extra-experimental-features nix-command hash path "$1/vendor")
  [[ $said == *"\"vendorHash\":\"$sum\""* ]] || { say "set vendorHash in configs/stillmic.nix to $sum"; exit 1; }
}
