#!/bin/sh
# make-base.sh: images from this machine's own files, where no registry can be reached:
#   nbpy-test/runtime-deps   what a self-contained .NET program needs (the place of mcr.microsoft.com/dotnet/runtime-deps)
#   nbpy-test/influxdb       Debian's influxd with the official image's first-start behaviour, as far as NBPY relies on it
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# copy FILE...: each file and the libraries it is linked with, links followed, at the same path.
copy() {
  for file in "$@"; do
    for part in "$file" $(ldd "$file" 2>/dev/null | grep -o '/[^ )]*'); do
      mkdir -p "$root$(dirname "$part")"
      cp -nL "$part" "$root$part"
    done
  done
}

root=$folder/base
mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/usr/share"
chmod 1777 "$root/tmp"
libraries=$(ldconfig -p | grep 'x86-64' | grep -oE '/[^ ]*/(libgcc_s.so.1|libstdc\+\+.so.6|libssl.so.3|libcrypto.so.3|libz.so.1|libc.so.6|libm.so.6|libdl.so.2|libpthread.so.0|librt.so.1|libresolv.so.2|libnss_dns.so.2|libnss_files.so.2)$')
# shellcheck disable=SC2086
copy $libraries
# The loader's own name, which programs ask for.
mkdir -p "$root/lib64" && cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
printf 'root:x:0:0::/root:/sbin/nologin\napp:x:1654:1654::/home/app:/sbin/nologin\n' > "$root/etc/passwd"
printf 'root:x:0:\napp:x:1654:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
printf 'FROM scratch\nCOPY . /\n' | docker build --quiet -t nbpy-test/runtime-deps -f - "$root" >/dev/null

root=$folder/influxdb
mkdir -p "$root/var/lib/influxdb" "$root/tmp" "$root/etc"
chmod 1777 "$root/tmp"
copy /usr/bin/influxd /usr/bin/influx
mkdir -p "$root/lib64" "$root/bin" && cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh sleep hostname grep cat test rm; do ln -s busybox "$root/bin/$applet"; done
cp "$here/influxdb-entrypoint.sh" "$root/entrypoint.sh"
printf 'FROM scratch\nCOPY . /\nENV PATH=/bin:/usr/bin\nVOLUME /var/lib/influxdb\nENTRYPOINT ["/bin/sh", "/entrypoint.sh"]\n' |
  docker build --quiet -t nbpy-test/influxdb:1.6.7 -f - "$root" >/dev/null
echo "made nbpy-test/runtime-deps and nbpy-test/influxdb:1.6.7"
