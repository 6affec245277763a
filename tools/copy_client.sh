#!/bin/sh
# Copies the browser bundles of an installed socket.io-client: `copy_client.sh node_modules/socket.io-client TARGET`.

set -eu
package=$1
target=$2

rm -rf "$target"
mkdir -p "$target"
for name in socket.io.js socket.io.min.js socket.io.esm.min.js socket.io.msgpack.min.js; do
    cp "$package/dist/$name" "$package/dist/$name.map" "$target"
done
# Last: a folder with this file is complete. Its first line is the ETag that is served.
node -p "require('$(cd "$package" && pwd)/package.json').version" >"$target/VERSION"
echo "socket.io-client $(cat "$target/VERSION")"
