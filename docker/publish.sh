#!/bin/sh
# publish.sh PROGRAM FOLDER: publishes a program as the content of an image: /app, and the folders it may write to.
set -eu
program=$1
folder=$2
cd "$(dirname "$0")/.."
rm -rf "$folder"
artifacts=${NBPY_ARTIFACTS:-$folder.artifacts}   # Apart from the clone's own bin and obj.
dotnet publish "$program/$program.csproj" -c Release -o "$folder/app" --nologo -v quiet \
  --runtime "${NBPY_RUNTIME:-linux-x64}" --self-contained -p:NbpyImage=true --artifacts-path "$artifacts"
rm -f "$folder"/app/*.pdb "$folder"/app/*.xml "$folder"/app/libmscordaccore.so "$folder"/app/libmscordbi.so "$folder"/app/createdump
name=$(sed -n "s:.*<AssemblyName>\(.*\)</AssemblyName>.*:\1:p" "$program/$program.csproj")
ln -s "${name:-$program}" "$folder/app/program"
mkdir -p "$folder/data" "$folder/etc/nbpy"
# The user of the base image; without the right to give files away, the build's user keeps them.
chown -R 1654:1654 "$folder/data" 2>/dev/null || chmod 0777 "$folder/data"
