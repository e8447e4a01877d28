# For Nix, from this repository: nix-build -E 'with import <nixpkgs> {}; callPackage ./configs/stillmic.nix {}'
{ lib, buildGoModule, installShellFiles }:

buildGoModule {
  pname = "stillmic";
  version = "unstable";
  src = lib.cleanSource ../.;
  # Of the folder that "go mod vendor" makes: scripts/package --check says when it has changed.
  vendorHash = "sha256-yvdEiO4EEpozcCt0jq1E4V2MB8TOGBZkZ7dcp3sDVg8=";
  subPackages = [ "cmd/stillmic" ];
  env.CGO_ENABLED = 0;
  ldflags = [ "-s" "-w" ];
  doCheck = false; # the tests start sound servers and a browser
  nativeBuildInputs = [ installShellFiles ];

  postInstall = ''
    go run ./daemon/tray/icon/draw icons
    mkdir -p $out/share/icons
    cp -r icons/hicolor $out/share/icons/
    $out/bin/stillmic man manual
    installManPage manual/*.1
    for shell in bash zsh fish; do
      $out/bin/stillmic completion $shell >stillmic.$shell
    done
    installShellCompletion stillmic.bash stillmic.zsh stillmic.fish
    install -Dm644 configs/stillmic.desktop -t $out/share/applications
    install -Dm644 configs/stillmic-tray.desktop -t $out/etc/xdg/autostart
    install -Dm644 configs/stillmic.service -t $out/share/systemd/user
    substituteInPlace $out/share/applications/stillmic.desktop $out/etc/xdg/autostart/stillmic-tray.desktop \
      $out/share/systemd/user/stillmic.service --replace-fail /usr/bin/stillmic $out/bin/stillmic
  '';

  meta = {
    description = "Real-time virtual microphone that removes background noise";
    homepage = "https://github.com/stillmic/stillmic";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "stillmic";
  };
}
