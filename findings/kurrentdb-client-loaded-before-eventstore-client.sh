#!/usr/bin/env bash
# Loading @eventstore/db-client after @kurrent/kurrentdb-client changes what the latter sends.
#
# Versions: @kurrent/kurrentdb-client 1.3.1 and @eventstore/db-client 6.2.1, on @grpc/grpc-js 1.14.3.
# Behaviour: the generated messages of both clients live under the same names of one global object (`globalThis.proto`), and
#   are looked up there when a message is written. The client that is loaded last serializes for both, and the older one does not
#   know the newer one's fields: here the projection's engine version (field 5, on the wire `(\x02`) is left out without an error.
# Why it matters here: a service that moves from one client to the other has both for a while, one of them maybe by way of a
#   library; what it sends then depends on the order of its imports. Load @kurrent/kurrentdb-client last.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  @kurrent/kurrentdb-client@1.3.1 @eventstore/db-client@6.2.1 @grpc/grpc-js@1.14.3 || exit 2

cat >run.cjs <<'JS'
const { Server, ServerCredentials } = require('@grpc/grpc-js');
const order = process.argv.slice(2);
for (const name of order) require(name);
const { KurrentDBClient, PROJECTION_ENGINE_V2 } = require('@kurrent/kurrentdb-client');

// A server on loopback that takes in one request and says its bytes.
const bytes = (value) => value;
const raw = { requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
const create = { path: '/event_store.client.projections.Projections/Create', requestStream: false, responseStream: false, ...raw };
const shown = (text) => text.replace(/[^ -~]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
const server = new Server();
server.addService({ create }, {
  create({ request }, answer) {
    console.log(`${order.map((name) => name.split('/')[0]).join(', ')}: ${shown(request.toString('latin1'))}`);
    answer(null, Buffer.alloc(0));
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), async (error, port) => {
  if (error) throw error;
  const client = KurrentDBClient.connectionString(`kurrentdb://127.0.0.1:${port}?tls=false`);
  await client.createProjection('p', 'fromAll()', { engineVersion: PROJECTION_ENGINE_V2 });
  await client.dispose();
  server.forceShutdown();
});
JS

for order in '@kurrent/kurrentdb-client' \
  '@eventstore/db-client @kurrent/kurrentdb-client' '@kurrent/kurrentdb-client @eventstore/db-client'; do
  node run.cjs $order >>seen 2>&1 || { cat seen; exit 2; }
done
diff - seen <<'SEEN'
@kurrent: \x0a\x12\x1a\x03\x0a\x01p"\x09fromAll()(\x02
@eventstore, @kurrent: \x0a\x12\x1a\x03\x0a\x01p"\x09fromAll()(\x02
@kurrent, @eventstore: \x0a\x10\x1a\x03\x0a\x01p"\x09fromAll()
SEEN
