#!/bin/sh
# build-images.sh [PROGRAM...]: builds the image of every program, or of those named (Nbpy.Publishers), and prints a list: name, the image's id in this
# engine, the digest in its registry ("none" where it was not pushed), and the size.
#   --prebuilt      publish on this machine's .NET SDK instead of in an SDK image
#   --built         takes the images that an earlier run without --registry built
#   --registry R    names begin with R/
#   --runtime-image, --sdk-image I    other base images
#   --push          pushes each to its registry; the list then has the registry's digests
#   --write DIR     writes the list into DIR/images.txt, with the images of others that DIR names, and the names, by digest where they were pushed, into
#                   DIR's .env or kustomization.yaml
set -eu
here=$(dirname "$0")
registry="" prebuilt="" built="" arguments="" push="" write="" programs=""
while [ $# -gt 0 ]; do
  case $1 in
    --prebuilt) prebuilt=1 ;;
    --built) built=1 ;;
    --registry) registry="$2/"; shift ;;
    --runtime-image) arguments="$arguments --build-arg RUNTIME_IMAGE=$2"; shift ;;
    --sdk-image) arguments="$arguments --build-arg SDK_IMAGE=$2"; shift ;;
    --push) push=1 ;;
    --write) write=$(cd "$2" && pwd); shift ;;
    Nbpy.*) programs="$programs $1" ;;
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
      grep -q "^$variable=" "$write/.env" || echo "$variable=" >> "$write/.env"
      sed -i "s|^$variable=.*|$variable=$1|" "$write/.env"
    done
  fi
  if [ -f "$write/kustomization.yaml" ]; then
    case $1 in *@*) how="digest: ${1#*@}" ;; *) how="newTag: \"$version\"" ;; esac
    sed -i "\\|^  - name: $plain\$|{n;s|newName: .*|newName: ${name%:*}|;n;s|[a-zA-Z]*: .*|$how|}" "$write/kustomization.yaml"
  fi
}

# list REFERENCE: a line of the list. An image's id is its own; its digest is the registry's, which an engine knows once it has pushed or pulled it.
list() {
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | sed -n "s|^${1%:*}@||p" | head -1)
  docker image inspect --format "$1  id {{.Id}}  digest ${digest:-none}  {{.Size}} bytes" "$1" | tee -a "$folder/images.txt"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
programs=${programs:-Nbpy.Publishers Nbpy.Subscribers Nbpy.Validation Nbpy.Cli Nbpy.Viewer Nbpy.EmbeddedInflux}
# shellcheck disable=SC2086
[ -z "$prebuilt" ] || docker/publish.sh "$folder" $programs
for program in $programs; do
  plain=nbpy/$(echo "${program#Nbpy.}" | tr '[:upper:]' '[:lower:]'):$version
  name=$registry$plain
  if [ -n "$built" ]; then
    docker tag "$plain" "$name"
  elif [ -n "$prebuilt" ]; then
    # shellcheck disable=SC2086
    docker build --quiet $arguments -f docker/Dockerfile.prebuilt -t "$name" "$folder/$program" >/dev/null
  else
    # shellcheck disable=SC2086
    docker build --quiet $arguments --build-arg PROGRAM="$program" -f docker/Dockerfile -t "$name" . >/dev/null
  fi
  [ -z "$push" ] || docker push --quiet "$name" >/dev/null
  list "$name"
  if [ -n "$write" ]; then
    case $digest in "") name_image "$name" ;; *) name_image "${name%:*}@$digest" ;; esac
  fi
done
if [ -n "$write" ]; then
  # What others make, by digest as far as this engine has pulled it.
  if [ -f "$write/docker-compose.yaml" ]; then
    others=$(sed -n 's/^    image: \([^$]*\)$/\1/p' "$write/docker-compose.yaml")
  else
    others=$(awk '$1 == "-" { name = $3 } $1 == "newTag:" && name !~ /^nbpy\// { gsub(/"/, "", $2); print name ":" $2 }' "$write/kustomization.yaml")
  fi
  for other in $others; do
    if docker image inspect "$other" >/dev/null 2>&1; then list "$other"; else echo "$other  not in this engine" | tee -a "$folder/images.txt"; fi
  done
  cp "$folder/images.txt" "$write/images.txt"
fi
