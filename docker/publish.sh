#!/bin/sh
# publish.sh PROGRAM FOLDER: publishes a program as the content of an image: root/ (with /app), and data/, the folder it may write to.
# NBPY_READY_TO_RUN=false leaves out the machine code made beforehand: built in half the time, smaller, slower to start.
set -eu
program=$1
folder=$2
cd "$(dirname "$0")/.."
rm -rf "$folder"
artifacts=${NBPY_ARTIFACTS:-$folder.artifacts}   # Apart from the clone's own bin and obj.
dotnet publish "$program/$program.csproj" -c Release -o "$folder/root/app" --nologo -v quiet \
  --runtime "${NBPY_RUNTIME:-linux-x64}" --self-contained -p:NbpyImage=true -p:PublishReadyToRun="${NBPY_READY_TO_RUN:-true}" --artifacts-path "$artifacts"
rm -f "$folder"/root/app/*.pdb "$folder"/root/app/*.xml "$folder"/root/app/libmscordaccore.so "$folder"/root/app/libmscordbi.so "$folder"/root/app/createdump
name=$(sed -n "s:.*<AssemblyName>\(.*\)</AssemblyName>.*:\1:p" "$program/$program.csproj")
ln -s "${name:-$program}" "$folder/root/app/program"
mkdir -p "$folder/data" "$folder/root/etc/nbpy"
