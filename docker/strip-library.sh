#!/bin/sh
# strip-library.sh FILE: cuts a shared library after what a program loads of it (ELF, 64 bit, little-endian): symbols for debuggers are 11 MB of
# DuckDB's library, and SDK images have no 'strip'. Layout: the ELF-64 object file format, "ELF header" and "Program header table".
set -eu
number() { od -An -v -t"u$2" -j"$1" -N"$2" "$file" | tr -d ' '; }
file=$1
[ "$(od -An -v -tx1 -N6 "$file" | tr -d ' ')" = 7f454c460201 ] || { echo "strip-library.sh: $file is no such library" >&2; exit 1; }
header=$(number 32 8) # e_phoff
size=$(number 54 2)   # e_phentsize
left=$(number 56 2)   # e_phnum
end=0
while [ "$left" -gt 0 ]; do
  if [ "$(number "$header" 4)" -eq 1 ]; then # PT_LOAD: p_offset and p_filesz
    last=$(($(number $((header + 8)) 8) + $(number $((header + 32)) 8)))
    [ "$last" -le "$end" ] || end=$last
  fi
  header=$((header + size))
  left=$((left - 1))
done
[ "$end" -gt 0 ] || { echo "strip-library.sh: $file has nothing to load" >&2; exit 1; }
head -c "$end" "$file" > "$file.new"
# The table of sections was behind it: e_shoff, e_shnum and e_shstrndx are 0 where there is none.
head -c 8 /dev/zero | dd of="$file.new" bs=1 seek=40 conv=notrunc 2>/dev/null
head -c 4 /dev/zero | dd of="$file.new" bs=1 seek=60 conv=notrunc 2>/dev/null
chmod --reference="$file" "$file.new"
mv "$file.new" "$file"
