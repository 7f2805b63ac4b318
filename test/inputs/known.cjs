// What core does not tell by code yet: see defects.test.ts. An entry goes once its test there begins to fail.
const PARSER = "the words of JSON's own parser";
const KNOWN = [
  {
    name: 'a row of the feed',
    finding: new RegExp(`^Error: ${PARSER}|^Error: a reason without a code: Cannot convert object to primitive value`),
  },
  { name: 'a row of an actor', finding: new RegExp(`^SyntaxError: ${PARSER}|^TypeError: `) },
  { name: 'a parked row', finding: new RegExp(`^SyntaxError: ${PARSER}|^TypeError: Cannot destructure`) },
  { name: 'a row of a view', finding: new RegExp(`^SyntaxError: ${PARSER}`) },
  {
    name: 'a deadline in its bucket',
    finding: new RegExp(`^SyntaxError: ${PARSER}|^TypeError: Cannot `),
  },
  { name: 'the meta of a row', finding: new RegExp(`^SyntaxError: ${PARSER}`) },
];

module.exports = { KNOWN };
