# For Nix, from this repository: nix-build -E 'with import <nixpkgs> {}; callPackage ./configs/stillmic.nix {}'
# vendorHash changes with go.sum; Nix prints the right one when it is lib.fakeHash.
{ lib, buildGoModule, vendorHash ? lib.fakeHash }:

buildGoModule {
  pname = "stillmic";
  version = "unstable";
  src = lib.cleanSource ../.;
  inherit vendorHash;
  subPackages = [ "cmd/stillmic" ];
  env.CGO_ENABLED = 0;
  ldflags = [ "-s" "-w" ];
  doCheck = false; # the tests start sound servers and a browser

  postInstall = ''
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
