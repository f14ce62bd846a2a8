#!/bin/sh
# build-images.sh: builds the image of every program and prints a list with digests and sizes.
#   --prebuilt      publish on this machine's .NET SDK instead of in an SDK image
#   --registry R    names begin with R/
#   --runtime-image, --sdk-image I    other base images
#   --push          pushes each to its registry; the list then has the registry's digests
#   --write DIR     writes the list into DIR/images.txt, and the names, by digest where they were pushed, into DIR's .env or kustomization.yaml
set -eu
here=$(dirname "$0")
registry="" prebuilt="" arguments="" push="" write=""
while [ $# -gt 0 ]; do
  case $1 in
    --prebuilt) prebuilt=1 ;;
    --registry) registry="$2/"; shift ;;
    --runtime-image) arguments="$arguments --build-arg RUNTIME_IMAGE=$2"; shift ;;
    --sdk-image) arguments="$arguments --build-arg SDK_IMAGE=$2"; shift ;;
    --push) push=1 ;;
    --write) write=$(cd "$2" && pwd); shift ;;
    *) echo "build-images.sh: there is no option $1; see the head of the file" >&2; exit 2 ;;
  esac
  shift
done

cd "$here/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

# name_image REFERENCE: tells the published folder where the image $name is: the variables of Compose that have it as their default, or
# kustomize's list.
name_image() {
  plain=nbpy/${name##*nbpy/}
  plain=${plain%:*}
  if [ -f "$write/docker-compose.yaml" ]; then
    for variable in $(grep -o "\${[A-Z0-9_]*_IMAGE:-$plain:" "$write/docker-compose.yaml" | sed 's/..\(.*\):-.*/\1/' | sort -u); do
      sed -i "/^$variable=/d" "$write/.env"
      echo "$variable=$1" >> "$write/.env"
    done
  fi
  if [ -f "$write/kustomization.yaml" ]; then
    case $1 in *@*) how="digest: ${1#*@}" ;; *) how="newTag: \"$version\"" ;; esac
    sed -i "\\|^  - name: $plain\$|{n;s|newName: .*|newName: ${name%:*}|;n;s|[a-zA-Z]*: .*|$how|}" "$write/kustomization.yaml"
  fi
}

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
  # Without a push the digest is the image's own, which this engine alone knows.
  digest=$(docker image inspect --format '{{.Id}}' "$name") reference=$name
  if [ -n "$push" ]; then
    docker push --quiet "$name" >/dev/null
    reference=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$name" | grep -m1 "^${name%:*}@")
    digest=${reference#*@}
  fi
  printf '%s  %s  %s bytes\n' "$name" "$digest" "$(docker image inspect --format '{{.Size}}' "$name")" | tee -a "$folder/images.txt"
  [ -z "$write" ] || name_image "$reference"
done
[ -z "$write" ] || cp "$folder/images.txt" "$write/images.txt"
