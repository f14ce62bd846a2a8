#!/bin/sh
# build-images.sh: builds the image of every program and prints a list with digests and sizes.
#   --prebuilt      publish on this machine's .NET SDK instead of in an SDK image
#   --registry R    names begin with R/
#   --runtime-image, --sdk-image I    other base images
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
registry="" prebuilt="" arguments=""
while [ $# -gt 0 ]; do
  case $1 in
    --prebuilt) prebuilt=1 ;;
    --registry) registry="$2/"; shift ;;
    --runtime-image) arguments="$arguments --build-arg RUNTIME_IMAGE=$2"; shift ;;
    --sdk-image) arguments="$arguments --build-arg SDK_IMAGE=$2"; shift ;;
    *) echo "build-images.sh: there is no option $1; see the head of the file" >&2; exit 2 ;;
  esac
  shift
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
programs="Nbpy.Publishers Nbpy.Subscribers Nbpy.Validation Nbpy.Cli Nbpy.Viewer Nbpy.EmbeddedInflux"
# shellcheck disable=SC2086
[ -z "$prebuilt" ] || docker/publish.sh "$folder" $programs
for program in $programs; do
  name=${registry}nbpy/$(echo "${program#Nbpy.}" | tr '[:upper:]' '[:lower:]'):$version
  if [ -n "$prebuilt" ]; then
    # shellcheck disable=SC2086
    docker build --quiet $arguments -f docker/Dockerfile.prebuilt -t "$name" "$folder/$program" >/dev/null
  else
    # shellcheck disable=SC2086
    docker build --quiet $arguments --build-arg PROGRAM="$program" -f docker/Dockerfile -t "$name" . >/dev/null
  fi
  docker image inspect --format "{{index .RepoTags 0}}  {{.Id}}  {{.Size}} bytes" "$name"
done
