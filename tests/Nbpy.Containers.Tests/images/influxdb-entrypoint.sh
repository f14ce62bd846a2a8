#!/bin/sh
# As the official image: on an empty data folder a server on loopback takes the admin, then the real one starts.
set -e
export INFLUXDB_META_DIR=/var/lib/influxdb/meta INFLUXDB_DATA_DIR=/var/lib/influxdb/data INFLUXDB_DATA_WAL_DIR=/var/lib/influxdb/wal
export INFLUXDB_DATA_INDEX_VERSION=inmem INFLUXDB_DATA_QUERY_LOG_ENABLED=false INFLUXDB_HTTP_LOG_ENABLED=false INFLUXDB_MONITOR_STORE_ENABLED=false
if [ ! -e /var/lib/influxdb/meta/meta.db ] && [ -n "$INFLUXDB_ADMIN_USER" ]; then
  INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:8086 influxd > /dev/null 2>&1 &
  server=$!
  tries=0
  until influx -execute "CREATE USER \"$INFLUXDB_ADMIN_USER\" WITH PASSWORD '$INFLUXDB_ADMIN_PASSWORD' WITH ALL PRIVILEGES" > /dev/null 2>&1; do
    tries=$((tries + 1))
    test $tries -lt 60 || { echo "influxd did not start" >&2; exit 1; }
    sleep 0.5
  done
  kill $server
  wait $server || true
fi
exec influxd
