#!/bin/sh
# publish.sh FOLDER PROGRAM...: publishes programs as the contents of images, each into FOLDER/PROGRAM: rootfs/ (with /app), and data/,
# the folder it may write to.
# NBPY_READY_TO_RUN=false leaves out the machine code made beforehand: built in half the time, smaller, slower to start.
set -eu
export DOTNET_TieredPGO=0   # The trimmer runs for twenty seconds a program: a fifth of it is for code that never gets hot enough.
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
programs=$(echo "$*" | tr ' ' ';')
dotnet msbuild docker/publish.proj -nologo -verbosity:quiet -maxCpuCount \
  "-p:Programs=\"$programs\"" -p:Folder="$folder" -p:Runtime="${NBPY_RUNTIME:-linux-x64}" -p:ReadyToRun="${NBPY_READY_TO_RUN:-true}" \
  -p:Artifacts="${NBPY_ARTIFACTS:-$folder/.artifacts}"   # Apart from the clone's own bin and obj.
for program in "$@"; do
  app=$folder/$program/rootfs/app
  # What only debuggers, tracers and other garbage collectors need.
  (cd "$app" && rm -f ./*.pdb ./*.xml libmscordaccore.so libmscordbi.so createdump libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so)
  [ ! -f "$app/libduckdb.so" ] || docker/strip-library.sh "$app/libduckdb.so"
  name=$(sed -n "s:.*<AssemblyName>\(.*\)</AssemblyName>.*:\1:p" "$program/$program.csproj")
  ln -sf "${name:-$program}" "$app/program"
  [ -x "$app/program" ] || { echo "publish.sh: $program left no program in $app" >&2; exit 1; }
  mkdir -p "$folder/$program/data" "$folder/$program/rootfs/etc/nbpy"
done
