// npm leaves out an optional dependency whose `engines` do not admit the running Node, and all that only it needs. better-sqlite3
// itself admits every Node, so it stands behind this package, which admits those without node:sqlite alone.
module.exports = require('better-sqlite3');
