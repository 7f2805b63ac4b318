// One simulation in a process of its own: `own` and `foreign` say whose promise is rejected meanwhile, and `listening` that somebody listens.
const { Actor, Event, Handles, Saga } = require('@waybill/core');
const { simulate } = require('@waybill/testing');

const [whose, listening] = process.argv.slice(2);
class Came extends Event('Came') {}
class Door extends Actor {
  initial = () => null;
  key = ({ door }) => door;
  came() {
    if (whose === 'own') void Promise.reject(new Error('nobody waits'));
    return [];
  }
}
Handles(Came)(Door.prototype, 'came', Object.getOwnPropertyDescriptor(Door.prototype, 'came'));
Saga('door')(Door);

if (listening) process.on('unhandledRejection', ({ message }) => console.log(`heard: ${message}`));
const simulation = simulate({ use: [Door], messages: [new Came({ door: 'd' })], seeds: 20 });
if (whose === 'foreign') void Promise.reject(new Error('of somebody else'));
simulation.then(
  ({ schedules }) => console.log(`schedules: ${schedules}`),
  ({ message }) => console.log(message.split('\n')[0]),
);
