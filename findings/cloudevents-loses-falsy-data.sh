#!/usr/bin/env bash
# The CloudEvents SDK writes data of 0, false, "" and null into a structured message, and reads such a message as one without data.
#
# Version: cloudevents 10.0.0.
# Behaviour: in structured mode the JSON text holds the data, and the event that `HTTP.toEvent` makes of this text has none.
#   In binary mode null comes back as the text "null".
# Why it matters here: the same event, sent again in the other mode, has other content under the same source and id: a receiver that
#   compares contents takes a plain duplicate for a contradiction, and one that does not has lost the value.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0 || exit 2

cat >run.cjs <<'JS'
const { CloudEvent, HTTP } = require('cloudevents');
const said = (value) => JSON.stringify(value) ?? 'none';
const event = (data) => new CloudEvent({ id: '1', source: '/meter', type: 'read', datacontenttype: 'application/json', data });

for (const data of [1, 0, false, '', null]) {
  const message = HTTP.structured(event(data));
  console.log(`structured: sent ${said(JSON.parse(message.body).data)}, read ${said(HTTP.toEvent(message).data)}`);
}
const message = HTTP.binary(event(null));
console.log(`binary: sent ${message.body}, read ${said(HTTP.toEvent(message).data)}`);
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
structured: sent 1, read 1
structured: sent 0, read none
structured: sent false, read none
structured: sent "", read none
structured: sent null, read none
binary: sent null, read "null"
SEEN
